"""Things that lie one after the other for each row of something: a chunk's sentences, its phrases."""

import numpy as np


def places_of(rows: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where that which belongs to some rows lies.

    Args:
        rows: [n] rows.
        bounds: [n_rows + 1] where each row's things begin; its last entry is where the last row's end.

    Returns:
        The places, row by row, and the lengths [n] of their runs.
    """
    lengths = bounds[rows + 1] - bounds[rows]
    before = np.cumsum(lengths) - lengths
    return np.repeat(bounds[rows] - before, lengths) + np.arange(lengths.sum()), lengths


def best_of(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The highest of each run of values, 0 for an empty run: [n_runs]."""
    best = np.zeros(len(lengths), dtype=np.result_type(values, np.float32))
    filled = lengths > 0
    if filled.any():
        best[filled] = np.maximum.reduceat(values, (np.cumsum(lengths) - lengths)[filled])
    return best
