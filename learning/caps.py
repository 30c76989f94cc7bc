"""How much one customer may weigh: whoever writes most must not decide what is learned.

A customer is known by the sender of a conversation, over all its sessions; who writes as several senders is
not recognised.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

# One customer may give so many things however few there are.
ALWAYS = 3

Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Caps:
    """Limits for each customer.

    Attributes:
        share: of the labels, of each intent's examples and of the preference pairs (0–1); `ALWAYS` anyway.
        turns: so many of a customer's turns are looked at, or wait for reviewers, at a time.
        customers: so many must ask for the same before a new intent or article is proposed.
    """

    share: float = 0.05
    turns: int = 20
    customers: int = 3


def most_of(share: float, total: int) -> int:
    """How many of so many things may be one customer's."""
    return max(ALWAYS, int(share * total))


def at_most(
    things: Iterable[Thing],
    customer: Callable[[Thing], str],
    most: int,
    given: Mapping[str, int] | None = None,
) -> list[Thing]:
    """The first things of each customer, in their order.

    Args:
        things: what customers gave.
        customer: whose a thing is.
        most: so many of each customer are kept.
        given: how many of a customer's there are already.
    """
    counted: Counter[str] = Counter(given or {})
    kept = []
    for thing in things:
        if counted[customer(thing)] < most:
            counted[customer(thing)] += 1
            kept.append(thing)
    return kept
