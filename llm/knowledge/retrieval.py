"""Find the passages that answer a question: meaning (vectors) and words (BM25), fused."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.index import KnowledgeIndex
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
    """

    chunk: Chunk
    score: float
    dense: float
    keyword: float
    coverage: float
    phrase: float = 0.0


class HybridRetriever:
    """Searches an index by meaning and by words at once.

    Args:
        index: what to search; its updates are seen at once.
    """

    def __init__(self, index: KnowledgeIndex) -> None:
        self.index = index

    def search(self, query: str, k: int = 5) -> list[Passage]:
        """The k best passages, best first; fewer when nothing resembles the query."""
        if not query.strip() or not self.index.chunks:
            return []
        vector = self.index.encoder.encode([query])[0]
        parts = self._parts(query, vector)
        score = _weighted(parts, tuple(WEIGHTS))
        dense = _weighted(parts, ("chunk", "sentence", "phrase"))
        coverage = self.index.keywords.coverage(query)
        columns = (score, dense, parts["words"], coverage, parts["phrase"])
        best = np.argsort(-score, kind="stable")[:k]
        return [
            Passage(self.index.chunks[row], *(float(values[row]) for values in columns))
            for row in best
            if score[row] > 0
        ]

    def _parts(self, query: str, vector: np.ndarray) -> dict[str, np.ndarray]:
        """Each thing that chunks are ranked by, [n_chunks] between 0 and 1."""
        index = self.index
        index.terms.encode_unknown(content_words(query))
        sentences = np.maximum.reduceat(index.all_sentence_vectors @ vector, index.sentence_starts[:-1])
        parts = {
            "chunk": index.vectors @ vector,
            "sentence": sentences,
            "phrase": index.phrases.meaning(vector),
            "words": index.keywords.soft_scores(query, index.terms.similar),
            "wording": index.phrases.wording(query),
            "topic": index.terms.keywords(vector),
            "kind": index.phrases.kind(query),
        }
        return {name: np.clip(values, 0.0, 1.0) for name, values in parts.items()}


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
