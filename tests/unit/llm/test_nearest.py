from __future__ import annotations

import numpy as np
import pytest

from llm.knowledge.nearest import MANY, Nearest
from llm.knowledge.ranges import best_of, places_of


def unit(values: np.ndarray) -> np.ndarray:
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Like sentence vectors, most of their variance lies in some of their directions."""
    random = np.random.default_rng(0)
    return unit(random.normal(size=(MANY + 1_000, 96)) * np.geomspace(1, 0.05, 96))


def test_the_nearest_of_many_are_among_those_looked_at_closer(vectors: np.ndarray) -> None:
    nearest, random = Nearest(vectors), np.random.default_rng(1)
    found = []
    for place in random.integers(len(vectors), size=50):
        query = unit(vectors[[place]] + 0.05 * random.normal(size=(1, 96)))[0]
        wanted = np.argsort(-(vectors @ query))[:10]
        found.append(np.isin(wanted, nearest(query, 200)).mean())
    assert np.mean(found) > 0.99


def test_of_few_the_nearest_are_exact(vectors: np.ndarray) -> None:
    few = vectors[:100]
    places = Nearest(few)(few[7], 5)
    assert set(places) == set(np.argsort(-(few @ few[7]))[:5])


@pytest.mark.parametrize("n", [50, MANY + 1_000])
def test_only_what_is_allowed_is_found(vectors: np.ndarray, n: int) -> None:
    allowed = np.zeros(n, dtype=bool)
    allowed[[3, 5, 7]] = True
    assert set(Nearest(vectors[:n])(vectors[0], 2, allowed)) < {3, 5, 7}
    assert set(Nearest(vectors[:n])(vectors[0], 10, allowed)) == {3, 5, 7}
    assert Nearest(vectors[:n])(vectors[0], 10, np.zeros(n, dtype=bool)).size == 0


def test_of_nothing_nothing_is_near() -> None:
    assert Nearest(np.zeros((0, 4), np.float32))(np.ones(4, np.float32), 3).size == 0


def test_what_belongs_to_rows_is_found_run_by_run() -> None:
    bounds = np.array([0, 2, 2, 5])  # two things, none, three
    places, lengths = places_of(np.array([2, 1, 0]), bounds)
    assert places.tolist() == [2, 3, 4, 0, 1] and lengths.tolist() == [3, 0, 2]
    assert best_of(np.array([0.1, 0.9, 0.3, -0.5, -0.2]), lengths).tolist() == pytest.approx([0.9, 0.0, -0.2])
    assert best_of(np.zeros(0), np.array([0, 0])).tolist() == [0.0, 0.0]
