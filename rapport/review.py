"""Proposes what reviewers are asked, and shows it."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

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

if TYPE_CHECKING:
    from llm.encoder import Encoder

DATA = Path("data")
# Examples in here come from reviews: a designer's own count alone where the two are compared.
LEARNED = Path("data/learned")


def open_store(settings: Settings) -> LearningStore:
    """The learning database."""
    return LearningStore(settings.learning.database_url)


@cache
def intent_encoder() -> Encoder:
    """The encoder that intents are told apart with, in 8 bits: config.yml names it."""
    from llm.encoder import load_encoder
    from rapport.steps import encoders_of_config

    found = encoders_of_config()
    if not found:
        raise RapportError("config.yml names no components.encoder.SentenceEncoder: messages need one.")
    model, cache_dir = found[0]
    return load_encoder(model, cache_dir, precision="int8")


def known_examples() -> list[tuple[str, str]]:
    """All examples that people labelled, as customers would write them, with their intents."""
    people = [one for one in examples_of([DATA]) if one.file != Path(SPREAD_NLU)]
    return [(spoken(one.text), one.intent) for one in people]


def rules(settings: Settings, store: LearningStore) -> Rules:
    """How items are decided: intents are those with examples, and those that were accepted."""
    new = {str(one.content["name"]) for one in accepted(store) if one.kind == INTENT}
    intents = {one.intent for one in examples_of([DATA])} | new
    return Rules(settings.learning.reviewers, frozenset(intents))


def propose(settings: Settings, encode: Encode | None = None) -> tuple[ProposeReport, int]:
    """Makes items of flagged turns; what came of it, and how many were accepted by themselves.

    Raises:
        LearningError: the learning database cannot be used.
    """
    store, encode = open_store(settings), encode or intent_encoder().encode
    learned = [
        (str(one.content["text"]), str(one.content["intent"])) for one in accepted(store) if one.kind == LABEL
    ]
    examples = list(dict.fromkeys([*known_examples(), *learned]))
    helpers = Helpers(encode, votes_on_turns(encode, examples, generator_vote(settings, examples)))
    now = time.time()
    report = make_items(store, helpers, now)
    level = evaluated(store, settings.learning.auto_accept)
    return report, auto_accept(store, level, rules(settings, store), now)


def show_proposals(settings: Settings, as_json: bool) -> None:
    """Makes items and says what came of it."""
    with console.status("Reading flagged turns …"):
        report, accepted_alone = propose(settings)
    values = {
        "new": dict(report.new), "joined": report.joined, "unfit": report.unfit, "accepted": accepted_alone
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
