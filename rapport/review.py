"""Proposes what reviewers are asked, and shows it."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from learning.caps import Caps
from learning.datasets.choosing import choose
from learning.datasets.files import SPREAD_NLU
from learning.datasets.records import accepted
from learning.learned import INTENT, KINDS, LABEL
from learning.review.comparing import as_shown
from learning.review.item import STATUSES, UNDECIDED, Encode, Item
from learning.review.propose import Helpers, ProposeReport
from learning.review.propose import propose as make_items
from learning.review.queue import find_items
from learning.review.verdicts import Rules, auto_accept, evaluated
from learning.review.voting import votes_on_turns
from learning.store import LearningStore
from rapport.console import console, done
from rapport.errors import RapportError
from rapport.example_checks import examples_of, spoken
from rapport.generator_vote import generator_vote
from rapport.settings import Settings
from rapport.vectors import kept_vectors

DATA = Path("data")
# Examples in here come from reviews: a designer's own count alone where the two are compared.
LEARNED = Path("data/learned")


def open_store(settings: Settings) -> LearningStore:
    """The learning database."""
    return LearningStore(settings.learning.database_url)


def known_examples() -> tuple[tuple[str, str], ...]:
    """All examples that people labelled, as customers would write them; read anew when a file changes."""
    files = sorted(DATA.resolve().rglob("*.yml"))
    return _examples_in(tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files))


@lru_cache(maxsize=1)
def _examples_in(stamps: tuple[tuple[Path, int, int], ...]) -> tuple[tuple[str, str], ...]:
    """Thousands take a second to read, and a server of reviews needs their intents at each verdict."""
    people = [one for one in examples_of([DATA]) if one.file != Path(SPREAD_NLU)]
    return tuple((spoken(one.text), one.intent) for one in people)


def rules(settings: Settings, store: LearningStore) -> Rules:
    """How items are decided: intents are those with examples, and those that were accepted."""
    new = {str(one.content["name"]) for one in accepted(store) if one.kind == INTENT}
    intents = {intent for _, intent in known_examples()} | new
    return Rules(settings.learning.reviewers, frozenset(intents))


def caps(settings: Settings) -> Caps:
    """How much one customer may weigh."""
    told = settings.learning
    return Caps(told.customer_cap, told.customer_turns, told.new_intent_customers)


def labelled(settings: Settings, store: LearningStore) -> list[tuple[str, str]]:
    """Texts with intents, to propose others by: all examples, and of what was accepted what may count."""
    chosen = choose(accepted(store), settings.learning.customer_cap).taken
    learned = [(str(one.content["text"]), str(one.content["intent"])) for one in chosen if one.kind == LABEL]
    return list(dict.fromkeys([*known_examples(), *learned]))


def propose(settings: Settings, encode: Encode | None = None) -> tuple[ProposeReport, int]:
    """Makes items of flagged turns; what came of it, and how many were accepted by themselves.

    Raises:
        LearningError: the learning database cannot be used.
    """
    if encode is None:
        with kept_vectors() as vectors:
            return propose(settings, vectors.encode)
    store = open_store(settings)
    examples = labelled(settings, store)
    votes = votes_on_turns(encode, examples, generator_vote(settings, examples))
    helpers = Helpers(encode, votes, caps=caps(settings))
    now = time.time()
    report = make_items(store, helpers, now)
    level = evaluated(store, settings.learning.auto_accept)
    return report, auto_accept(store, level, rules(settings, store), now)


def show_proposals(settings: Settings, as_json: bool) -> None:
    """Makes items and says what came of it."""
    with console.status("Reading flagged turns …"):
        report, accepted_alone = propose(settings)
    values = {
        "new": dict(report.new), "joined": report.joined, "unfit": report.unfit, "held": report.held,
        "accepted": accepted_alone,
    }  # fmt: skip
    if as_json:
        print(json.dumps(values))  # noqa: T201
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.new.items())
    done(
        f"{report.new.total()} new items{f' ({kinds})' if kinds else ''}; {report.joined} turns joined others"
    )
    if accepted_alone:
        console.print(f"  {accepted_alone} were accepted by themselves (learning.auto_accept)")
    if report.unfit:
        console.print(
            f"  {report.unfit} flagged turns hold nothing to judge: buttons, numbers, forms' answers"
        )
    if report.held:
        console.print(f"  {report.held} wait: their customers have enough turns before reviewers")
    if report.new:
        console.print("  `rapport learn review` asks about them", style="dim")


def check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Makes sure that an option is one of some words, or empty.

    Raises:
        RapportError: it is another one.
    """
    if value and value not in allowed:
        raise RapportError(f"There is no {name} {value!r}: give one of {', '.join(allowed)}.")


def show_items(settings: Settings, kind: str, status: str, limit: int, as_json: bool) -> None:
    """Shows items, the most urgent first.

    Raises:
        RapportError: there is no such kind or status.
    """
    check_choice("kind", kind, KINDS)
    check_choice("status", status, STATUSES)
    found = find_items(open_store(settings), [status] if status else UNDECIDED, kind, limit)
    if as_json:
        print(json.dumps([asdict(as_shown(item)) for item in found], ensure_ascii=False))  # noqa: T201
        return
    if not found:
        console.print("There is nothing to review: `rapport learn propose` makes items of flagged turns.")
        return
    table = Table("item", "priority", "kind", "what the customer wrote", "turns", "proposal", "status")
    for item in found:
        values = (
            item.id,
            str(item.priority),
            item.kind,
            item.text[:120],
            str(item.turns),
            short(item),
            item.status,
        )
        table.add_row(*map(escape, values))
    console.print(table)


def short(item: Item) -> str:
    """What is proposed, in a few words."""
    told: dict[str, Any] = item.proposal
    texts = [told.get(key) for key in ("intent", "name", "title", "answer", "chosen", "first")]
    sure = f" {item.agreement:.2f}" if item.votes else ""
    return (next((str(text) for text in texts if text), "–")[:80] + sure).strip()
