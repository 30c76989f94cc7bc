"""A second opinion on whether passages support a sentence; it shares nothing with the one that cuts answers.

What stands word for word in a passage is supported. Else the encoder looks for the statement (one sentence,
or two in a row) that is most like the sentence, among those that hold its numbers as they are written and are
as often negated. It is a rough judge: it knows no units, number words or opposites. `rapport bench support`
says how rough.
"""

import itertools
import re
from collections.abc import Sequence

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.terms import Encoder

# From this score on a sentence counts as supported: the best balanced accuracy on the dev part of
# bench/support_pairs.yml.
MIN_LIKENESS = 0.6
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NEGATION = re.compile(
    r"\b(?:not|no|never|cannot|without|only|nicht|kein\w*|nie|ohne|nur)\b|n['’]t\b", re.IGNORECASE
)


class Faithfulness:
    """Judges sentences by likeness to statements with the same numbers.

    Args:
        encoder: makes vectors of sentences.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def score(self, sentence: str, chunks: Sequence[Chunk]) -> float:
        """How far some passages support a sentence, 0–1."""
        if any(_plain(sentence) in _plain(_said(chunk)) for chunk in chunks):
            return 1.0
        statements = [one for chunk in chunks for one in _statements(chunk) if _may_say(one, sentence)]
        if not statements:
            return 0.0
        vectors = self._encoder.encode([sentence, *statements])
        return float(np.clip((vectors[1:] @ vectors[0]).max(), 0.0, 1.0))

    def supports(self, sentence: str, chunks: Sequence[Chunk]) -> bool:
        """Whether it is enough."""
        return self.score(sentence, chunks) >= MIN_LIKENESS


def numbers_stand_in(text: str, chunks: Sequence[Chunk]) -> bool:
    """Whether every number of a text stands in one of some passages, as it is written."""
    held = {number for chunk in chunks for number in _NUMBER.findall(f"{chunk.context} {chunk.text}")}
    return set(_NUMBER.findall(text)) <= held


def _statements(chunk: Chunk) -> list[str]:
    texts = [sentence.text for sentence in chunk.sentences]
    return texts + [f"{first} {second}" for first, second in itertools.pairwise(texts)]


def _may_say(statement: str, sentence: str) -> bool:
    numbers = set(_NUMBER.findall(sentence)) <= set(_NUMBER.findall(statement))
    return numbers and len(_NEGATION.findall(sentence)) % 2 == len(_NEGATION.findall(statement)) % 2


def _said(chunk: Chunk) -> str:
    return " ".join(sentence.text for sentence in chunk.sentences)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+|[£€$%]", text.lower()))
