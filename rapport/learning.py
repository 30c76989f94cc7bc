"""The commands of learning: harvests, and the turns that are worth a look."""

from __future__ import annotations

import json
import time
from itertools import groupby

from rich.markup import escape
from rich.table import Table

from learning.harvest import Consent, HarvestReport
from learning.harvest import harvest as take
from learning.signals import PRIORITIES, Flag, SignalSettings
from learning.store import LearningStore
from learning.tables import turns
from rapport.console import console, done, progress_bar
from rapport.conversations import conversations_engine
from rapport.errors import RapportError
from rapport.secret_files import LEARNING_KEY, make_secrets, read_secret
from rapport.settings import Settings


def harvest(settings: Settings) -> HarvestReport:
    """Takes new turns out of the conversations.

    Raises:
        LearningError: conversations or the learning database cannot be read or written.
        RapportError: there are no conversations yet.
    """
    engine = conversations_engine()
    if engine is None:
        raise RapportError("There are no conversations yet: talk to the assistant first (`rapport talk`).")
    make_secrets((LEARNING_KEY,))
    chosen = settings.learning
    with progress_bar() as bar:
        task = bar.add_task("reading", total=None)
        return take(
            engine,
            LearningStore(chosen.database_url),
            read_secret(LEARNING_KEY),
            signal_settings(settings),
            time.time(),
            Consent(chosen.consent_slot, chosen.consent_by_default),
            lambda read, of: bar.update(task, completed=read, total=of),
        )


def signal_settings(settings: Settings) -> SignalSettings:
    """From where on something counts."""
    chosen = settings.learning
    return SignalSettings(
        low_confidence=chosen.low_confidence,
        valuable=chosen.valuable_intents,
        safety=chosen.safety_intents,
        sample=chosen.sample,
    )


def show_harvest(settings: Settings, as_json: bool) -> None:
    """Harvests and says what came of it."""
    report = harvest(settings)
    values = {
        "events": report.events,
        "turns": report.turns,
        "conversations": len(report.conversations),
        "flagged": report.flagged,
        "withheld": len(report.withheld),
        "broken": report.broken,
    }
    if as_json:
        print(json.dumps(values))  # noqa: T201
        return
    done(
        f"{report.turns} turns of {values['conversations']} conversations; {report.flagged} are worth a look"
    )
    if report.withheld:
        console.print(f"  {values['withheld']} conversations did not consent: nothing of them is kept")
    if report.broken:
        console.print(f"  {report.broken} events could not be read and were passed over")
    if report.flagged:
        console.print("  `rapport learn flags` shows them", style="dim")


def show_flags(settings: Settings, signal: str, limit: int, as_json: bool) -> None:
    """Shows turns with the reasons to look at them.

    Raises:
        RapportError: there is no such reason.
    """
    if signal and signal not in PRIORITIES:
        raise RapportError(f"There is no signal {signal!r}: give one of {', '.join(PRIORITIES)}.")
    store = LearningStore(settings.learning.database_url)
    chosen = _chosen(store.flags(), signal)[:limit]
    texts = {turn.id: turn for turn in store.turns(None, turns.c.id.in_([flags[0].turn for flags in chosen]))}
    if as_json:
        rows = [
            {"turn": flags[0].turn, "priority": flags[0].priority, "text": texts[flags[0].turn].text,
             "intent": texts[flags[0].turn].intent, "signals": {flag.signal: flag.why for flag in flags}}
            for flags in chosen
        ]  # fmt: skip
        print(json.dumps(rows, ensure_ascii=False))  # noqa: T201
        return
    if not chosen:
        console.print("Nothing is worth a look: `rapport learn harvest` takes in what is new.")
        return
    table = Table("priority", "what the customer wrote", "understood as", "why")
    for flags in chosen:
        turn = texts[flags[0].turn]
        why = "\n".join(f"{flag.signal}: {flag.why}" for flag in flags)
        understood = f"{turn.intent} {turn.confidence:.2f}"
        table.add_row(str(flags[0].priority), escape(turn.text[:200]), understood, escape(why))
    console.print(table)


def _chosen(flags: list[Flag], signal: str) -> list[list[Flag]]:
    """The flags by turn, the most urgent turn first."""
    by_turn = groupby(sorted(flags, key=lambda flag: (flag.turn, -flag.priority)), key=lambda flag: flag.turn)
    grouped = [list(of_one) for _, of_one in by_turn]
    wanted = [of_one for of_one in grouped if not signal or any(flag.signal == signal for flag in of_one)]
    return sorted(wanted, key=lambda of_one: -of_one[0].priority)
