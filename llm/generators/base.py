"""The seam between answering and whatever writes the answer: a rule, a small local model, a server."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from llm.knowledge.retrieval import Passage


@dataclass(frozen=True)
class DraftSentence:
    """One sentence of a draft.

    Attributes:
        text: as the customer would read it.
        passage: which of the given passages it was taken from, or None if the generator does not know.
        start: first character of its source in the document's text, where known.
        end: one past the last.
    """

    text: str
    passage: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True)
class Draft:
    """What a generator wrote; no sentences means that it found nothing to say."""

    sentences: tuple[DraftSentence, ...]

    @property
    def text(self) -> str:
        """The sentences as one text."""
        return " ".join(sentence.text for sentence in self.sentences)


class Generator(Protocol):
    """Writes a draft answer from passages.

    Example:
        >>> ExtractiveGenerator(index).generate("How much is delivery to Ireland?", passages).text
        'Delivery to Ireland costs £9.50 and takes 4–6 working days.'
    """

    name: str

    def generate(self, question: str, passages: Sequence[Passage]) -> Draft:
        """Answer a standalone question from passages, best first; nothing that they do not say."""
