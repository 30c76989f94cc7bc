"""Whether a colleague's correction says the same as the answer that it replaces, only in other words."""

from __future__ import annotations

from llm.support.signs import Signs, read

# So large a share of the correction's words that carry meaning stand in the answer, too (docs/learning.md).
SHARE = 0.6


def only_wording(before: str, after: str) -> bool:
    """Whether two answers hold the same facts; where that cannot be told, they do not.

    They name the same numbers, things and places, neither turns round what the other says, and what the
    second says stands mostly in the first: a new word may be a new fact.

    Args:
        before: what the assistant said.
        after: what a colleague wrote instead.
    """
    one, other = read(before), read(after)
    told, known = other.words | other.light, one.words | one.light
    if not told or len(told & known) < SHARE * len(told):
        return False
    same_names = one.names & one.words == other.names & other.words
    return same_names and _same_numbers(one, other) and not _turned_round(one, other)


def _same_numbers(one: Signs, other: Signs) -> bool:
    """Whether each side's numbers stand in the other, with their units and bounds."""
    pairs = ((one.numbers, other.numbers), (other.numbers, one.numbers))
    return all(each.is_in(there) for said, there in pairs for each in said if not each.is_named)


def _turned_round(one: Signs, other: Signs) -> bool:
    """Whether only one of them negates, or they choose different words of which only one can be meant."""
    chosen = dict(one.opposites)
    opposed = any(chosen.get(group, word) != word for group, word in other.opposites)
    return opposed or (one.negations > 0) != (other.negations > 0)
