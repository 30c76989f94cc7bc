"""Messages that lie in groups, for tests."""

from __future__ import annotations

import numpy as np


def groups(sizes: tuple[int, ...], noise: float = 0.05, dim: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Unit vectors [n, dim] around as many directions as there are sizes, and the group of each."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    vectors = np.eye(dim)[labels] + np.random.default_rng(5).normal(0, noise, (len(labels), dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), labels
