from __future__ import annotations

import math

import pytest

from components.pair_model import named_features, shipped_model

ALIKE = 0.8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("how long does it take", "how much does it cost"),
        ("where is 1001", "where is it"),
        ("", ""),
        ("🤷", "???"),
        ("ß " * 5000, "wo ist mein Paket"),
    ],
)
def test_a_pair_scores_the_same_either_way_round(one: str, other: str) -> None:
    model = shipped_model()
    probability = model.probability(one, other, ALIKE)
    assert 0 <= probability <= 1
    assert math.isclose(probability, model.probability(other, one, ALIKE))


def test_vectors_that_are_more_alike_make_a_repeat_more_likely() -> None:
    model = shipped_model()
    scores = [model.probability("wo ist es", "wann kommt es", cosine / 10) for cosine in range(11)]
    assert scores == sorted(scores)
    assert scores[0] < 0.05


def test_the_word_that_makes_the_difference_lowers_the_probability() -> None:
    model = shipped_model()
    same = model.probability("how do I wash wool", "how can I clean wool", ALIKE)
    other = model.probability("how do I wash wool", "why do I wash wool", ALIKE)
    assert other < same - 0.05


def test_numbers_days_and_number_words_are_values() -> None:
    assert named_features("a table for two", "a table for four", ALIKE)["other_values"] == 1
    assert named_features("open on sundays?", "open on Sunday?", ALIKE)["other_values"] == 0
    assert named_features("order 1001", "my order", ALIKE)["value_on_one_side"] == 1


def test_every_feature_has_its_weight() -> None:
    assert len(shipped_model().weights) == len(named_features("", "", 0.0))
