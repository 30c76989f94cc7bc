"""How long a search takes in a large index: a small one, filled up with copies of itself.

A copy's vectors are moved a little, so that no two are alike; titles, audiences and products are made up, so
that filters have something to do. What is found among copies means nothing: only times are taken.
"""

from __future__ import annotations

import os
import random
import string
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.retrieval_data import Query
from rapport.console import progress_bar

# A made-up title for so many chunks, one of so many products, and a tenth of the chunks for the trade alone.
OF_A_TITLE, PRODUCTS, TRADE = 50, 97, 10
# How far copies are moved: of 384 numbers, that turns a vector by about half a radian.
MOVED = 0.03
MOST_QUESTIONS = 1_000


@dataclass(frozen=True)
class Filled:
    """What a retriever needs of an index."""

    contents: Any
    encoder: Any


def times(index: Any, asked: Sequence[Query], chunks: int) -> dict[str, float]:
    """Milliseconds of searches with filters on, among so many chunks, on one core."""
    from llm.knowledge.filters import Filters
    from llm.knowledge.retrieval import HybridRetriever

    filled = _filled(index, chunks)
    retriever = HybridRetriever(filled)  # type: ignore[arg-type]
    milliseconds = []
    with _one_core(), progress_bar() as bar:
        for number, query in enumerate(bar.track(asked[:MOST_QUESTIONS], description=f"{chunks:,} chunks")):
            filled.encoder.forget()
            filters = Filters("trade", f"Product {number % PRODUCTS}")
            started = time.perf_counter()
            retriever.search(query.text, filters=filters, said=query.said)
            milliseconds.append(1e3 * (time.perf_counter() - started))
    return {
        "filled_chunks": float(len(filled.contents.chunks)),
        "filled_p50_ms": float(np.percentile(milliseconds, 50)),
        "filled_p99_ms": float(np.percentile(milliseconds, 99)),
    }


def _filled(index: Any, chunks: int) -> Filled:
    from llm.encoder import load_encoder
    from llm.knowledge.contents import Contents
    from llm.knowledge.terms import terms_of

    source, noise = index.contents, np.random.default_rng(0)
    stored = []
    for number in range(chunks):
        row = number % len(source.chunks)
        copy = replace(
            source.chunks[row],
            id=str(number),
            document=str(number // 3),
            title=_title(number // OF_A_TITLE),
            audience=() if number % TRADE else ("trade",),
            products=(f"Product {number % PRODUCTS}",) if number % 2 else (),
        )
        vectors = _moved(source.vectors[row], noise), _moved(source.sentence_vectors(row), noise)
        stored.append((copy, *vectors))
    terms = sorted(terms_of([chunk for chunk, _, _ in stored]))
    vectors = dict(zip(terms, index.encoder.encode(terms)))
    encoder = load_encoder(index.encoder.name, Path("var/encoder"), threads=1)
    return Filled(Contents(stored, vectors, encoder), encoder)


def _title(number: int) -> str:
    """A name that nobody has said: "Kdrunas House 12"."""
    word = "".join(random.Random(number).sample(string.ascii_lowercase, 7))
    return f"{word.title()} House {number}"


def _moved(vectors: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    moved = vectors + MOVED * noise.normal(size=vectors.shape).astype(np.float32)
    unit: np.ndarray = moved / np.linalg.norm(moved, axis=-1, keepdims=True)
    return unit


@contextmanager
def _one_core() -> Iterator[None]:
    """Keeps the process on one core, where the system lets it."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
