"""The order in which reviewers are asked, with the vectors that it takes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from learning.learned import LABEL
from learning.review.item import Encode, Item
from learning.review.ordering import AT_ONCE, Ordering, next_items, ordering_of
from learning.store import LearningStore
from llm.errors import LlmError
from rapport.console import warned
from rapport.errors import RapportError
from rapport.review import labelled
from rapport.settings import Settings
from rapport.vectors import kept_vectors


class ReviewOrder:
    """Says which items come next; what was answered since counts each time.

    Args:
        settings: where labelled examples and items are.
        store: the learning database.
        encode: texts to unit vectors, [n_texts, dim]; the encoder of config.yml if not said.
    """

    def __init__(self, settings: Settings, store: LearningStore, encode: Encode | None = None) -> None:
        self._settings, self._store, self._encode = settings, store, encode
        self._ordering: Ordering | None = None
        self._encodes = True

    def next(self, waiting: Sequence[Item], last: Collection[str] = (), count: int = AT_ONCE) -> list[Item]:
        """The items that are asked about next.

        Args:
            waiting: undecided items.
            last: ids of items that come after all others.
            count: how many items.
        """
        if not _ties(waiting):  # priorities tell all: nothing need be encoded
            return next_items(waiting, None, (), count, last)
        known = labelled(self._settings, self._store)
        if self._encodes and (self._ordering is None or not self._ordering.knows(waiting)):
            self._ordering = self._try_ordered(waiting, known)
        return next_items(waiting, self._ordering, known, count, last)

    def _try_ordered(self, waiting: Sequence[Item], known: Sequence[tuple[str, str]]) -> Ordering | None:
        """Nothing where messages cannot be encoded: reviews go on without."""
        try:
            return self._ordered(waiting, known)
        except (RapportError, LlmError) as error:
            self._encodes = False
            warned(f"{error} Items come by priority and conversations alone.")
            return None

    def _ordered(self, waiting: Sequence[Item], known: Sequence[tuple[str, str]]) -> Ordering:
        texts = [text for text, _ in known] + [item.text for item in waiting if item.kind == LABEL]
        if self._encode is not None:
            return ordering_of(texts, self._encode)
        with kept_vectors(prune=False) as vectors:
            return ordering_of(texts, vectors.encode)


def _ties(waiting: Sequence[Item]) -> bool:
    """Whether labels are as urgent as each other."""
    labels = [item.priority for item in waiting if item.kind == LABEL]
    return len(set(labels)) < len(labels)
