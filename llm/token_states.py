"""What an encoder knows of each word in its sentence: the states of its pieces, averaged over words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def pool_pieces(
    states: np.ndarray, places: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]
) -> np.ndarray:
    """The mean of the pieces that a span covers, wholly or in part.

    Args:
        states: of the pieces: [n_pieces, width].
        places: where each piece stands in the text, as characters from and to (the same two: nowhere).
        spans: the words wanted, in the same measure.

    Returns:
        [n_spans, width] float32; zeros where no piece stands, as beyond the length that an encoder reads.
    """
    if not len(spans) or not len(places):
        return np.zeros((len(spans), states.shape[1]), dtype=np.float32)
    pieces, words = np.asarray(places), np.asarray(spans)
    overlap = np.minimum(words[:, 1:], pieces[:, 1]) > np.maximum(words[:, :1], pieces[:, 0])
    weights = overlap / np.maximum(overlap.sum(axis=1, keepdims=True), 1)
    pooled: np.ndarray = weights.astype(np.float32) @ states
    return pooled
