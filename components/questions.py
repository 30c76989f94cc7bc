"""Reads the questions of a message: which there are, in which order, and what each is about.

Plain functions over plain values; the intent head gives the rankings and puts the result on the message.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Mapping, Sequence

from components.intent_model import Ranking
from components.phrases import words_of
from components.segments import Asked, Entity, Part, QuestionSplitter, Rules, questions_in, without_courtesy
from components.spans import entities_within, placed
from llm.followups import rewrite_follow_up

# "How much is it" is what it is together with what it points back to, if that is as sure as this (0–1).
SURE_IN_CONTEXT = 0.95

# Texts and the entities within each, to what the intent head says about them.
Rank = Callable[[List[str], List[List[Entity]]], List[Ranking]]


@dataclass(frozen=True)
class Reading:
    """What a message asks.

    Attributes:
        ranking: of its only or its first question.
        asked: all its questions, in order; none if there is but one.
    """

    ranking: Ranking
    asked: Sequence[Asked] = ()


class QuestionReader:
    """Reads messages by the settings of the intent head (see `IntentHead.get_default_config`)."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        single = config["one_at_a_time"]
        self.splitter = QuestionSplitter(words_of(config["languages"]), single)
        self.rules = Rules(config["second_question"], frozenset(config["small_talk"]), frozenset(single))
        self.rules_in_form = replace(self.rules, replies=frozenset(config["replies"]))
        self.courtesy = frozenset(config["courtesy"])
        self.asked_first = frozenset(config["asked_first"])

    def read(self, text: str, entities: Sequence[Entity], rank: Rank, in_form: bool) -> Reading:
        """Reads a message.

        Args:
            text: what the customer wrote.
            entities: with their places.
            rank: the intent head.
            in_form: whether a form asks, so that a yes or no may come first.
        """
        parts = self.splitter.parts(text, entities)
        places = [(0, len(text)), *((part.start, part.end) for part in parts)]
        inside = [entities_within(start, end, placed(entities)) for start, end in places]
        whole, *of_parts = rank([text[start:end] for start, end in places], inside)
        of_parts = _with_context(text, parts, of_parts, rank)
        rules = self.rules_in_form if in_form else self.rules
        asked = questions_in(text, parts, of_parts, entities, rules)
        if len(asked) > 1 and not self._is_no_but(asked, rules):
            return Reading(asked[0].ranking, asked)
        bare = without_courtesy(parts, of_parts, self.courtesy)
        return Reading(bare if bare and _surer(bare, whole) else whole)

    def _is_no_but(self, asked: Sequence[Asked], rules: Rules) -> bool:
        """ "No, I want to speak to a person" is what is wanted, not a no."""
        return asked[0].intent in rules.replies and asked[1].intent in self.asked_first

    def further(self, asked: Sequence[Asked]) -> List[Dict[str, Any]]:
        """All questions but the first; only the second is ever answered without being offered first."""
        return [
            further_question(
                one.text,
                one.intent,
                one.confidence,
                one.entities,
                place == 0 and one.intent not in self.asked_first,
            )
            for place, one in enumerate(asked[1:])
        ]


def further_question(
    text: str, intent: str, confidence: float, entities: Mapping[str, str], at_once: bool
) -> Dict[str, Any]:
    """A further question as a message carries it; `at_once`: answered without being offered first."""
    return {
        "text": text,
        "intent": intent,
        "confidence": confidence,
        "entities": dict(entities),
        "at_once": at_once,
    }


def _surer(one: Ranking, other: Ranking) -> bool:
    return one.unknown < other.unknown or one.confidences[0] > other.confidences[0]


def _with_context(text: str, parts: Sequence[Part], rankings: Sequence[Ranking], rank: Rank) -> List[Ranking]:
    """Ranks "how much is it" once more as a question of its own, with what it points back to."""
    found = list(rankings)
    for place, part in enumerate(parts):
        if place and part.points_back:
            before, own = parts[place - 1], text[part.start : part.end]
            whole = rewrite_follow_up(own, [text[before.start : before.end]])
            again = rank([whole], [[]])[0] if whole != own else found[place]
            if again.confidences[0] >= SURE_IN_CONTEXT:
                found[place] = again
    return found


def of_first(asked: Sequence[Asked], entities: Sequence[Entity]) -> List[Entity]:
    """The entities of a message without those of its further questions.

    "Where is 1001? And cancel 1002" is about 1001. What only one later question names stays: it may be meant
    for both.
    """
    first, *later = asked
    own = set(first.entities)
    for kind in {name for one in later for name in one.entities}:
        if len({one.entities[kind] for one in later if kind in one.entities}) > 1:
            own.add(kind)  # it cannot be meant for all of them
    return [
        one
        for one in entities
        if one["entity"] not in own
        or "start" not in one
        or not any(other.part.start <= one["start"] < other.part.end for other in later)
    ]
