"""What may be found by whom: articles for an audience, and articles about a product."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from llm.knowledge.chunking import Chunk


@dataclass(frozen=True)
class Filters:
    """What may be found.

    Attributes:
        audience: who asks, one name or several. An article for certain audiences is only for those; without
            one, such articles are not found at all.
        product: articles about other products are left out; without one, none is.
    """

    audience: str | tuple[str, ...] = ""
    product: str = ""

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

    def allowed(self, filters: Filters) -> np.ndarray | None:
        """[n_chunks] which chunks may be found; None if all may."""
        open_to = None if self._for_all.all() else _with(self._for_all, self._audience, filters.audiences)
        if not filters.product:
            return open_to
        about = _with(self._about_none, self._products, {filters.product.casefold()})
        return about if open_to is None else about & open_to


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
