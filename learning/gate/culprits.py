"""Group testing: which of many items make something worse, found in few trials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Search(Generic[Item]):
    """What a search found.

    Attributes:
        culprits: each makes things worse, beside the items that do not.
        undecided: groups of these do harm, but the trials were used up before it was known which.
        kept: these together do no harm.
        trials: how many subsets were tried.
    """

    culprits: list[Item]
    undecided: list[Item]
    kept: list[Item]
    trials: int


def find_culprits(
    items: Sequence[Item], passes: Callable[[list[Item]], bool], budget: int = 200
) -> list[Item]:
    """The items to leave out, so that the rest does no harm; see `search`.

    Example:
        >>> find_culprits([1, 2, 3, 4, 5], lambda some: 4 not in some)
        [4]
    """
    found = search(items, passes, budget)
    return found.culprits + found.undecided


def search(items: Sequence[Item], passes: Callable[[list[Item]], bool], budget: int = 200) -> Search[Item]:
    """Halves groups that do harm until the harmful items are alone.

    A group is tried together with all that was found harmless before, so that items which do harm only
    together are found, too: the later one is taken for the culprit. With `k` culprits among `n` items it
    takes about `2 k log2(n / k)` trials (Hwang 1972), fewer where culprits stand side by side: give the most
    suspect items first.

    Args:
        items: what may do harm.
        passes: whether a subset does no harm.
        budget: at most so many subsets are tried.
    """
    return _Searcher(passes, budget).run(list(items))


class _Searcher(Generic[Item]):
    """One search under way."""

    def __init__(self, passes: Callable[[list[Item]], bool], budget: int) -> None:
        self.passes = passes
        self.budget = budget
        self.trials = 0
        self.kept: list[Item] = []
        self.culprits: list[Item] = []
        self.undecided: list[Item] = []

    def run(self, items: list[Item]) -> Search[Item]:
        if items:
            self._harmless(items)
        return Search(self.culprits, self.undecided, self.kept, self.trials)

    def _harmless(self, group: list[Item], failed: bool = False) -> bool:
        """Sorts a group out; `failed`: it is known to do harm beside what was kept."""
        if not failed:
            if self.trials >= self.budget:
                self.undecided += group
                return False
            self.trials += 1
            if self.passes([*self.kept, *group]):
                self.kept += group
                return True
        if len(group) == 1:
            self.culprits += group
            return False
        half = len(group) // 2
        first_harmless = self._harmless(group[:half])
        # Where the first half is harmless, both together are what failed just now.
        self._harmless(group[half:], failed=first_harmless)
        return False
