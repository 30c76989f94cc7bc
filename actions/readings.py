"""Actions for when it is not certain what was meant, or when an answer did not help."""

from dataclasses import replace
from typing import Any

from actions.answers import (
    QUESTION_PREFIX,
    close_readings,
    corrected,
    dont_know,
    from_knowledge,
    other_sections,
    remember,
    ways_out,
)
from actions.base import PlainAction
from actions.context import Services
from actions.further import finished
from actions.offered import (
    OFFERED_AT_ONCE,
    Reading,
    asked_question,
    last_offer,
    likely_readings,
    reading_buttons,
)
from actions.turn import Turn, looks_like_a_question
from actions.wording import Reply, Say, button, citation_values, say, sources

# So few words name a topic, not a question: what is meant is asked before anything is answered.
_TOPIC_WORDS = 2
# Nothing was asked: only an answer as sure as this (0–1) is one to "the colour isn't my thing".
_SURE_OF_STATEMENTS = 0.9
# "Shall I fetch a colleague?" is no reply to "sdfkjh": a lone reading must be as likely as this (0–1).
_WORTH_ASKING = 0.15


class AnswerOrClarify(PlainAction):
    """For messages too uncertain to act on: the help centre's answer, else likely readings, else honesty."""

    def name(self) -> str:
        return "action_answer_or_clarify"

    def reply(self, turn: Turn, services: Services) -> Reply:
        question, readings = turn.words, likely_readings(turn)
        if approved := corrected(turn, question, services):
            return finished(turn, approved.says, approved.slots)
        vague = _is_vague(question)
        sure = 0.0 if looks_like_a_question(question) else _SURE_OF_STATEMENTS
        answer = None if vague and len(readings) > 1 else from_knowledge(turn, question, services, sure)
        if answer:
            return finished(turn, answer.says, answer.slots)
        if turn.intent == "out_of_scope":
            return Reply((Say("utter_out_of_scope"),))
        if len(readings) > 1 or (readings and _probability(turn, readings[0]) >= _WORTH_ASKING):
            return offer(turn, readings, question)
        return say("utter_ask_rephrase") if vague else dont_know(turn, question, services)


class ConfirmIntent(PlainAction):
    """Says what was understood and asks for a yes or no.

    A yes to a question of the help centre would only bring its answer: where there is one, it comes at once,
    under what was understood and with a no beside it.
    """

    def name(self) -> str:
        return "action_confirm_intent"

    def reply(self, turn: Turn, services: Services) -> Reply:
        if approved := corrected(turn, turn.words, services):
            return finished(turn, approved.says, approved.slots)
        readings = likely_readings(turn)
        likeliest = str(turn.route.get("intent") or (turn.ranking[0]["name"] if turn.ranking else ""))
        readings.sort(key=lambda one: one["intent"] != likeliest)
        if not readings:
            return dont_know(turn, turn.words, services)
        return answer_as_understood(turn, readings, services) or confirm(turn, readings, turn.words)


class Clarify(PlainAction):
    """After a no: the next readings; when none are left, the help centre, else other words or a person."""

    def name(self) -> str:
        return "action_clarify"

    def reply(self, turn: Turn, services: Services) -> Reply:
        before = last_offer(turn) or {}
        question = str(before.get("question") or "")
        left = list(before.get("next") or []) if before.get("current") else list(before.get("later") or [])
        if left:
            return offer(turn, left, question, "utter_clarify_next")
        answer = from_knowledge(turn, question, services)
        if answer and answer.says[0].response == "utter_answer":
            return Reply(answer.says, {**answer.slots, "readings": None})
        return Reply((Say("utter_rephrase"),), {"readings": None})


class OfferReadings(PlainAction):
    """Second time of a question: offers what may really be wanted, never the earlier answer again."""

    def name(self) -> str:
        return "action_offer_readings"

    def reply(self, turn: Turn, services: Services) -> Reply:
        question, intent = _repeated(turn)
        _remember_repeat(turn, intent, services)
        approved = corrected(turn, question, services)
        if approved and approved.slots:  # it was not said yet
            return approved
        if f"utter_readings_{intent}" in turn.responses:
            return Reply((Say(f"utter_readings_{intent}"),))
        close = close_readings(question, turn, services)
        if close:
            return Reply((Say("utter_noticed_repeat", {}, (*close, *ways_out(turn)[-1:])),))
        return Reply((Say("utter_noticed_repeat_plain", {}, ways_out(turn)),))


