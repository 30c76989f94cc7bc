"""A generator that asks a language model: prompt, deadline, sentences."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import structlog

from llm.errors import (
    GeneratorCutOff,
    GeneratorError,
    GeneratorGarbage,
    GeneratorTimeout,
    GeneratorUnavailable,
    PromptError,
)
from llm.generators.base import Draft, LanguageModel
from llm.generators.drafting import check_readable, declines, draft_sentences
from llm.generators.in_time import pieces_in_time
from llm.generators.rest import Rest
from llm.generators.thoughts import shown, without_thoughts
from llm.knowledge.retrieval import Passage
from llm.prompts.answers import answer_prompt
from llm.prompts.choosing import ApprovedAnswers
from llm.prompts.context import NOTHING_KNOWN, CustomerContext
from llm.prompts.fence import repeats
from llm.prompts.prompt import Prompt
from llm.prompts.prompting import ZERO_SHOT, Prompting

logger = structlog.get_logger()

TIMEOUT_SECONDS = 20.0
WARM_UP_SECONDS = 600.0


# Short, for only the loading is wanted.
_HELLO = Prompt("", "Answer in one word.", "Hello")


class _Enough(Exception):
    """Ends the writer after its first piece."""


def _enough(_: str) -> None:
    raise _Enough


class PromptedGenerator:
    """Lets a language model answer from passages.

    Example:
        >>> model = OpenAIServer("http://127.0.0.1:8000/v1", "qwen2.5-1.5b-instruct")
        >>> PromptedGenerator(model).generate("How much is delivery to Ireland?", passages).text
        'Delivery to Ireland costs £9.50.'

    Args:
        model: writes.
        timeout_seconds: for one answer, the loading of the model at the first one included.
        prompting: how it is asked.
        approved: where examples come from, if any are to be shown.
        temperature: other than the model's own.
    """

    def __init__(
        self,
        model: LanguageModel,
        timeout_seconds: float = TIMEOUT_SECONDS,
        prompting: Prompting = ZERO_SHOT,
        approved: ApprovedAnswers | None = None,
        temperature: float | None = None,
    ) -> None:
        self.model = model
        self.name = model.name
        self.timeout_seconds = timeout_seconds
        self.prompting = prompting
        self.approved = approved
        self.temperature = temperature
        self.rest = Rest()

    def generate(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Draft:
        """The model's answer in sentences (see `Generator`); none if it says that there is no answer.

        Raises:
            GeneratorError: it wrote no answer, or failed so often that it is left alone for a while.
        """
        self.rest.check(self.name)
        try:
            draft = self._draft(question, passages, context)
        except GeneratorError:
            self.rest.failed()
            raise
        self.rest.succeeded()
        return draft

    def stream(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Iterator[str]:
        """What the model writes, piece by piece (see `Generator`), its thoughts left out."""
        prompt = self.prompt(question, passages, context)
        return shown(pieces_in_time(self.model, prompt, self.timeout_seconds), prompt.thinking)

    def warm_up(self) -> None:
        """Lets the model write its first word (see `Generator`): that loads it, here or on its server.

        A server that is silent while it loads is asked again, for ten minutes.
        """
        if self.approved and self.prompting.examples:
            self.approved.choose("Hello", 1)
        deadline = time.monotonic() + WARM_UP_SECONDS
        while True:
            try:
                with suppress(_Enough, GeneratorCutOff):
                    self.model.write(_HELLO, _enough)
                return
            except GeneratorTimeout:
                if time.monotonic() >= deadline:
                    raise

    def prompt(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Prompt:
        """What the model is asked.

        Raises:
            GeneratorUnavailable: the template or a role is broken.
        """
        asked, examples = self.prompting, []
        try:
            if self.approved and asked.examples:
                role = asked.role_for(context.intent)
                examples = self.approved.choose(question, asked.examples, context.language, role)
            made = answer_prompt(question, passages, asked, context, examples)
            return replace(made, temperature=self.temperature)
        except PromptError as error:
            raise GeneratorUnavailable(str(error)) from error

    def _draft(self, question: str, passages: Sequence[Passage], context: CustomerContext) -> Draft:
        started = time.perf_counter()
        prompt = self.prompt(question, passages, context)
        pieces: list[str] = []
        whole = True
        try:
            for piece in pieces_in_time(self.model, prompt, self.timeout_seconds):
                pieces.append(piece)
        except GeneratorCutOff:
            whole = False
        text = without_thoughts("".join(pieces))
        logger.info(
            "generator.wrote",
            generator=self.name,
            prompt=prompt.version,
            characters=len(text),
            whole=whole,
            ms=round((time.perf_counter() - started) * 1000),
        )
        if declines(text):
            return Draft((), prompt.version)
        check_readable(text, question, passages, self.name, context.facts)
        if repeats(text, prompt.system):
            # It does what somebody else told it; nothing that it wrote beside that is worth more.
            raise GeneratorGarbage(f"The generator {self.name} wrote its rules instead of an answer.")
        sentences = draft_sentences(text, len(passages), whole)
        if not sentences:
            raise GeneratorGarbage(f"The generator {self.name} wrote no whole sentence.")
        return Draft(sentences, prompt.version)
