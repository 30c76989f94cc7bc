"""Find the passages that answer a question: meaning (vectors) and words (BM25), fused."""

from dataclasses import dataclass
from typing import List

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.index import KnowledgeIndex

# Share of the words in the fused score; chosen on the dev questions with `bench/knowledge.py --sweep`.
KEYWORD_SHARE = 0.35
# Share of a chunk's best sentence in its dense score; the rest is the whole chunk's vector.
SENTENCE_SHARE = 0.5


@dataclass(frozen=True)
class Passage:
    """A chunk found for a question; all scores between 0 and 1, higher is better.

    Attributes:
        score: what passages are ranked by.
        dense: cosine similarity of the meaning.
        keyword: BM25, as a share of the best score possible for the question.
        coverage: share of the question's words (weighted by rarity) that the chunk, its title or keywords hold.
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
        keyword_share: weight of the words against the meaning, 0–1.
        sentence_share: weight of the best sentence against the whole chunk in the meaning, 0–1.
    """

    def __init__(
        self, index: KnowledgeIndex, keyword_share: float = KEYWORD_SHARE, sentence_share: float = SENTENCE_SHARE
    ) -> None:
        self.index = index
        self.keyword_share = keyword_share
        self.sentence_share = sentence_share

    def search(self, query: str, k: int = 5) -> List[Passage]:
        """The k best passages, best first; fewer when nothing resembles the query."""
        if not query.strip() or not self.index.chunks:
            return []
        dense = self._dense(self.index.encoder.encode([query])[0])
        keyword = self.index.keywords.scores(query)
        coverage = self.index.keywords.coverage(query)
        score = (1 - self.keyword_share) * dense + self.keyword_share * keyword
        best = np.argsort(-score, kind="stable")[:k]
        return [
            Passage(self.index.chunks[row], *(float(values[row]) for values in (score, dense, keyword, coverage)))
            for row in best
            if score[row] > 0
        ]

    def _dense(self, query: np.ndarray) -> np.ndarray:
        whole = self.index.vectors @ query
        sentences = self.index.all_sentence_vectors @ query
        best_sentence = np.maximum.reduceat(sentences, self.index.sentence_starts[:-1])
        share = self.sentence_share
        return np.clip((1 - share) * whole + share * best_sentence, 0.0, 1.0)
