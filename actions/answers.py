"""Answers from the help centre: with their sources, never twice the same, and honest when there is none."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import structlog

from actions.base import PlainAction
from actions.context import Services
from actions.customer import context_of
from actions.further import finished, finished_in_form
from actions.offered import asked_question
from actions.turn import Turn, changes_subject, earlier_messages, just_filled, said_before
from actions.wording import Button, Reply, Say, button, citation_values, how_answered, sources, text_button
from llm.answering import Answer, Citation
from llm.errors import LlmError

logger = structlog.get_logger(__name__)

# Intents that ask something of the help centre begin with this.
QUESTION_PREFIX = "ask_"
_REMEMBERED = 40
# A section this unlike the question (score 0–1) is not worth offering.
_WORTH_OFFERING = 0.3


class AnswerQuestion(PlainAction):
    """Answers a question that the help centre should know."""

    def name(self) -> str:
        return "action_answer"

    def reply(self, turn: Turn, services: Services) -> Reply:
        question = asked_question(turn)
        known = from_knowledge(turn, question, services) or prepared(turn)
        reply = known or dont_know(turn, question, services)
        return finished(turn, reply.says, reply.slots)


class AnswerInForm(PlainAction):
    """Answers a question in the middle of a form, which then asks its own again: no buttons, no offers."""

    def name(self) -> str:
        return "action_answer_in_form"

    def reply(self, turn: Turn, services: Services) -> Reply:
        reply = from_knowledge(turn, asked_question(turn), services) or prepared(turn)
        if reply is None or reply.says[0].response == "utter_already_said":
            return Reply((Say("utter_form_not_understood"),))
        says = [replace(said, buttons=()) for said in reply.says]
        return finished_in_form(turn, says, reply.slots, QUESTION_PREFIX)


def find(question: str, turn: Turn, services: Services) -> Answer | None:
    """The help centre's answer; None if it has none, or if there is no help centre at the moment."""
    if services.answerer is None or not question.strip():
        return None
    try:
        history = [] if changes_subject(turn) else earlier_messages(turn)
        answerer = services.answerer.in_language(turn.language)
        context = context_of(turn, services)
        known = just_filled(turn, services.slots)
        answer = answerer.answer(question, history, said_before(turn), services.filters, context, known)
    except LlmError as error:
        logger.error("answer.failed", error=type(error).__name__, detail=str(error))
        return None
    return answer if answer.found else None


def from_knowledge(turn: Turn, question: str, services: Services, sure: float = 0.0) -> Reply | None:
    """The answer, or more on it if this very answer was given before; None if the help centre holds none.

    Args:
        turn, question, services: who asks what.
        sure: How sure the answer must be, 0–1.
    """
    if approved := corrected(turn, question, services):
        return approved
    answer = find(question, turn, services)
    if answer is None or answer.confidence < sure:
        return None
    mark = fingerprint(answer.text)
    if mark not in given(turn):
        cited = citation_values(answer.citations, services)
        values = {"answer": answer.text, "sources": sources(cited)}
        message = Say("utter_answer", values, citations=cited, answered=how_answered(answer))
        return Reply((message,), remember(turn, mark, *(c.key for c in answer.citations)))
    more = other_sections(answer.question, turn, services)
    if not more:
        return Reply((Say("utter_already_said"),))
    cited = citation_values(more, services)
    message = Say("utter_answer_more", {"sources": sources(cited)}, (), cited)
    return Reply((message,), remember(turn, *(c.key for c in more)))


def corrected(turn: Turn, question: str, services: Services) -> Reply | None:
    """The answer that a colleague wrote and others approved, in his own words; None if there is none."""
    found = services.overrides.find(question, turn.language) if services.overrides else None
    if found is None:
        return None
    mark = fingerprint(found.answer)
    if mark in given(turn):
        return Reply((Say("utter_already_said"),))
    told = {"generator": "override", "prompt": found.id}
    message = Say("utter_corrected_answer", {"answer": found.answer}, answered=told)
    return Reply((message,), remember(turn, mark))


def other_sections(question: str, turn: Turn, services: Services) -> list[Citation]:
    """Sections about a question that this conversation has not been shown."""
    if services.answerer is None or not question.strip():
        return []
    try:
        return services.answerer.in_language(turn.language).other_passages(
            question, given(turn), filters=services.filters
        )
    except LlmError as error:
        logger.error("answer.failed", error=type(error).__name__, detail=str(error))
        return []


def prepared(turn: Turn) -> Reply | None:
    """What the designer wrote for the intent, `utter_<intent>`, once."""
    response = f"utter_{turn.intent}"
    if not turn.intent.startswith(QUESTION_PREFIX) or response not in turn.responses:
        return None
    mark = fingerprint(response)
    if mark in given(turn):
        return Reply((Say("utter_already_said"),))
    return Reply((Say(response),), remember(turn, mark))


def dont_know(turn: Turn, question: str, services: Services) -> Reply:
    """Says so, and offers what comes close, a ticket and a person."""
    close = close_readings(question, turn, services)
    response = "utter_dont_know_offer" if close else "utter_dont_know"
    return Reply((Say(response, {}, (*close, *ways_out(turn))),))


def close_readings(question: str, turn: Turn, services: Services) -> tuple[Button, ...]:
    """Sections that the question may be about, as buttons that ask for them."""
    if services.answerer is None or not question.strip():
        return ()
    try:
        readings = services.answerer.in_language(turn.language).readings(question, filters=services.filters)
    except LlmError as error:
        logger.error("answer.failed", error=type(error).__name__, detail=str(error))
        return ()
    shown = given(turn)
    return tuple(
        text_button(reading.heading, reading.question)
        for reading in readings
        if reading.score >= _WORTH_OFFERING and reading.citation.key not in shown
    )


def ways_out(turn: Turn) -> tuple[Button, ...]:
    """A ticket and a person."""
    wanted = (("utter_title_ticket", "open_ticket"), ("utter_title_person", "request_person"))
    return tuple(button(turn.wording(title) or intent, intent) for title, intent in wanted)


def fingerprint(text: str) -> str:
    """A short hash by which an answer is known again."""
    return hashlib.sha256(" ".join(text.split()).casefold().encode()).hexdigest()[:16]


def given(turn: Turn) -> list[str]:
    """Fingerprints of answers and keys of sections that this conversation has had."""
    return list(turn.slots.get("answers_given") or [])


def remember(turn: Turn, *marks: str) -> dict[str, Any]:
    """The slot with more marks; the oldest are forgotten."""
    return {"answers_given": _unique([*given(turn), *marks])[-_REMEMBERED:]}


def _unique(marks: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(marks))
