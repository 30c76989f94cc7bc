"""What a flagged turn is asked about, and at which layer a wrong answer is best corrected."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from learning.learned import ANSWER, LABEL
from learning.review.wording import only_wording
from learning.review.words import has_words
from learning.turn import Turn

# Where a corrected answer belongs: what the message means, what a response says, what an article says, or
# only how it is said.
NLU, RULE, KNOWLEDGE, PREFERENCE = "nlu", "rule", "knowledge", "preference"
LAYERS = (NLU, RULE, KNOWLEDGE, PREFERENCE)
# Someone objected to the answer itself.
_OBJECTIONS = frozenset({"correction", "thumbs_down"})
_DONT_KNOW = ("nlu_fallback", "utter_dont_know", "utter_dont_know_offer", "action_answer_or_clarify")
# Intents that the router makes up; no rule of a designer's is about one of them.
_ROUTES = ("nlu_", "question_repeated")
_UNSURE = 0.6
_UNKNOWN = 0.5


def kind_of(turn: Turn, signals: Collection[str]) -> str | None:
    """`answer` or `label`; None where a reviewer could not judge: a button, a form's answer, only masks."""
    if not has_words(turn.text):
        return None
    if _OBJECTIONS.intersection(signals):
        return ANSWER
    return None if turn.is_answer_to_form or turn.by_person else LABEL


def is_unknown(turn: Turn, signals: Collection[str]) -> bool:
    """Whether the assistant may lack what the turn asks for."""
    return "fallback" in signals or turn.unknown >= _UNKNOWN


def knowledge_lacks(turn: Turn) -> bool:
    """Whether the help centre was asked and had nothing."""
    return not turn.citations and any(name in _DONT_KNOW for name in (turn.routed, *turn.responses))


def layer_of(turn: Turn, signals: Collection[str]) -> str:
    """Where a wrong answer to this turn is best corrected; a reviewer may say otherwise."""
    if "meant_otherwise" in signals or (turn.intent and turn.confidence < _UNSURE and not turn.citations):
        return NLU
    if turn.citations or turn.passages or turn.generator:
        # The facts were right, and how they were put was not.
        return PREFERENCE if only_wording(reply_without_correction(turn), turn.correction) else KNOWLEDGE
    return RULE


def reply_without_correction(turn: Turn) -> str:
    """What the assistant itself said in a turn."""
    lines = turn.reply.split("\n")
    corrected = turn.correction.split("\n") if turn.correction else []
    for start in range(len(lines) - len(corrected), -1, -1) if corrected else ():
        if lines[start : start + len(corrected)] == corrected:
            return "\n".join(lines[:start] + lines[start + len(corrected) :]).strip()
    return turn.reply.strip()


def answer_proposal(turn: Turn, signals: Collection[str]) -> dict[str, Any]:
    """What is learned if a reviewer accepts: the colleague's answer where there is one."""
    layer = layer_of(turn, signals)
    worded = [name for name in turn.responses if name not in _DONT_KNOW] if layer == RULE else []
    acted_on = turn.routed or turn.intent
    with_rule = layer == RULE and acted_on and not acted_on.startswith(_ROUTES)
    return {
        "question": turn.text,
        "answer": turn.correction,
        "layer": layer,
        "rejected": reply_without_correction(turn),
        **({"response": worded[0]} if worded else {}),
        **({"routed": acted_on} if with_rule else {}),
    }
