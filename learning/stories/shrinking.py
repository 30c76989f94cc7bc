"""The smallest part of something that still shows what the whole shows.

Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input (2002): `ddmin`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")


def smallest(parts: Sequence[T], shows: Callable[[list[T]], bool]) -> list[T]:
    """Leaves out parts, in ever smaller portions, as long as the rest still shows it.

    Args:
        parts: all of them, in order; `shows` holds for them.
        shows: whether some of the parts, in order, still do. No selection is tried twice.

    Returns:
        Parts of which none can be left out alone.
    """
    tried: dict[tuple[int, ...], bool] = {}

    def holds(places: list[int]) -> bool:
        key = tuple(places)
        if key not in tried:
            tried[key] = shows([parts[place] for place in places])
        return tried[key]

    if holds([]):
        return []
    left, portions = list(range(len(parts))), 2
    while len(left) > 1:
        rest = next((some for some in _without_one(left, portions) if holds(some)), None)
        if rest is not None:
            left, portions = rest, max(2, portions - 1)
        elif portions < len(left):
            portions = min(len(left), 2 * portions)
        else:
            break
    return [parts[place] for place in left]


def _without_one(places: list[int], portions: int) -> list[list[int]]:
    """The places without each of so many portions; the earliest first: what came last matters most."""
    size = len(places) / portions
    cuts = [round(number * size) for number in range(portions + 1)]
    return [places[:start] + places[end:] for start, end in pairwise(cuts)]
