"""How good whole answers are: supported, like the reference, given when they should be, and in what time.

    rapport bench answers                                  # the demo's help centre
    rapport bench answers --questions questions.jsonl      # your own, of the help centre in rapport.yml
    rapport bench answers --corpus passages.jsonl --questions questions.jsonl

Questions go through the assistant's own way: follow-ups rewritten, passages found, answerable or not,
written, held against the passages. Whether what was sent is supported is judged by another measure than the
one that cut it (`bench/faithfulness.py`). The last line is one JSON object.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog
from rich.table import Table

from bench.answers_cost import Counted, Prices
from bench.answers_data import demo_questions
from bench.retrieval import open_index
from bench.retrieval_data import Passage, Query, read_corpus, read_queries
from bench.rouge import rouge_l
from rapport.console import console, progress_bar
from rapport.errors import RapportError

if TYPE_CHECKING:
    from bench.faithfulness import Faithfulness
    from llm.answering import Answer, Answerer
    from llm.encoder import WordEncoder
    from llm.knowledge.index import KnowledgeIndex
    from rapport.settings import Settings

DEMO_INDEX = Path("var/bench/knowledge")


@dataclass(frozen=True)
class Asked:
    """A question with its answer; of each sentence sent, whether the second opinion supports it."""

    query: Query
    answer: Answer
    supported: tuple[bool, ...]
    milliseconds: float

    @property
    def cites_gold(self) -> bool:
        """Whether a passage that answers the question is cited; a part of one counts, too."""
        return any(citation.document in self.query.gold for citation in self.answer.citations)


def run(
    settings: Settings, corpus: Path | None, questions: Path | None, generator: str, split: str,
    limit: int | None, prices: Prices, dump: Path | None,
) -> None:  # fmt: skip
    """Measures and prints a table and, last, one JSON object.

    Raises:
        RetrievalDataError: the files cannot be used.
        RapportError: only one of the two files was given, or the generator is not known.
    """
    from bench.faithfulness import Faithfulness

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    counted = Counted(settings, generator)
    with _opened(settings, corpus, questions, split) as (index, asked):
        answerer = _answerer(index, counted)
        second = Faithfulness(index.encoder)
        rows = _ask_all(answerer, second, asked[:limit])
        means = figures(rows, index.encoder)
    cost = counted.cost(prices, sum(row.answer.found for row in rows))
    if dump:
        dump.write_text("".join(f"{_line(row)}\n" for row in rows), encoding="utf-8")
    _print(means | {"cost_per_answer": cost}, rows, generator)
    print(json.dumps({**{key: round(value, 4) for key, value in means.items()}, "cost_per_answer": cost,
                      "questions": len(rows), "generator": generator}))  # fmt: skip


def figures(rows: Sequence[Asked], encoder: WordEncoder) -> dict[str, float]:
    """Figures by the names that the last line has.

    `faithfulness` is over sentences sent, `unsupported` over answers: those with a sentence that the
    second opinion does not support. `abstained_right` is over all questions. `rouge_l` and `similarity`
    are over the answers to questions that have a reference.
    """
    from bench.faithfulness import numbers_stand_in

    sent = [row for row in rows if row.answer.found]
    referred = [row for row in sent if row.query.reference]
    sentences = [supported for row in sent for supported in row.supported]
    milliseconds = [row.milliseconds for row in rows]
    return {
        "faithfulness": _mean(sentences, 1.0),
        "rouge_l": _mean([rouge_l(row.answer.text, row.query.reference) for row in referred]),
        "similarity": _mean([_similarity(encoder, row) for row in referred]),
        "abstained_right": _mean([row.answer.found == bool(row.query.gold) for row in rows]),
        "unsupported": _mean([not all(row.supported) for row in sent]),
        "wrong_numbers": _mean([not numbers_stand_in(row.answer.text, _cited(row.answer)) for row in sent]),
        "answered": _mean([row.answer.found for row in rows if row.query.gold]),
        "answered_unanswerable": _mean([row.answer.found for row in rows if not row.query.gold]),
        "cites_gold": _mean([row.cites_gold for row in sent if row.query.gold]),
        "p50_ms": float(np.percentile(milliseconds, 50)),
        "p99_ms": float(np.percentile(milliseconds, 99)),
    }


@contextmanager
def _opened(
    settings: Settings, corpus: Path | None, questions: Path | None, split: str
) -> Iterator[tuple[KnowledgeIndex, list[Query]]]:
    """The index and what is asked of it: given files, or the help centre's."""
    if corpus:
        if not questions:
            raise RapportError("--corpus needs --questions FILE beside it: what is asked about the passages.")
        passages = read_corpus(corpus)
        with open_index(passages, settings.encoder.model, settings.encoder.articles) as index:
            yield index, read_queries(questions, passages)
        return
    from llm.encoder import load_encoder, load_writer
    from llm.knowledge.index import KnowledgeIndex

    model, cache = settings.encoder.model, settings.encoder.cache_dir
    encoder, writer = load_encoder(model, cache), load_writer(model, cache, settings.encoder.articles)
    with KnowledgeIndex(DEMO_INDEX, encoder, writer=writer) as index:
        index.update(settings.knowledge.folder)
        chunks = index.contents.chunks
        articles = [Passage(path, path) for path in {chunk.document for chunk in chunks}]
        yield index, read_queries(questions, articles) if questions else demo_questions(split, chunks)


