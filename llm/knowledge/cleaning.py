"""Takes instructions to language models out of documents before anything is made of them.

Places in the text stay what they are: what is taken out becomes spaces.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from llm.injections import Injections
from llm.knowledge.loading import Document
from llm.knowledge.sentences import Sentence, split_sentences
from llm.knowledge.terms import Encoder

# Surely an instruction, whatever it stands beside; none of the demo's 1,490 sentences reaches it.
CERTAIN = 0.9
# What only may be one is one where it has nothing to do with the rest of its document: mean cosine of its two
# nearest sentences in other paragraphs. In a document of fewer sentences nothing can be said about that.
_SUSPECT, _UNRELATED, _ENOUGH = 0.5, 0.2, 6
# The rest of a paragraph goes with it if it has hardly to do with the document either.
_HARDLY_RELATED = 0.3


@dataclass(frozen=True)
class _Part:
    """A sentence of a document, the paragraph that it stands in, and what was found about it."""

    sentence: Sentence
    paragraph: int
    suspicion: float
    likeness: float

    def is_instruction(self, can_compare: bool) -> bool:
        return self.suspicion >= CERTAIN or (
            can_compare and self.suspicion >= _SUSPECT and self.likeness < _UNRELATED
        )


def without_instructions(
    document: Document, injections: Injections, encoder: Encoder
) -> tuple[Document, tuple[str, ...]]:
    """A document without what tells a language model what to do, and what was taken out of it."""
    parts = _parts(document, injections, encoder)
    can_compare = len(parts) >= _ENOUGH
    paragraphs = {part.paragraph for part in parts if part.is_instruction(can_compare)}
    removed = [
        part.sentence
        for part in parts
        if part.is_instruction(can_compare)
        or (can_compare and part.paragraph in paragraphs and part.likeness < _HARDLY_RELATED)
    ]
    if not removed:
        return document, ()
    text = document.text
    for one in removed:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return replace(document, text=text), tuple(one.text for one in removed)


def _parts(document: Document, injections: Injections, encoder: Encoder) -> list[_Part]:
    sentences = split_sentences(document.text)
    suspicions = injections.probabilities([sentence.text for sentence in sentences])
    if max(suspicions, default=0.0) < _SUSPECT:
        return []
    vectors = encoder.encode([sentence.text for sentence in sentences])
    numbers = np.array(list(_paragraphs(document.text, sentences)))
    # A paragraph's own sentences say nothing about whether it belongs there.
    likeness = np.where(numbers[:, None] == numbers[None, :], 0.0, vectors @ vectors.T)
    nearest = np.sort(likeness, axis=1)[:, -2:].mean(axis=1)
    return [
        _Part(sentence, number, suspicion, float(near))
        for sentence, number, suspicion, near in zip(sentences, numbers, suspicions, nearest)
    ]


def _paragraphs(text: str, sentences: list[Sentence]) -> Iterator[int]:
    """Which paragraph each sentence stands in: those without an empty line between them are in one."""
    number, end = 0, 0
    for sentence in sentences:
        number += "\n\n" in text[end : sentence.start]
        end = sentence.end
        yield number
