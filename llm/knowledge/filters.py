"""What may be found by whom: articles for an audience, about a product, and those that still hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from llm.knowledge.chunking import Chunk


@dataclass(frozen=True)
class Filters:
    """What may be found.

    Attributes:
        audience: who asks, one name or several. An article for certain audiences is only for those; without
            one, such articles are not found at all.
        product: articles about other products are left out; without one, none is.
        day: articles that hold until an earlier day (ISO) are left out; empty for today.
    """

    audience: str | tuple[str, ...] = ""
    product: str = ""
    day: str = ""

    def may_read(self, audience: Sequence[str]) -> bool:
        """Whether an article for these audiences (for everybody if none) may be found."""
        return not audience or bool(self.audiences & {name.casefold() for name in audience})

    @property
    def audiences(self) -> frozenset[str]:
        """Who asks, in small letters."""
        names = (self.audience,) if isinstance(self.audience, str) else self.audience
        return frozenset(name.casefold() for name in names if name)


EVERYTHING = Filters()


class FilterIndex:
    """Which chunks the filters let through.

    Args:
        chunks: in the order of all results.
    """

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._audience = _rows_by_name([chunk.audience for chunk in chunks])
        self._products = _rows_by_name([chunk.products for chunk in chunks])
        self._for_all = np.array([not chunk.audience for chunk in chunks], dtype=bool)
        self._about_none = np.array([not chunk.products for chunk in chunks], dtype=bool)
        # As numbers of days: an article without an end holds for ever.
        self._until = np.array([_day(chunk.valid_until) for chunk in chunks], dtype=np.int64)
        self._ends = any(chunk.valid_until for chunk in chunks)

    def allowed(self, filters: Filters) -> np.ndarray | None:
        """[n_chunks] which chunks may be found; None if all may."""
        each = []
        if not self._for_all.all():
            each.append(_with(self._for_all, self._audience, filters.audiences))
        if filters.product:
            each.append(_with(self._about_none, self._products, {filters.product.casefold()}))
        if self._ends:
            each.append(self._until >= (_day(filters.day) if filters.day else date.today().toordinal()))
        return np.logical_and.reduce(each) if each else None


def _day(day: str) -> int:
    return date.fromisoformat(day).toordinal() if day else date.max.toordinal()


def _with(unrestricted: np.ndarray, rows: dict[str, list[int]], names: Iterable[str]) -> np.ndarray:
    allowed = unrestricted.copy()
    for name in names:
        allowed[rows.get(name, [])] = True
    return allowed


def _rows_by_name(names: Sequence[tuple[str, ...]]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, of_row in enumerate(names):
        for name in of_row:
            rows.setdefault(name.casefold(), []).append(row)
    return rows
