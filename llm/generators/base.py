"""The seam between answering and whatever writes the answer: a rule, a small local model, a server."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from llm.knowledge.retrieval import Passage
from llm.prompts.context import NOTHING_KNOWN, CustomerContext
from llm.prompts.prompt import Prompt

# Takes the next piece of a text as it is written.
Emit = Callable[[str], None]


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
    """What a generator wrote; no sentences means that it found nothing to say.

    Attributes:
        prompt: version of the prompt that it was written with (`answer/2#k3v9qd2a`); empty without one.
    """

    sentences: tuple[DraftSentence, ...]
    prompt: str = ""

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

    def generate(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Draft:
        """Answer a standalone question from passages, best first; nothing that they or the facts do not say.

        Raises:
            GeneratorError: it wrote no answer; the text says why.
        """

    def stream(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Iterator[str]:
        """The same answer in pieces as they are written, before anybody looked whether passages support it.

        Raises:
            GeneratorError: while it is read: what came before may be half a sentence.
        """

    def warm_up(self) -> None:
        """Load what the first answer needs, so that no customer waits for it; may take minutes.

        Raises:
            GeneratorError: it cannot be loaded.
        """


class LanguageModel(Protocol):
    """Continues any prompt: a model in this process, or a server. What is asked of it is not its business."""

    name: str

    def write(self, prompt: Prompt, emit: Emit) -> None:
        """Write the reply to a prompt, each piece handed to `emit` as soon as it is there.

        It ends when the reply does. When `emit` raises, nobody wants the rest: let that pass, and let go of
        what is held.

        Raises:
            GeneratorError: it cannot, or it broke off.
        """
