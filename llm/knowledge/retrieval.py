"""Find the passages that answer a question: meaning (vectors) and words (BM25), fused."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.contents import Contents
from llm.knowledge.filters import EVERYTHING, Filters
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.nearest import MANY
from llm.knowledge.ranges import best_of, places_of
from llm.knowledge.reranking import Reranker
from llm.knowledge.words import content_words

# What a chunk is ranked by: likeness of the whole chunk, of its best sentence and of its best phrase (heading
# or customer's question); words (BM25); words of its best phrase; the article's keywords; kind of question.
# Fitted on the dev questions of `bench/knowledge_questions.yml` as a choice among all chunks
# (docs/experiments.md); they add up to 1.
WEIGHTS = {
    "chunk": 0.085,
    "sentence": 0.135,
    "phrase": 0.22,
    "words": 0.315,
    "wording": 0.135,
    "topic": 0.08,
    "kind": 0.03,
}
# Scores times this are log-odds: the fit's weights add up to it.
SHARPNESS = 35.0
# What it is worth, beside a score, to be about the product or place that is talked about: what is about
# another must fit far better to come first.
SUBJECT_WEIGHT = 0.3
# In a large index so many of the best by meaning, and by words, are looked at closer; and of one subject.
LOOKED_AT, MANY_OF_A_SUBJECT = 200, 400
# So many of the best are judged once more by a cross-encoder, if there is one.
JUDGED = 12


@dataclass(frozen=True)
class Passage:
    """A chunk found for a question; all scores between 0 and 1, higher is better.

    Attributes:
        score: what passages are ranked by.
        dense: likeness of the meaning: cosine similarities of chunk, best sentence and best phrase, averaged.
        keyword: BM25, as a share of the best score possible for the question.
        coverage: share of the question's words (weighted by rarity) that the chunk, its title or keywords
            hold.
        phrase: likeness of the question to the chunk's heading or to what customers ask there.
        sentences: vectors of the chunk's sentences, float32 [n_sentences, dim].
    """

    chunk: Chunk
    score: float
    dense: float
    keyword: float
    coverage: float
    phrase: float = 0.0
    sentences: np.ndarray | None = field(default=None, repr=False, compare=False)


class HybridRetriever:
    """Searches an index by meaning and by words at once.

    Args:
        index: what to search; its updates are seen at once.
        reranker: judges the best passages once more; its log-odds and those of retrieval are added.
    """

    def __init__(self, index: KnowledgeIndex, reranker: Reranker | None = None) -> None:
        self.index = index
        self.reranker = reranker

    def search(
        self, query: str, k: int = 5, filters: Filters = EVERYTHING, said: Sequence[str] = ()
    ) -> list[Passage]:
        """The k best passages, best first; fewer when nothing resembles the query.

        Args:
            query: a standalone question.
            k: how many passages at most.
            filters: what may be found.
            said: what both sides said so far, oldest first: of several products or places that articles are
                about, the one that was named last is meant.
        """
        contents = self.index.contents
        allowed = contents.filters.allowed(filters)
        if not query.strip() or not contents.chunks or (allowed is not None and not allowed.any()):
            return []
        vector = self.index.encoder.encode([query])[0]
        contents.terms.encode_unknown(content_words(query))
        words = contents.keywords.soft_scores(query, contents.terms.similar)
        subjects = contents.subjects.strengths([*said, query]) if contents.subjects else None
        rows = _candidates(contents, vector, words, subjects, allowed)
        parts = _parts(contents, query, vector, words[rows], rows)
        score = _weighted(parts, tuple(WEIGHTS))
        dense = _weighted(parts, ("chunk", "sentence", "phrase"))
        rank = score if subjects is None else score + SUBJECT_WEIGHT * subjects[rows]
        order = np.argsort(-rank, kind="stable")[: max(k, JUDGED)]
        order = order[score[order] > 0]
        if self.reranker:
            order = self._judged(query, [contents.chunks[row] for row in rows[order]], order, rank)
        best = order[:k]
        coverage = contents.keywords.coverage(query, rows[best])
        return [
            Passage(
                contents.chunks[rows[place]], float(score[place]), float(dense[place]),
                float(parts["words"][place]), float(held), float(parts["phrase"][place]),
                contents.sentence_vectors(rows[place]),
            )
            for place, held in zip(best, coverage)
        ]  # fmt: skip

    def _judged(self, query: str, chunks: Sequence[Chunk], order: np.ndarray, rank: np.ndarray) -> np.ndarray:
        """The order [n] of chunks after the reranker has read the first of them."""
        assert self.reranker is not None
        read, rest = order[:JUDGED], order[JUDGED:]
        odds = SHARPNESS * rank[read] + self.reranker.judge(query, chunks[:JUDGED])
        return np.concatenate([read[np.argsort(-odds, kind="stable")], rest])


def _candidates(
    contents: Contents,
    vector: np.ndarray,
    words: np.ndarray,
    subjects: np.ndarray | None,
    allowed: np.ndarray | None,
) -> np.ndarray:
    """Rows worth a closer look, rising: all of a small index, else the best by each sign."""
    if len(contents.chunks) < MANY:
        return np.arange(len(contents.chunks)) if allowed is None else np.flatnonzero(allowed)
    found = [contents.near(vector, LOOKED_AT, allowed), _best(words, LOOKED_AT, allowed)]
    if subjects is not None and subjects.any():
        about = subjects > 0 if allowed is None else (subjects > 0) & allowed
        found.append(contents.near(vector, MANY_OF_A_SUBJECT, about))
    return np.unique(np.concatenate(found))


def _parts(
    contents: Contents, query: str, vector: np.ndarray, words: np.ndarray, rows: np.ndarray
) -> dict[str, np.ndarray]:
    """Each thing that chunks are ranked by, for some of them: [n_rows] between 0 and 1."""
    sentences, lengths = places_of(rows, contents.sentence_starts)
    parts = {
        "chunk": contents.vectors[rows] @ vector,
        "sentence": best_of(contents.all_sentence_vectors[sentences] @ vector, lengths),
        "phrase": contents.phrases.meaning(vector, rows),
        "words": words,
        "wording": contents.phrases.wording(query, rows),
        "topic": contents.terms.keywords(vector, rows),
        "kind": contents.phrases.kind(query, rows),
    }
    return {name: np.clip(values, 0.0, 1.0) for name, values in parts.items()}


def _best(values: np.ndarray, k: int, allowed: np.ndarray | None) -> np.ndarray:
    """Places of the k highest values above 0 that are allowed, in no order."""
    places = np.flatnonzero(values if allowed is None else values * allowed)
    return places if len(places) <= k else places[np.argpartition(-values[places], k - 1)[:k]]


def _weighted(parts: dict[str, np.ndarray], names: Sequence[str]) -> np.ndarray:
    mean: np.ndarray = np.average(
        [parts[name] for name in names], axis=0, weights=[WEIGHTS[n] for n in names]
    )
    return mean


def probabilities(passages: Sequence[Passage]) -> np.ndarray:
    """How probable it is that each of some passages, rather than another of them, answers; sums to 1."""
    if not passages:
        return np.zeros(0)
    odds = np.exp(SHARPNESS * (np.array([passage.score for passage in passages]) - passages[0].score))
    shares: np.ndarray = odds / odds.sum()
    return shares
