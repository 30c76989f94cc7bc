"""How well passages are found: hits, recall, "does any passage answer?", and the time a question takes.

    rapport bench retrieval --data path/to/stackfaq --against bm25 --against dense
    rapport bench retrieval --corpus passages.jsonl --queries queries.jsonl --fill 100000

Questions are asked of the assistant's own retriever, follow-ups rewritten as it rewrites them. The last line
is one JSON object.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.retrieval_data import Passage, Query, read_corpus, read_folder, read_queries
from bench.retrieval_scale import times
from bench.tables import show_beside
from llm.knowledge.reranking import CrossEncoder, Reranker
from rapport.console import progress_bar
from rapport.errors import RapportError

FOLDER = Path("var/bench/retrieval")
# So many passages are looked at; a long one may have been cut into several chunks.
DEPTH, SEARCHED = 10, 40
OURS = "rapport"


# Ids of passages, best first; how probable it is that any of them answers; whether it is taken to.
Rank = Callable[[Query], tuple[tuple[str, ...], float, bool]]


@dataclass(frozen=True)
class Found:
    """What came of one question: ids of passages, best first, and how sure it is that any answers (0–1)."""

    query: Query
    ids: tuple[str, ...]
    probability: float
    is_answerable: bool
    milliseconds: float


def run(
    data: Path | None, corpus: Path | None, queries: Path | None, against: Sequence[str], limit: int | None,
    model: str, fill: int | None = None, reranker: Path | None = None, articles: str = "fp32",
) -> None:  # fmt: skip
    """Measures and prints a table and, last, one JSON object.

    Raises:
        RetrievalDataError: the files cannot be used.
        RapportError: neither a folder nor both files were given, or `against` names something unknown.
        RerankerError: the reranker's folder cannot be used.
    """
    for name in against:
        if name not in RANKINGS or name == OURS:
            others = " or ".join(other for other in RANKINGS if other != OURS)
            raise RapportError(f"--against {name} is unknown: give {others}.")
    passages, asked = _read(data, corpus, queries)
    if limit and limit < len(asked):
        asked = random.Random(0).sample(asked, limit)
    with open_index(passages, model, articles) as index:
        ranks = {name: RANKINGS[name](index) for name in (OURS, *against)}
        if reranker:
            ranks[f"with {reranker.name}"] = _ours(index, CrossEncoder(reranker))
        found = {name: _ask_all(name, rank, index, asked) for name, rank in ranks.items()}
        large = times(index, asked, fill) if fill else {}
    means = {name: figures(rows) for name, rows in found.items()}
    means[OURS] |= large
    _print(means, len(passages), asked)
    rounded = {name: {key: round(value, 4) for key, value in one.items()} for name, one in means.items()}
    print(json.dumps({**rounded.pop(OURS), "against": rounded}))


def figures(rows: Sequence[Found]) -> dict[str, float]:
    """Figures by the names that the last line has.

    `hit…` and `recall10` are over the questions that a passage answers. `needs_knowledge_f1` is that of the
    decision "a passage answers this", `answerable_auroc` is of its probability.
    """
    from components.calibration import area_under_roc

    answered = [row for row in rows if row.query.gold]
    wanted = np.array([bool(row.query.gold) for row in rows])
    said = np.array([row.is_answerable for row in rows])
    milliseconds = [row.milliseconds for row in rows]

    def hit(k: int) -> float:
        return _mean([bool(row.query.gold & set(row.ids[:k])) for row in answered])

    return {
        "hit1": hit(1),
        "hit5": hit(5),
        "hit10": hit(DEPTH),
        "recall10": _mean(
            [len(row.query.gold & set(row.ids[:DEPTH])) / len(row.query.gold) for row in answered]
        ),
        "answerable_auroc": area_under_roc(np.array([row.probability for row in rows]), wanted),
        "needs_knowledge_f1": 2 * float((said & wanted).sum()) / max(1, int(said.sum() + wanted.sum())),
        "p50_ms": float(np.percentile(milliseconds, 50)),
        "p99_ms": float(np.percentile(milliseconds, 99)),
    }


def _read(data: Path | None, corpus: Path | None, queries: Path | None) -> tuple[list[Passage], list[Query]]:
    if data is not None and corpus is None and queries is None:
        return read_folder(data)
    if data is None and corpus is not None and queries is not None:
        passages = read_corpus(corpus)
        return passages, read_queries(queries, passages)
    raise RapportError("Give either --data FOLDER, or --corpus FILE together with --queries FILE.")


def open_index(passages: Sequence[Passage], model: str, articles: str) -> Any:
    """An index of the passages; it is kept, so that only the first run of a corpus embeds it."""
    from llm.encoder import load_encoder, load_writer
    from llm.knowledge.index import KnowledgeIndex
    from llm.knowledge.loading import Document, Loaded

    versions = [hashlib.sha256(f"{one.title}\0{one.text}".encode()).hexdigest()[:16] for one in passages]
    name = hashlib.sha256(
        "\n".join([model, articles, *(one.id for one in passages), *versions]).encode()
    ).hexdigest()
    documents = tuple(
        Document(one.id, one.title or _beginning(one.text), "", "", (), one.text, version)
        for one, version in zip(passages, versions)
    )
    cache = Path("var/encoder")
    encoder, writer = load_encoder(model, cache, threads=2), load_writer(model, cache, articles)
    index = KnowledgeIndex(FOLDER / name[:16], encoder, writer=writer)
    with progress_bar() as bar:
        task = bar.add_task("embedding", total=len(documents))
        index.hold(Loaded(documents, ()), lambda done, of, path: bar.update(task, completed=done, total=of))
    return index


def _beginning(text: str) -> str:
    return " ".join(text.split()[:8])


def _ask_all(name: str, rank: Rank, index: Any, asked: Sequence[Query]) -> list[Found]:
    rank(asked[0])  # warms up
    rows = []
    with progress_bar() as bar:
        for query in bar.track(asked, description=name):
            index.encoder.forget()  # a question asked twice is timed twice
            started = time.perf_counter()
            ids, probability, is_answerable = rank(query)
            rows.append(Found(query, ids, probability, is_answerable, 1e3 * (time.perf_counter() - started)))
    return rows


def _ours(index: Any, reranker: Reranker | None = None) -> Rank:
    """The retriever and the decision that the assistant answers with."""
    from llm.answering import Answerer
    from llm.followups import rewrite_follow_up

    answerer = Answerer(index, reranker=reranker)

    def rank(query: Query) -> tuple[tuple[str, ...], float, bool]:
        question = rewrite_follow_up(query.text, query.history)
        found = answerer.retriever.search(question, SEARCHED, said=query.said)
        confidence = answerer.confidence(question, found)
        ids = tuple(dict.fromkeys(passage.chunk.document for passage in found))[:DEPTH]
        return ids, *answerer.needs_knowledge(query.text, query.said, confidence)

    return rank


def _by_words(index: Any) -> Rank:
    """BM25 over the same chunks."""
    return _by_scores(index, lambda query: index.contents.keywords.scores(query.text))


def _by_meaning(index: Any) -> Rank:
    """Cosine of the same encoder's vectors of question and chunk."""
    return _by_scores(index, lambda query: index.contents.vectors @ index.encoder.encode([query.text])[0])


def _by_scores(index: Any, scores: Callable[[Query], np.ndarray]) -> Rank:
    def rank(query: Query) -> tuple[tuple[str, ...], float, bool]:
        values = scores(query)
        rows = np.argsort(-values, kind="stable")[:SEARCHED]
        ids = tuple(dict.fromkeys(index.contents.chunks[row].document for row in rows if values[row] > 0))[
            :DEPTH
        ]
        best = float(values[rows[0]])
        return ids, best, best >= 0.5

    return rank


RANKINGS: dict[str, Callable[[Any], Rank]] = {OURS: _ours, "bm25": _by_words, "dense": _by_meaning}


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def _print(means: dict[str, dict[str, float]], passages: int, asked: Sequence[Query]) -> None:
    answered = sum(bool(query.gold) for query in asked)
    title = f"{passages:,} passages, {len(asked):,} questions, {answered:,} of them answered by one"
    show_beside(title, means)
