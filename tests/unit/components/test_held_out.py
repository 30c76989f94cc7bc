from __future__ import annotations

import numpy as np

from components.characters import Characters
from components.held_out import Lesson, _splits
from components.intent_features import Seen

TEXTS = [f"text {number}" for number in range(60)]
LABELS = np.repeat([0, 1, 2], 20)


def lesson(spread: np.ndarray) -> Lesson:
    vectors = np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    seen = Seen(TEXTS, vectors, [], 1)
    return Lesson(seen, LABELS, ["a", "b", "c"], seen, None, spread, Characters.fit(TEXTS, 0), False, 42)


def test_every_example_that_people_gave_is_held_out_once() -> None:
    splits = _splits(lesson(np.zeros(60, bool)))
    assert len(splits) == 5
    assert sorted(np.concatenate([out for _, out, _ in splits])) == list(range(60))


def test_labels_that_spread_are_never_held_out_and_go_with_where_they_came_from() -> None:
    spread = np.arange(60) % 2 == 1
    example = lesson(spread)
    vectors, dropped = example.seen.vectors, 0
    for train, out, _ in _splits(example):
        assert not spread[out].any()
        for place in np.flatnonzero(spread):
            given = np.flatnonzero((LABELS[place] == LABELS) & ~spread)
            source = given[(vectors[given] @ vectors[place]).argmax()]
            assert (place in train) == (source not in out)
            dropped += source in out
    assert dropped == spread.sum(), "each goes in the split that holds out its source"


def test_a_label_that_nobody_gave_an_example_of_is_only_learned_from() -> None:
    spread = LABELS == 2
    assert all((LABELS[out] != 2).all() and (LABELS[train] == 2).sum() == 20
               for train, out, _ in _splits(lesson(spread)))  # fmt: skip
