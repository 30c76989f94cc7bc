"""Customers talk to the assistant, and we see whether each was understood and given what they wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

from bench.week.customers import Customer
from learning.turn import Turn
from rapport.rehearsing import Converse, turns_of

FALLBACKS = frozenset({"nlu_fallback", "out_of_scope"})
CONFIRM, CONFIRMED = "nlu_confirm", "utter_answer_as_understood"
NOT_KNOWN = frozenset({"utter_dont_know", "utter_dont_know_offer", "utter_clarify", "utter_clarify_next"})

Advance = Callable[[], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one customer.

    Attributes:
        intent: what they wanted.
        is_new: the assistant had never heard of it when the week began.
        understood: the first intent of the ranking was theirs, and it was acted on or asked about.
        fell_back: the assistant did not know what they meant.
        answered: what they wanted was said or begun, at once or after a "yes".
        text: their message.
        taken_for: the first intent of the ranking.
    """

    intent: str
    is_new: bool
    understood: bool
    fell_back: bool
    answered: bool
    text: str
    taken_for: str


@dataclass(frozen=True)
class Figures:
    """Shares (0–1) of some customers."""

    customers: int
    understood: float
    fell_back: float
    answered: float


def talk(converse: Converse, someone: Customer) -> Outcome:
    """One customer's conversation; who is asked "would you like to …?" rightly says yes."""
    texts = [text for text in (someone.opening, someone.message) if text]
    turns = turns_of(converse(someone.name, texts))
    asked = turns[len(texts) - 1]
    if asked.routed == CONFIRM and asked.intent == someone.want.intent and CONFIRMED not in asked.responses:
        turns = turns_of(converse(someone.name, ["yes"]))
    outcome = judged(someone, asked, turns[-1])
    if someone.objection and not outcome.answered:
        converse(someone.name, [someone.objection])
    return outcome


def judged(someone: Customer, asked: Turn, last: Turn) -> Outcome:
    """What became of a customer.

    Args:
        someone: the customer.
        asked: the turn of the message with the want.
        last: the turn after which it is judged: that one, or the one of the "yes".
    """
    intent = someone.want.intent
    lost = asked.routed in FALLBACKS or bool(NOT_KNOWN.intersection(asked.responses))
    understood = asked.intent == intent and asked.routed not in FALLBACKS
    if someone.want.is_new:
        answered = f"utter_{intent}" in last.responses
    else:
        said_yes = last is not asked and last.routed == intent
        answered = (
            understood and not lost and (asked.routed == intent or said_yes or _answered_at_once(asked))
        )
    return Outcome(intent, someone.want.is_new, understood, lost, answered, someone.message, asked.intent)


def _answered_at_once(asked: Turn) -> bool:
    return CONFIRMED in asked.responses


def talk_all(converse: Converse, some: Sequence[Customer], advance: Advance = lambda: None) -> list[Outcome]:
    """All conversations, one after the other."""
    outcomes = []
    for someone in some:
        outcomes.append(talk(converse, someone))
        advance()
    return outcomes


def figures(outcomes: Iterable[Outcome]) -> Figures:
    """Shares of some outcomes; of none, all are 0."""
    listed = list(outcomes)
    count = max(1, len(listed))
    return Figures(
        len(listed),
        sum(one.understood for one in listed) / count,
        sum(one.fell_back for one in listed) / count,
        sum(one.answered for one in listed) / count,
    )


def by_kind(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Figures of the new wants, of the ordinary ones, and of all."""
    kinds = {
        "new": [one for one in outcomes if one.is_new],
        "ordinary": [one for one in outcomes if not one.is_new],
        "all": list(outcomes),
    }
    return {kind: asdict(figures(some)) for kind, some in kinds.items()}
