"""Labels for messages that nobody reviewed: what neighbours and the model in use say of them alike.

In a closed world labels that spread are enough (`rapport bench loop`). Customers also ask what nobody wrote
examples for, and that has neighbours, too: here the model in use must rank the same intent first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from learning.caps import most_of
from learning.labels.examples import agreed, classify, plain_examples
from learning.labels.graph import build_graph, spread
from learning.labels.learner import Encode
from learning.turn import Turn

# From this probability on that a message belongs to no intent it gets no label.
UNKNOWN = 0.5
# The examples alone must make a label this probable: neighbours of neighbours may lead anywhere.
PROBABLE = 0.4


@dataclass(frozen=True)
class Labelled:
    """A message whose label spread to it; the turns in which it was written."""

    text: str
    intent: str
    turns: tuple[Turn, ...]


def spread_labels(
    turns: Iterable[Turn],
    examples: Sequence[tuple[str, str]],
    encode: Encode,
    most: int,
    cap: float,
    plain: Callable[[str], str],
    closed: Collection[str] = (),
) -> list[Labelled]:
    """Finds messages that are plainly labelled, for intents that have few examples.

    Args:
        turns: what customers wrote.
        examples: texts with their intents; of two or more.
        encode: texts to unit vectors, [n_texts, dim].
        most: examples an intent shall have, the known ones included.
        cap: share of what is found that one conversation may give (0–1); three it may give anyway.
        plain: takes case and punctuation from a text.
        closed: plain texts that are not to be used.
    """
    names = sorted({intent for _, intent in examples})
    written = _by_text(turns, plain, {*closed, *(plain(text) for text, _ in examples)})
    if len(names) < 2 or not written:
        return []
    labels = np.array([names.index(intent) for _, intent in examples])
    said = [group[0].text for group in written]
    vectors = np.asarray(encode([*(text for text, _ in examples), *said]))
    places, guessed = _plain_ones(vectors, labels, len(names), _ranked_first(written, names), most)
    found = [(written[place], names[label]) for place, label in zip(places, guessed)]
    return _capped([Labelled(group[0].text, intent, tuple(group)) for group, intent in found], cap)


def _by_text(turns: Iterable[Turn], plain: Callable[[str], str], closed: Collection[str]) -> list[list[Turn]]:
    """Turns with the same text together."""
    groups: dict[str, list[Turn]] = {}
    for turn in turns:
        if (text := plain(turn.text)) and text not in closed:
            groups.setdefault(text, []).append(turn)
    return list(groups.values())


def _ranked_first(written: Sequence[Sequence[Turn]], names: Sequence[str]) -> np.ndarray:
    """[n] the label that the model ranked first when the message came; -1 for none, or an unknown one."""
    places = {name: place for place, name in enumerate(names)}
    return np.array(
        [places.get(group[0].intent, -1) if group[0].unknown < UNKNOWN else -1 for group in written]
    )


def _plain_ones(
    vectors: np.ndarray, labels: np.ndarray, count: int, ranked: np.ndarray, most: int
) -> tuple[list[int], list[int]]:
    """Places among the messages, which stand behind the examples in `vectors`, and their labels."""
    known = np.arange(len(labels))
    classified = classify(vectors, known, labels, count)
    believed = agreed(spread(build_graph(vectors), known, labels, count), classified)
    guessed = believed[len(labels) :].argmax(1)
    probable = classified[len(labels) + np.arange(len(ranked)), guessed] >= PROBABLE
    others = len(labels) + np.flatnonzero((guessed != ranked) | ~probable)
    chosen, found = plain_examples(believed, known, labels, most, others)
    new = slice(len(labels), None)
    return (chosen[new] - len(labels)).tolist(), found[new].tolist()


def _capped(found: Sequence[Labelled], cap: float) -> list[Labelled]:
    """Without those of which all conversations have given enough."""
    allowed, given = most_of(cap, len(found)), Counter[str]()
    taken = []
    for one in found:
        names = {turn.conversation for turn in one.turns}
        if any(given[name] < allowed for name in names):
            given.update(names)
            taken.append(one)
    return taken
