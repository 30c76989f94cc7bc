"""What broke is traced to the learned examples that most likely broke it."""

from __future__ import annotations

import numpy as np

from learning.gate.suspects import Broken, suspects

SIMILARITIES = np.array([0.9, 0.8, 0.5, 0.6, 0.2])
INTENTS = ["greet", "complain", "complain", "track_order", "complain"]


def places(was: str, now: str, most: int = 3) -> list[int]:
    broken = Broken("conversation 'x'", "so annoying", was, now)
    return [one.place for one in suspects(broken, SIMILARITIES, INTENTS, most=most)]


def test_examples_of_the_intent_that_it_is_taken_for_now_the_likest_first() -> None:
    assert places("track_order", "complain") == [1, 2]  # the last one is not like it at all
    assert places("track_order", "complain", most=1) == [1]


def test_where_only_the_confidence_changed_examples_of_any_other_intent() -> None:
    assert places("complain", "complain") == [0, 3]


def test_an_intent_that_nobody_taught_has_no_suspects() -> None:
    assert places("track_order", "out_of_scope") == []
