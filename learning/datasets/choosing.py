"""Which accepted things go into a dataset: no customer's messages weigh too much, nothing stands twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from learning.caps import most_of
from learning.datasets.examples import example_line
from learning.learned import LABEL, PREFERENCE, SPREAD, Learned
from learning.review.pairs import CORRECTION
from learning.review.words import normalised


@dataclass(frozen=True)
class Choice:
    """What goes into a dataset, and what does not, with the reason."""

    taken: tuple[Learned, ...]
    left_out: tuple[tuple[Learned, str], ...]


def choose(records: Sequence[Learned], cap: float, known: Mapping[str, str] | None = None) -> Choice:
    """Chooses among accepted things.

    Args:
        records: what was accepted.
        cap: share that one conversation may give (0–1) of all labels, of each intent's examples and of the
            preference pairs; a few it may give anyway.
        known: the designer's own examples, normalised, with their intents: theirs win.
    """
    ordered = sorted(records, key=lambda one: (one.at, one.id))
    latest = {normalised(str(one.content["text"])): one for one in ordered if one.kind == LABEL}
    pairs = sum(one.kind == PREFERENCE for one in ordered)
    room = _Room(cap, latest.values(), pairs, known or {})
    taken, left_out = [], []
    for one in ordered:
        why = _why_not(one, latest, known or {}) if one.kind in (LABEL, SPREAD) else ""
        why = why or room.take(one)
        if why:
            left_out.append((one, why))
        else:
            taken.append(one)
    return Choice(tuple(taken), tuple(left_out))


class _Room:
    """How much each conversation may still give, of what."""

    def __init__(self, cap: float, labels: Iterable[Learned], pairs: int, known: Mapping[str, str]) -> None:
        intents = [str(one.content["intent"]) for one in labels]
        per_intent = Counter([*intents, *known.values()])
        self.most = {f"labels of {intent}": most_of(cap, count) for intent, count in per_intent.items()}
        self.most |= {"labels": most_of(cap, len(intents)), "pairs": most_of(cap, pairs)}
        self.given: Counter[tuple[str, str]] = Counter()

    def take(self, one: Learned) -> str:
        """Counts it for each conversation that it comes from; why it may not be taken, if it may not."""
        parts = {LABEL: ("labels", f"labels of {one.content.get('intent')}"), PREFERENCE: ("pairs",)}
        wanted = parts.get(one.kind, ())
        for part in wanted:
            full = [self.given[name, part] >= self.most[part] for name in one.conversations]
            # What several customers said stands as long as one of them has room; a pair needs all of its.
            if full and (any(full) if _takes_all(one) else all(full)):
                return f"the conversation gives {self.most[part]} {part} already (learning.customer_cap)"
        self.given.update((name, part) for part in wanted for name in one.conversations)
        return ""


def _takes_all(one: Learned) -> bool:
    """A pair counts for both its customers; a colleague's correction for whoever had that answer."""
    return one.kind == PREFERENCE and one.content.get("source") != CORRECTION


def _why_not(one: Learned, latest: Mapping[str, Learned], known: Mapping[str, str]) -> str:
    text, intent = normalised(str(one.content["text"])), one.content["intent"]
    if example_line(one.content) is None:
        return "personal data is masked in it: give it another text in the review"
    if one.kind == SPREAD and text in latest:
        return f"somebody has labelled it {latest[text].content['intent']}"
    if latest.get(text, one) is not one:
        return f"accepted again later as {latest[text].content['intent']}"
    if text in known:
        return (
            "data/nlu has it"
            if known[text] == intent
            else f"data/nlu has it as {known[text]}: change it there"
        )
    return ""
