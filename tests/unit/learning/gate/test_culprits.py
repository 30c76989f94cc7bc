"""Group testing finds what does harm, in few trials."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from learning.gate.culprits import find_culprits, search


@given(st.sets(st.integers(0, 40)), st.integers(1, 41))
def test_exactly_the_harmful_ones_are_found(bad: set[int], count: int) -> None:
    found = search(range(count), lambda some: not bad & set(some))

    assert set(found.culprits) == bad & set(range(count))
    assert sorted(found.kept + found.culprits) == list(range(count))
    assert not found.undecided


def test_nothing_is_searched_where_all_passes() -> None:
    assert search(range(60), lambda some: True).trials == 1


def test_few_trials_find_few_culprits_among_many() -> None:
    bad = set(random.Random(1).sample(range(1_000), 3))

    found = search(range(1_000), lambda some: not bad & set(some))

    assert set(found.culprits) == bad
    assert found.trials < 70  # trying each by itself takes a thousand


def test_of_two_that_do_harm_only_together_one_is_kept() -> None:
    found = search(range(16), lambda some: not {3, 11} <= set(some))

    assert found.culprits == [11]
    assert 3 in found.kept


def test_what_is_not_known_when_the_trials_are_used_up_is_left_out() -> None:
    found = search(range(64), lambda some: 40 not in some, budget=3)

    assert found.trials == 3
    assert 40 in found.undecided
    assert not set(found.undecided) & set(found.kept)
    assert 40 in find_culprits(range(64), lambda some: 40 not in some, budget=3)
