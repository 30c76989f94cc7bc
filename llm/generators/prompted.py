"""A generator that asks a language model: prompt, deadline, sentences."""

import time
from collections.abc import Iterator, Sequence

import structlog

from llm.errors import GeneratorCutOff, GeneratorError, GeneratorGarbage
from llm.generators.base import Draft, LanguageModel
from llm.generators.drafting import check_readable, declines, draft_sentences, without_thoughts
from llm.generators.in_time import pieces_in_time
from llm.generators.rest import Rest
from llm.knowledge.retrieval import Passage
from llm.prompts.answers import VERSION, answer_prompt
from llm.prompts.fence import repeats

logger = structlog.get_logger()

TIMEOUT_SECONDS = 20.0


class PromptedGenerator:
    """Lets a language model answer from passages.

    Example:
        >>> model = OpenAIServer("http://127.0.0.1:8000/v1", "qwen2.5-1.5b-instruct")
        >>> PromptedGenerator(model).generate("How much is delivery to Ireland?", passages).text
        'Delivery to Ireland costs £9.50.'

    Args:
        model: writes.
        timeout_seconds: for one answer, the loading of the model at the first one included.
        prompt: version of the prompt.
    """

    def __init__(
        self, model: LanguageModel, timeout_seconds: float = TIMEOUT_SECONDS, prompt: str = VERSION
    ) -> None:
        self.model = model
        self.name = model.name
        self.timeout_seconds = timeout_seconds
        self.prompt = prompt
        self.rest = Rest()

    def generate(self, question: str, passages: Sequence[Passage]) -> Draft:
        """The model's answer in sentences (see `Generator`); none if it says that there is no answer.

        Raises:
            GeneratorError: it wrote no answer, or failed so often that it is left alone for a while.
        """
        self.rest.check(self.name)
        try:
            draft = self._draft(question, passages)
        except GeneratorError:
            self.rest.failed()
            raise
        self.rest.succeeded()
        return draft

    def stream(self, question: str, passages: Sequence[Passage]) -> Iterator[str]:
        """What the model writes, piece by piece (see `Generator`)."""
        prompt = answer_prompt(question, passages, self.prompt)
        return pieces_in_time(self.model, prompt, self.timeout_seconds)

    def _draft(self, question: str, passages: Sequence[Passage]) -> Draft:
        started = time.perf_counter()
        pieces: list[str] = []
        whole = True
        try:
            for piece in self.stream(question, passages):
                pieces.append(piece)
        except GeneratorCutOff:
            whole = False
        text = without_thoughts("".join(pieces))
        logger.info(
            "generator.wrote",
            generator=self.name,
            characters=len(text),
            whole=whole,
            ms=round((time.perf_counter() - started) * 1000),
        )
        if declines(text):
            return Draft((), self.prompt)
        check_readable(text, question, passages, self.name)
        if repeats(text, answer_prompt("", (), self.prompt).system):
            # It does what somebody else told it; nothing that it wrote beside that is worth more.
            raise GeneratorGarbage(f"The generator {self.name} wrote its rules instead of an answer.")
        sentences = draft_sentences(text, len(passages), whole)
        if not sentences:
            raise GeneratorGarbage(f"The generator {self.name} wrote no whole sentence.")
        return Draft(sentences, self.prompt)