class OfferOtherHelp(PlainAction):
    """Third time: a ticket, a person, and where else to read about it."""

    def name(self) -> str:
        return "action_offer_other_help"

    def reply(self, turn: Turn, services: Services) -> Reply:
        question, intent = _repeated(turn)
        _remember_repeat(turn, intent, services)
        sections = other_sections(question, turn, services)
        cited = citation_values(sections, services)
        says = [Say("utter_other_sources", {"sources": sources(cited)}, (), cited)] if sections else []
        marks: dict[str, Any] = remember(turn, *(section.key for section in sections)) if sections else {}
        return Reply((Say("utter_offer_other_help"), *says, Say("utter_phone_line")), marks)


def offer(turn: Turn, readings: list[Reading], question: str, response: str = "utter_clarify") -> Reply:
    """Up to three readings as buttons; a single one as a question."""
    if len(readings) == 1 and turn.wording(f"utter_confirm_{readings[0]['intent']}"):
        return confirm(turn, readings, question)
    shown, later = readings[:OFFERED_AT_ONCE], readings[OFFERED_AT_ONCE:]
    slot = {"current": None, "next": shown, "later": later, "question": question}
    return Reply((Say(response, {}, reading_buttons(turn, shown)),), {"readings": slot})


def _is_vague(text: str) -> bool:
    """No question, only a topic ("the shop"), or no word at all ("??")."""
    named = any(letter.isalnum() for letter in text)
    return not named or (len(text.split()) <= _TOPIC_WORDS and "?" not in text)


def _probability(turn: Turn, reading: Reading) -> float:
    """How likely a reading is; what an entity suggests counts as likely."""
    found = [one["confidence"] for one in turn.ranking if one["name"] == reading["intent"]]
    return 1.0 if reading.get("entities") else float(found[0] if found else 0.0)


def answer_as_understood(turn: Turn, readings: list[Reading], services: Services) -> Reply | None:
    """The help centre's answer, saying what the question was taken for; None if it is no such question."""
    intent = str(readings[0]["intent"])
    topic = turn.wording(f"utter_title_{intent}")
    # ask_price has no utter_ask_price: the shop knows it, not the help centre.
    if not topic or not intent.startswith(QUESTION_PREFIX) or f"utter_{intent}" not in turn.responses:
        return None
    answer = from_knowledge(turn, turn.words, services)
    if answer is None or answer.says[0].response != "utter_answer":
        return None
    said = answer.says[0]
    no = button(turn.wording("utter_title_no") or "No", "nlu_next_reading")
    values = {**said.values, "topic": topic}
    message = replace(said, response="utter_answer_as_understood", values=values, buttons=(no,))
    slot = {"current": None, "next": [], "later": readings[1:], "question": turn.words}
    return finished(turn, (message,), {**answer.slots, "readings": slot})


def confirm(turn: Turn, readings: list[Reading], question: str) -> Reply:
    """The first reading as a question; the rest is kept for a no."""
    first, rest = readings[0], list(readings[1:])
    yes = button(turn.wording("utter_title_yes") or "Yes", str(first["intent"]), first.get("entities"))
    no = button(turn.wording("utter_title_no") or "No", "nlu_next_reading")
    slot = {"current": first, "next": rest, "later": [], "question": question}
    return Reply((Say(f"utter_confirm_{first['intent']}", {}, (yes, no)),), {"readings": slot})


def _repeated(turn: Turn) -> tuple[str, str]:
    """The question that is asked again, and what it was taken for."""
    intent = turn.repeat.get("intent") or (turn.ranking[0]["name"] if turn.ranking else "")
    return str(turn.repeat.get("question") or asked_question(turn)), str(intent)


def _remember_repeat(turn: Turn, intent: str, services: Services) -> None:
    """For learning: the first answer did not help."""
    trace = {"intent": intent, "tier": int(turn.repeat.get("tier") or 0)}
    services.record(turn.sender_id, turn.slot("verified_customer"), "question.repeated", trace)
