from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from learning.labels.learner import LightLearner, held_out_probabilities
from learning.labels.votes import (
    NONE,
    Known,
    Vote,
    calibrated,
    consensus,
    evaluated_level,
    votes_for,
)
from tests.unit.learning.labels.groups import groups

VECTORS, GROUPS = groups((6, 6), noise=0.05, dim=4)
TEXTS = [f"{('where is it', 'money back')[group]} {place}" for place, group in enumerate(GROUPS)]
LABELS = [("track", "refund")[group] for group in GROUPS]


def encode(texts: Sequence[str]) -> np.ndarray:
    return VECTORS[[TEXTS.index(text) for text in texts]]


def known() -> Known:
    return Known(TEXTS[2:], LABELS[2:], VECTORS[2:])


def test_all_voters_are_asked_and_say_why() -> None:
    head = LightLearner(encode).fit(TEXTS, LABELS)
    spread = (["refund", "track"], np.array([[0.1, 0.9], [0.0, 0.0]]))
    votes = votes_for(TEXTS[:2], VECTORS[:2], known(), head, spread, lambda text, labels: labels[0])
    assert [vote.voter for vote in votes[0]] == ["head", "neighbours", "spread", "generator"]
    assert [vote.voter for vote in votes[1]] == ["head", "neighbours", "generator"], "nothing spread there"
    found = consensus(votes[0])
    assert found.label == "track"
    assert found.why.startswith("4 of 4 votes; ")
    assert "nearest: 'where is it" in found.why


def test_a_generator_that_names_no_candidate_does_not_vote() -> None:
    (votes,) = votes_for(TEXTS[:1], VECTORS[:1], known(), generator=lambda text, labels: "a poem")
    assert [vote.voter for vote in votes] == ["neighbours"]


def test_voters_that_disagree_lower_the_agreement_and_are_named() -> None:
    votes = [Vote("head", "a", 0.9, ""), Vote("spread", "b", 0.5, ""), Vote("neighbours", "a", 0.8, "")]
    found = consensus(votes)
    assert (found.label, round(found.agreement, 3)) == ("a", 0.567)
    assert found.why.endswith("others: b")
    assert consensus([]).agreement == 0.0


def test_the_level_is_the_lowest_from_which_on_enough_were_right() -> None:
    agreements = [0.9] * 50 + [0.7] * 50 + [0.5] * 50
    right = [True] * 50 + [True] * 45 + [False] * 5 + [True] * 20 + [False] * 30
    assert evaluated_level(agreements, right, 0.95) == 0.7
    assert evaluated_level(agreements, right, 0.99) == 0.9
    assert evaluated_level(agreements, [False] * 150, 0.9) is None


def test_too_few_known_labels_are_no_evaluation() -> None:
    assert evaluated_level([0.9] * 10, [True] * 10, 0.9) is None
    assert evaluated_level([], [], 0.9) is None
    with pytest.raises(ValueError, match=r"is 95\.0"):
        evaluated_level([0.9], [True], 95.0)


def test_an_agreement_becomes_the_share_that_was_right_at_it() -> None:
    right = [True] * 5 + [False] * 15 + [True] * 18 + [False] * 2
    trust = calibrated([0.4] * 20 + [0.8] * 20, right)
    assert trust(0.4) == pytest.approx(0.25)
    assert trust(0.8) == pytest.approx(0.9)
    assert calibrated([0.4], [True])(0.4) == 0.4


def test_an_example_does_not_vote_for_itself() -> None:
    labels = np.array(GROUPS)
    labels[3] = 2
    found = held_out_probabilities(VECTORS, labels, 3, folds=6)
    assert found[3].argmax() == 0
    assert found[3, 2] == 0, "nobody else has that label"


def test_one_label_is_nothing_to_learn() -> None:
    with pytest.raises(ValueError, match="Two labels are needed"):
        LightLearner(encode).fit(TEXTS[:2], ["track", "track"])


def test_none_of_these_is_no_label_but_lowers_the_agreement() -> None:
    votes = [Vote("head", "a", 0.5, ""), Vote("generator", NONE, 0.75, "")]
    found = consensus(votes)
    assert (found.label, found.agreement) == ("a", 0.25)
    assert consensus(votes[1:]).label == ""


def test_a_generator_is_shown_the_likeliest_labels_of_head_and_neighbours() -> None:
    asked: list[Sequence[str]] = []
    head = LightLearner(encode).fit(TEXTS, LABELS)
    near = Known(TEXTS[2:], [*LABELS[2:-1], "lost"], VECTORS[2:])
    votes_for(TEXTS[-1:], VECTORS[-1:], near, head, None, lambda text, labels: asked.append(labels))
    (shown,) = asked
    assert set(shown) == {"track", "refund", "lost"} and len(shown) == 3
