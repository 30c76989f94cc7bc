"""What may be found by whom: articles for an audience, and articles about a product."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm.knowledge.chunking import Chunk


@dataclass(frozen=True)
class Filters:
    """What may be found.

    Attributes:
        audience: who asks. An article for certain audiences is only for those; without one, such articles are
            not found at all.
        product: articles about other products are left out; without one, none is.
    """

    audience: str = ""
    product: str = ""


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
        open_to = None if self._for_all.all() else _with(self._for_all, self._audience, filters.audience)
        if not filters.product:
            return open_to
        about = _with(self._about_none, self._products, filters.product)
        return about if open_to is None else about & open_to


def _with(unrestricted: np.ndarray, rows: dict[str, list[int]], name: str) -> np.ndarray:
    allowed = unrestricted.copy()
    allowed[rows.get(name.casefold(), [])] = True
    return allowed


def _rows_by_name(names: Sequence[tuple[str, ...]]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, of_row in enumerate(names):
        for name in of_row:
            rows.setdefault(name.casefold(), []).append(row)
    return rows
