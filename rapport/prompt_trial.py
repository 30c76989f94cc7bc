"""Tries versions of a prompt on questions, the way a customer would be answered, and says what was cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from llm.answering import Answer, Answerer
from llm.errors import GeneratorError
from llm.generators.base import Draft, LanguageModel
from llm.generators.prompted import PromptedGenerator
from llm.generators.rest import Rest
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import Passage
from llm.prompts.context import NOTHING_KNOWN, CustomerContext
from llm.prompts.prompt import Prompt
from llm.prompts.prompting import Prompting
from rapport.asked_questions import Asked
from rapport.knowledge_local import make_answerer
from rapport.prompt_settings import approved_answers
from rapport.settings import Settings

# How a model's answer can end.
ENDINGS = SENT, DECLINED, CUT, FAILED, NOT_ASKED = "sent", "declined", "all cut", "failed", "not asked"


@dataclass(frozen=True)
class Trial:
    """What one version made of one question.

    Attributes:
        version: of the prompt, with its digest; empty if the model was not asked.
        ending: `sent`, `declined` (NO ANSWER), `all cut`, `failed`, or `not asked` (there is no answer).
        text: what a customer would read of the model; empty unless it was sent.
        cut: sentences that nothing supports.
        error: why it failed.
        seconds: time of the whole answer.
        prompt_characters: length of what the model read.
        passages: headings of what was found, best first, with scores.
    """

    question: str
    version: str
    ending: str
    text: str
    cut: tuple[str, ...]
    error: str
    seconds: float
    prompt_characters: int
    passages: tuple[tuple[str, float], ...]


class _Watched:
    """A generator that remembers what it was asked and what it wrote before anything was cut."""

    def __init__(self, generator: PromptedGenerator) -> None:
        self.generator, self.name = generator, generator.name
        # Every question is tried, however many failed.
        self.generator.rest = Rest(failures=1_000_000)
        self.forget()

    def forget(self) -> None:
        """Before the next question."""
        self.prompt: Prompt | None = None
        self.draft: Draft | None = None
        self.error = ""

    def generate(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Draft:
        """As the generator does."""
        try:
            self.prompt = self.generator.prompt(question, passages, context)
            self.draft = self.generator.generate(question, passages, context)
        except GeneratorError as error:
            self.error = str(error)
            raise
        return self.draft

    def stream(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Iterator[str]:
        """As the generator does."""
        return self.generator.stream(question, passages, context)

    def warm_up(self) -> None:
        """As the generator does."""
        self.generator.warm_up()


class PromptTrial:
    """One version of a prompt, ready to be tried.

    Args:
        index: the knowledge.
        settings: how answers are made.
        model: writes.
        prompting: how it is asked.
        temperature: other than the model's own.
    """

    def __init__(
        self,
        index: KnowledgeIndex,
        settings: Settings,
        model: LanguageModel,
        prompting: Prompting,
        temperature: float | None = None,
    ) -> None:
        approved = approved_answers(settings.prompts, index)
        timeout_seconds = settings.answers.timeout_seconds
        generator = PromptedGenerator(model, timeout_seconds, prompting, approved, temperature)
        self.watched = _Watched(generator)
        self.answerer: Answerer = make_answerer(index, settings, self.watched)

    def run(self, asked: Asked, context: CustomerContext) -> Trial:
        """Answers one question."""
        self.watched.forget()
        answerer = self.answerer.in_language(asked.language)
        answer = answerer.answer(asked.question, asked.history, context=context)
        draft, prompt = self.watched.draft, self.watched.prompt
        sent = answer.text if draft is not None and answer.found else ""
        return Trial(
            question=asked.question,
            version=prompt.version if prompt else "",
            ending=_ending(answer, draft, self.watched.error),
            text=sent,
            cut=tuple(one.text for one in draft.sentences if one.text not in sent) if draft else (),
            error=self.watched.error,
            seconds=answer.seconds,
            prompt_characters=len(prompt.system) + len(prompt.user) if prompt else 0,
            passages=tuple((passage.chunk.context, float(passage.score)) for passage in answer.passages),
        )


def _ending(answer: Answer, draft: Draft | None, error: str) -> str:
    if error:
        return FAILED
    if draft is None:
        return NOT_ASKED
    if not draft.sentences:
        return DECLINED
    return SENT if answer.found else CUT


def summary(trials: Sequence[Trial]) -> dict[str, Any]:
    """What one version did in all: how its answers ended, mean lengths, median time."""
    asked = [trial for trial in trials if trial.ending != NOT_ASKED]
    sent = [trial for trial in asked if trial.ending == SENT]
    return {
        "questions": len(trials),
        **{name.replace(" ", "_"): sum(one.ending == name for one in trials) for name in ENDINGS},
        "sentences_cut": sum(len(one.cut) for one in trials),
        "answer_characters": round(fmean([len(one.text) for one in sent])) if sent else 0,
        "prompt_characters": round(fmean([one.prompt_characters for one in asked])) if asked else 0,
        "median_seconds": round(median([one.seconds for one in asked]), 2) if asked else 0.0,
    }
