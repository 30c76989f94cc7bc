import numpy as np
import pytest

from components.entity_features import shape, with_states, word_features

TEXT = "to Long Beach, CA on 12.3."
WORDS = [(0, 2), (3, 7), (8, 13), (15, 17), (18, 20), (21, 25)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("FH-1001", "XX-dd"), ("Rome", "Xxx"), ("2x", "dx"), ("Übermorgen", "Xxx"), ("日本", "xx")],
)
def test_a_shape_tells_kinds_of_characters(word: str, expected: str) -> None:
    assert shape(word) == expected


def test_a_word_knows_its_neighbours_and_the_punctuation_between_them() -> None:
    beach = word_features(TEXT, WORDS)[2]
    assert {"-1=long", "0=beach", "1=ca", "gap+=,", "gap-=", "-1|0=long|beach", "left=to", "right=on"} <= set(
        beach
    )


def test_digits_are_alike() -> None:
    assert "0=00.0" in word_features(TEXT, WORDS)[5]


def test_the_first_and_the_last_word_know_it() -> None:
    features = word_features("Rome", [(0, 4)])
    assert {"first=True", "last=True", "-1|0=<|rome", "0|1=rome|>"} <= set(features[0])


def test_patterns_count_for_a_word_and_its_neighbours() -> None:
    features = word_features("order 1001", [(0, 5), (6, 10)], [[], ["order_number"]])
    assert "pattern1=order_number" in features[0] and "pattern0=order_number" in features[1]


def test_states_stand_beside_names() -> None:
    assert with_states([["bias"]], np.array([[0.5, -1.0]])) == [{"bias": 1.0, "state0": 0.5, "state1": -1.0}]


def test_a_text_without_words_has_no_features() -> None:
    assert word_features("…", []) == [] and with_states([], np.zeros((0, 4))) == []
