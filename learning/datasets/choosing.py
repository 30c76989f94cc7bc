"""Which accepted things go into a dataset: no customer's messages weigh too much, nothing stands twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from learning.datasets.examples import example_line
from learning.learned import LABEL, SPREAD, Learned
from learning.review.words import normalised

# One conversation may give so many labels however small the dataset is.
ALWAYS = 3


@dataclass(frozen=True)
class Choice:
    """What goes into a dataset, and what does not, with the reason."""

    taken: tuple[Learned, ...]
    left_out: tuple[tuple[Learned, str], ...]


def choose(records: Sequence[Learned], cap: float, known: Mapping[str, str] | None = None) -> Choice:
    """Chooses among accepted things.

    Args:
        records: what was accepted.
        cap: share of the labels that one conversation may give (0–1); `ALWAYS` it may give anyway. A label
            counts for each conversation that it comes from, and is left out when all of those are full.
        known: the designer's own examples, normalised, with their intents: theirs win.
    """
    ordered = sorted(records, key=lambda one: (one.at, one.id))
    latest = {normalised(str(one.content["text"])): one for one in ordered if one.kind == LABEL}
    most = max(ALWAYS, int(cap * len(latest)))
    given: Counter[str] = Counter()
    taken, left_out = [], []
    for one in ordered:
        why = _why_not(one, latest, known or {}) if one.kind in (LABEL, SPREAD) else ""
        if not why and one.kind == LABEL and one.conversations:
            if all(given[name] >= most for name in one.conversations):
                why = f"the conversation gives {most} labels already (learning.customer_cap)"
            else:
                given.update(one.conversations)
        if why:
            left_out.append((one, why))
        else:
            taken.append(one)
    return Choice(tuple(taken), tuple(left_out))


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
