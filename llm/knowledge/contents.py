"""What is held in memory of the knowledge to answer queries; never changed, only replaced as a whole.

A query takes hold of it once and sees one state of the knowledge, whatever is added or removed meanwhile.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.filters import FilterIndex
from llm.knowledge.keywords import KeywordIndex
from llm.knowledge.nearest import Nearest
from llm.knowledge.phrases import Phrases
from llm.knowledge.spelling import Spelling
from llm.knowledge.store import StoredChunk
from llm.knowledge.subjects import Subjects
from llm.knowledge.terms import Encoder, Terms

# How often a word in these fields counts against once in the body.
TITLE_WEIGHT = 2
HEADING_WEIGHT = 3
KEYWORD_WEIGHT = 2
ASKED_WEIGHT = 2


class Contents:
    """Chunks with everything that queries need of them.

    Args:
        stored: the chunks with their vectors; a row is a place in this order.
        terms: a vector [dim] for each of `terms_of(chunks)`.
        encoder: what made the vectors.

    Attributes:
        vectors: float32 [n_chunks, dim].
        all_sentence_vectors: float32 [n_sentences, dim], those of a chunk together.
        sentence_starts: [n_chunks + 1] where each chunk's begin; last, where they end.
    """

    def __init__(
        self, stored: Sequence[StoredChunk], terms: Mapping[str, np.ndarray], encoder: Encoder
    ) -> None:
        nothing = np.zeros((0, encoder.dim), np.float32)
        matrices = [matrix for _, _, matrix in stored]
        self.chunks: tuple[Chunk, ...] = tuple(chunk for chunk, _, _ in stored)
        self.vectors = np.stack([vector for _, vector, _ in stored]) if stored else nothing
        self.all_sentence_vectors = np.concatenate(matrices) if matrices else nothing
        self.sentence_starts = np.cumsum([0, *(len(matrix) for matrix in matrices)])
        self.near = Nearest(self.vectors)
        self.keywords = KeywordIndex([_fields(chunk) for chunk in self.chunks])
        self.subjects = Subjects(self.chunks)
        self.filters = FilterIndex(self.chunks)
        self.terms = Terms(terms, self.chunks, encoder)
        self.phrases = Phrases(terms, self.chunks, encoder.dim)
        # An encoder without a list of words cannot tell a slip from a word: nothing is mended then.
        knows = getattr(encoder, "knows", lambda word: True)
        said = (text for chunk in self.chunks for text in (chunk.context, chunk.text, *chunk.asked))
        self.spelling = Spelling(said, knows)

    def sentence_vectors(self, row: int) -> np.ndarray:
        """Vectors of a chunk's sentences: float32 [n_sentences, dim]."""
        return self.all_sentence_vectors[self.sentence_starts[row] : self.sentence_starts[row + 1]]


def _fields(chunk: Chunk) -> list[tuple[str, int]]:
    return [
        (chunk.text, 1),
        (chunk.title, TITLE_WEIGHT),
        (" ".join(chunk.heading_path), HEADING_WEIGHT),
        (" ".join(chunk.keywords), KEYWORD_WEIGHT),
        (" ".join(chunk.asked), ASKED_WEIGHT),
    ]
