"""A canary: what is known of it, what to do with it, and doing so."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from learning.rollout.decision import PROMOTE, ROLL_BACK, Decision, Terms, decide
from learning.rollout.guards import outcomes
from learning.rollout.registry import CANARY, ROLLED_BACK, Candidate, Registry
from learning.store import LearningStore
from learning.tables import turns
from learning.turn import Turn
from rapport.console import console, done
from rapport.errors import RapportError
from rapport.gate_install import promote
from rapport.gate_training import adopt_stable
from rapport.settings import Settings

_DAY = 86_400.0


def judge_canary(settings: Settings, store: LearningStore, canary: Candidate) -> Decision:
    """What to do with a canary, from the turns that were harvested since it began."""
    began = canary.report.get("canary") or {}
    since, share = float(began.get("since") or 0.0), float(began.get("share") or settings.rollout.share)
    rollout = settings.rollout
    terms = Terms(
        share, rollout.risk, rollout.tolerance, rollout.conversations, rollout.days, rollout.slow_seconds
    )
    model = str(canary.report.get("model_id") or "")
    seen = outcomes(_conversations(store, since), model, since, rollout.slow_seconds)
    return decide(seen, terms, (time.time() - since) / _DAY)


def settle(settings: Settings, store: LearningStore) -> Decision | None:
    """Promotes or rolls back the canary if it is time; None if there is no canary."""
    registry = Registry(store)
    canary = registry.current(CANARY)
    if canary is None:
        return None
    from rapport.learning import harvest

    with suppress(RapportError):  # no conversations yet: then none are compared
        harvest(settings)
    decision = judge_canary(settings, store, canary)
    if decision.action == PROMOTE:
        promote(settings, store, canary.id)
    elif decision.action == ROLL_BACK:
        registry.move(canary.id, ROLLED_BACK, why=decision.why)
    registry.annotate(canary.id, rollout=decision.as_json())
    return decision


def show_canary(settings: Settings, as_json: bool) -> None:
    """Says how the canary does, and settles it if it is time."""
    store = LearningStore(settings.learning.database_url)
    canary = Registry(store).current(CANARY)
    if canary is None:
        console.print("No canary runs: `rapport learn canary ID` begins with one that passed the gate.")
        return
    decision = settle(settings, store)
    assert decision is not None
    if as_json:
        print(json.dumps({"candidate": canary.id} | decision.as_json()))  # noqa: T201
        return
    table = Table("trouble", "canary", "both", "evidence against")
    for name, (mine, both, evidence) in decision.guards.items():
        table.add_row(name, str(mine), str(both), f"{evidence:.2f}")
    console.print(table)
    mine, others = decision.conversations
    gained = decision.lift
    console.print(f"  {mine} conversations of the canary, {others} of the stable model")
    console.print(
        f"  without trouble: {gained.value:+.1%} (95% interval {gained.low:+.1%} to {gained.high:+.1%})"
    )
    done(f"{canary.id}: {decision.action} ({decision.why})")


def show_models(settings: Settings, as_json: bool) -> None:
    """Lists all candidates."""
    registry = Registry(LearningStore(settings.learning.database_url))
    found = registry.all()
    if as_json:
        print(json.dumps([one.__dict__ for one in found]))  # noqa: T201
        return
    if not found:
        console.print("No candidate was trained yet: `rapport learn cycle`, or `rapport learn candidate`.")
        return
    table = Table("id", "kind", "status", "dataset", "trained beside", "file")
    for one in found:
        there = "there" if Path(one.path).exists() else "deleted"
        table.add_row(one.id, one.kind, one.status, one.dataset, one.parent, there)
    console.print(table)


def _conversations(store: LearningStore, since: float) -> Iterator[list[Turn]]:
    """Conversations with turns since then, each with all its turns in order."""
    grouped: dict[str, list[Turn]] = {}
    for turn in store.turns(None, turns.c.at >= since):
        grouped.setdefault(turn.conversation, []).append(turn)
    yield from (sorted(found, key=lambda turn: turn.number) for found in grouped.values())


def shadow(settings: Settings, name: str, count: int, as_json: bool) -> None:
    """Lets a candidate read the latest real turns, and logs what it reads otherwise; nobody is answered.

    Raises:
        RegistryError: there is no such candidate, or its file is damaged.
        RapportError: there are no turns.
    """
    from rapport.gate import read_apart, replayed_turns

    store = LearningStore(settings.learning.database_url)
    registry = Registry(store)
    candidate, stable = registry.get(name), adopt_stable(settings, store)
    files = [registry.check_file(one) for one in (stable, candidate)]
    found = replayed_turns(store, count)
    if not found:
        raise RapportError("There are no turns yet: `rapport learn harvest` takes them out of conversations.")
    before, now = (read_apart(file, [turn.text for turn in found]) for file in files)
    rows = [
        {
            "turn": turn.id,
            "text": turn.text,
            "stable": old[2],
            "candidate": new[2],
            "confidence": [old[1], new[1]],
        }
        for turn, old, new in zip(found, before, now)
    ]
    log = files[1].parent / "shadow.jsonl"
    log.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    changed = [row for row in rows if row["stable"] != row["candidate"]]
    if as_json:
        print(json.dumps({"turns": len(rows), "changed": changed}, ensure_ascii=False))  # noqa: T201
        return
    table = Table("what the customer wrote", "stable", "candidate")
    for row in changed[:20]:
        table.add_row(escape(str(row["text"])[:100]), str(row["stable"]), str(row["candidate"]))
    if changed:
        console.print(table)
    done(f"{len(changed)} of {len(rows)} turns would go another way; all readings: {log}")