def _answerer(index: KnowledgeIndex, counted: Counted) -> Answerer:
    from llm.answering import Answerer

    return Answerer(index, counted.generator)


def _ask_all(answerer: Answerer, second: Faithfulness, asked: Sequence[Query]) -> list[Asked]:
    answerer.answer("warm up the encoder")
    rows = []
    with progress_bar() as bar:
        for query in bar.track(asked, description="asking"):
            answerer.index.encoder.forget()  # a question asked twice is timed twice
            started = time.perf_counter()
            answer = answerer.answer(query.text, query.history, query.said)
            took = 1e3 * (time.perf_counter() - started)
            cited = _cited(answer)
            supported = tuple(second.supports(text, cited) for text in _sentences(answer.text))
            rows.append(Asked(query, answer, supported, took))
    return rows


def _sentences(text: str) -> list[str]:
    """Sentences of an answer; of a list each item."""
    from llm.knowledge.sentences import split_sentences

    return [part for one in split_sentences(text) for part in one.text.split("; ") if part]


def _cited(answer: Answer) -> list[Any]:
    """The passages of the sections that an answer cites."""
    keys = {(citation.document, citation.anchor) for citation in answer.citations}
    return [p.chunk for p in answer.passages if (p.chunk.document, p.chunk.anchor) in keys]


def _similarity(encoder: WordEncoder, row: Asked) -> float:
    vectors = encoder.encode([row.answer.text, row.query.reference])
    return float(vectors[0] @ vectors[1])


def _line(row: Asked) -> str:
    values = {
        "id": row.query.id, "question": row.query.text, "asked": row.answer.question,
        "answerable": bool(row.query.gold),
        "found": row.answer.found, "confidence": round(row.answer.confidence, 3), "answer": row.answer.text,
        "cited": [citation.key for citation in row.answer.citations], "supported": list(row.supported),
        "reference": row.query.reference, "generator": row.answer.generator,
    }  # fmt: skip
    return json.dumps(values, ensure_ascii=False)


def _mean(values: Sequence[float | bool], without: float = 0.0) -> float:
    return float(np.mean(values)) if len(values) else without


def _print(means: dict[str, float | None], rows: Sequence[Asked], generator: str) -> None:
    answerable = sum(bool(row.query.gold) for row in rows)
    table = Table("", generator, title=f"{len(rows):,} questions, {answerable:,} of them answerable")
    for key, value in means.items():
        table.add_row(key, "–" if value is None else f"{value:.4g}")
    console.print(table)
