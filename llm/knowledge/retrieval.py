"""Find the passages that answer a question: meaning (vectors) and words (BM25), fused."""

from dataclasses import dataclass

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.words import content_words

# Weights of what a chunk is ranked by, and of what makes up its dense score; chosen on the dev questions of
# `bench/knowledge_questions.yml` (hit@1 rises from 62% with plain BM25 and whole chunks to 68%). They add up
# to 1.
DENSE_SHARE, KEYWORD_SHARE, TOPIC_SHARE = 0.59, 0.29, 0.12
CHUNK_SHARE, SENTENCE_SHARE, HEADING_SHARE = 0.67, 0.2, 0.13


@dataclass(frozen=True)
class Passage:
    """A chunk found for a question; all scores between 0 and 1, higher is better.

    Attributes:
        score: what passages are ranked by.
        dense: cosine similarity of the meaning.
        keyword: BM25, as a share of the best score possible for the question.
        coverage: share of the question's words (weighted by rarity) that the chunk, its title or keywords
            hold.
    """

    chunk: Chunk
    score: float
    dense: float
    keyword: float
    coverage: float


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
        dense = self._dense(vector)
        self.index.terms.encode_unknown(content_words(query))
        keyword = self.index.keywords.soft_scores(query, self.index.terms.similar)
        topic = np.clip(self.index.terms.keywords(vector), 0.0, 1.0)
        coverage = self.index.keywords.coverage(query)
        score = DENSE_SHARE * dense + KEYWORD_SHARE * keyword + TOPIC_SHARE * topic
        best = np.argsort(-score, kind="stable")[:k]
        return [
            Passage(
                self.index.chunks[row], *(float(values[row]) for values in (score, dense, keyword, coverage))
            )
            for row in best
            if score[row] > 0
        ]

    def _dense(self, query: np.ndarray) -> np.ndarray:
        whole = self.index.vectors @ query
        sentences = np.maximum.reduceat(
            self.index.all_sentence_vectors @ query, self.index.sentence_starts[:-1]
        )
        headings = self.index.terms.headings(query)
        return np.clip(CHUNK_SHARE * whole + SENTENCE_SHARE * sentences + HEADING_SHARE * headings, 0.0, 1.0)
