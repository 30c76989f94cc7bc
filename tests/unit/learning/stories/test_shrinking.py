from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.stories.shrinking import smallest


@given(st.lists(st.integers(0, 30), unique=True, max_size=20), st.data())
def test_exactly_what_is_needed_is_left_in_order(parts: list[int], data: st.DataObject) -> None:
    needed = data.draw(st.sets(st.sampled_from(parts)) if parts else st.just(set()))
    left = smallest(parts, lambda some: needed <= set(some))
    assert left == [part for part in parts if part in needed]


def test_no_part_can_be_left_out_alone_where_one_of_several_will_do() -> None:
    def shows(some: Sequence[str]) -> bool:
        return "a" in some and ("b" in some or "c" in some)

    assert smallest("xaybzc", shows) in (["a", "b"], ["a", "c"])


def test_nothing_is_tried_twice() -> None:
    tried: list[tuple[int, ...]] = []

    def shows(some: list[int]) -> bool:
        tried.append(tuple(some))
        return {3, 11} <= set(some)

    assert smallest(range(16), shows) == [3, 11]
    assert len(tried) == len(set(tried))
    assert len(tried) < 60


@pytest.mark.parametrize("parts", [[], ["only"]])
def test_what_shows_without_any_part_needs_none(parts: list[str]) -> None:
    assert smallest(parts, lambda some: True) == []
