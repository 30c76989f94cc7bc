"""Splits a message that holds more than one question, and decides which parts are questions of their own.

Two steps. `QuestionSplitter` cuts by words alone, at sentence ends and at joining words where something
follows that could be a question; it never cuts a statement from the question that points back to it ("They
leak. Can I return them?"). Then `questions_in` keeps the parts that the intent head is sure of and that ask
different things. A wrong split is worse than a missed one: "my boots back and a refund" is one wish.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Collection, Dict, FrozenSet, List, Mapping, Optional, Sequence, Tuple

from components.intent_model import Ranking
from components.phrases import Words, alternatives, phrase_pattern, spoken
from components.spans import entities_within, placed

MAX_PARTS = 6
SENTENCE, COMMA, JOIN = "sentence", "comma", "join"
# A part without a verb of its own ("… and the loyalty club"), or one that tells something instead of asking,
# must be this sure (0–1): a customer may only be saying why.
SURE_OF_THINGS, SURE_OF_STATEMENTS = 0.9, 0.85
# … and a statement must not be stranger than this (0–1): "I don't have the receipt" is near many intents.
STRANGEST_STATEMENT = 0.4
# Courtesy at the edge of a message is recognised from here on (0–1).
SURE_OF_COURTESY = 0.8
# "1) where is my order 2) can I swap the boots": numbered questions, if the message begins with the first.
NUMBERED, NUMBER = re.compile(r"\s*1[.)]\s"), re.compile(r"(?P<strong>(?:^|\s+)\d[.)]\s+)")
# Questions are short: only the beginning of a very long message is looked at.
MAX_CHARACTERS = 1_500

Entity = Dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A stretch of a message that may be a question of its own.

    Attributes:
        start, end: where it stands in the message.
        kind: `asks`, `tells`, `thing` (names only a thing), `value` (only an order number) or `other`.
        points_back: it names nothing of its own ("how much is it").
    """

    start: int
    end: int
    kind: str
    points_back: bool = False


@dataclass(frozen=True)
class Asked:
    """One question of a message. `entities` are those it names, by name."""

    text: str
    ranking: Ranking
    entities: Mapping[str, str]
    part: Part

    @property
    def intent(self) -> str:
        """Its most likely intent."""
        return self.ranking.names[0]

    @property
    def confidence(self) -> float:
        """The probability that this is right."""
        return self.ranking.confidences[0]


@dataclass(frozen=True)
class Rules:
    """What counts as a question.

    Attributes:
        needed: the confidence (0–1) from which a part counts.
        small_talk: intents that do not count ("hi", "thanks").
        single: entities of which one question names one value.
        replies: small talk that counts at the beginning, because something was asked ("yes. And …").
    """

    needed: float
    small_talk: FrozenSet[str] = frozenset()
    single: FrozenSet[str] = frozenset()
    replies: FrozenSet[str] = frozenset()


class QuestionSplitter:
    """Cuts messages into parts.

    Args:
        words: of the languages spoken (see `components/phrases/en.yml`).
        single: entities of which one question names one value ("where is 1001 and 1002" are two questions).
    """

    def __init__(self, words: Words, single: Sequence[str] = ()) -> None:
        joins = alternatives(words.get("joins", []))
        self.single = frozenset(single)
        self._border = re.compile(
            rf"(?P<strong>(?:(?<=[.?!])\s+|\n+|\s*;\s*)(?:\d[.)]\s+)?)"
            rf"|\s*,\s*(?:(?:{joins})(?!\w)\s*,?\s*)*|(?:\s+(?:{joins})(?!\w),?)+\s+",
            re.IGNORECASE,
        )
        self._lead = re.compile(rf"(?:(?:{joins})(?!\w)[,\s]*)+", re.IGNORECASE)
        self._asks, self._tells, self._things = (
            phrase_pattern(words.get(name, []), before="") for name in ("asks", "tells", "things")
        )
        self._corrects = phrase_pattern(words.get("corrects", []))
        self._back = frozenset(words.get("points_back", []))
        self._beside = frozenset(word for phrase in words.get("beside", []) for word in phrase.split())

    def parts(self, text: str, entities: Sequence[Entity] = ()) -> List[Part]:
        """The parts of a message that could be questions of their own, in order; none if it has only one.

        Args:
            text: what the customer wrote.
            entities: with their places in the text.
        """
        found: List[Part] = []
        text = text[:MAX_CHARACTERS]
        for start, end, border in self._pieces(text):
            part = self._part(text, start, end, border, entities)
            if part is None:
                continue
            if not found or self._begins_anew(text, found[-1], part, border, entities):
                found.append(part)
            else:
                found[-1] = self._joined(found[-1], part)
        return found[:MAX_PARTS] if len(found) > 1 else []

    def _pieces(self, text: str) -> List[Tuple[int, int, str]]:
        """Stretches between borders, and the kind of border before each: SENTENCE, COMMA or JOIN."""
        pieces, start, kind = [], 0, SENTENCE
        borders = NUMBER if NUMBERED.match(text) else self._border
        for border in borders.finditer(text):
            pieces.append((start, border.start(), kind))
            start = border.end()
            kind = COMMA if border.group().strip() == "," else JOIN
            kind = SENTENCE if border.group("strong") is not None else kind
        return [*pieces, (start, len(text), kind)]

    def _part(
        self, text: str, start: int, end: int, border: str, entities: Sequence[Entity]
    ) -> Optional[Part]:
        lead = self._lead.match(text, start, end)
        start = lead.end() if lead and lead.end() < end else start
        piece = text[start:end]
        start, end = start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
        if not any(letter.isalnum() for letter in text[start:end]):
            return None
        names = any(start <= one["start"] < end for one in placed(entities))
        points_back = not names and not self._back.isdisjoint(spoken(text[start:end]))
        return Part(start, end, self._kind(text, start, end, border, entities), points_back)

    def _kind(self, text: str, start: int, end: int, border: str, entities: Sequence[Entity]) -> str:
        inside = self._values(start, end, entities)
        if inside and self._only_names(text, start, end, inside):
            return "value"
        # "… in blue, size M?": only a sentence of its own is a question because of its mark.
        marked = border == SENTENCE and text[start:end].endswith("?")
        if self._asks.match(text, start, end) or marked:
            return "asks"
        if self._things.match(text, start, end) and len(text[start:end].split()) <= 4:
            return "thing"
        return "tells" if self._tells.match(text, start, end) else "other"

    def _values(self, start: int, end: int, entities: Sequence[Entity]) -> List[Entity]:
        within = [one for one in placed(entities) if start <= one["start"] and one["end"] <= end]
        return [one for one in within if one["entity"] in self.single]

    def _only_names(self, text: str, start: int, end: int, inside: Sequence[Entity]) -> bool:
        rest = text[start:end]
        for entity in sorted(inside, key=lambda one: -int(one["start"])):
            rest = rest[: entity["start"] - start] + " " + rest[entity["end"] - start :]
        return all(word in self._beside for word in spoken(rest))

    def _begins_anew(
        self, text: str, before: Part, part: Part, border: str, entities: Sequence[Entity]
    ) -> bool:
        """Whether a piece is a part of its own, and not the rest of the one before."""
        if part.kind == "value":
            return bool(self._values(before.start, before.end, entities)) and not self._corrects.search(
                text, before.start, part.end
            )
        # "I cancelled 1010, where's the money": what is told before a mere comma is why it is asked.
        if before.kind == "tells" and (part.points_back or border == COMMA):
            return False
        if border == SENTENCE or part.kind in ("asks", "thing"):
            return True
        return bool(self._values(part.start, part.end, entities))

    def _joined(self, before: Part, part: Part) -> Part:
        asks = "asks" in (before.kind, part.kind)
        return Part(before.start, part.end, "asks" if asks else before.kind, before.points_back)


def questions_in(
    text: str,
    parts: Sequence[Part],
    rankings: Sequence[Ranking],
    entities: Sequence[Entity],
    rules: Rules,
) -> List[Asked]:
    """The different questions of a message, in order; fewer than two if it asks one thing.

    Args:
        text: the message.
        parts: where it may be cut.
        rankings: what the intent head says about each part.
        entities: of the message, with their places.
        rules: what counts.
    """
    asked: List[Asked] = []
    for part, ranking in zip(parts, rankings):
        inside = entities_within(part.start, part.end, placed(entities))
        values = {str(one["entity"]): str(one["value"]) for one in inside}
        if part.kind == "value" and asked:
            asked += [_same_of(asked[-1], part, one, text) for one in inside if one["entity"] in rules.single]
        elif _counts(part, ranking, rules, first=not asked):
            asked.append(Asked(text[part.start : part.end], ranking, values, part))
    return _different(asked, sorted(rules.single))


def _counts(part: Part, ranking: Ranking, rules: Rules, first: bool) -> bool:
    intent, confidence = ranking.names[0], ranking.confidences[0]
    if ranking.is_unknown or (part.kind == "tells" and ranking.unknown > STRANGEST_STATEMENT):
        return False
    if intent in rules.small_talk and not (first and intent in rules.replies):
        return False
    needed = {"thing": SURE_OF_THINGS, "tells": SURE_OF_STATEMENTS}.get(part.kind, 0.0)
    return confidence >= max(rules.needed, needed)


def _same_of(before: Asked, part: Part, entity: Entity, text: str) -> Asked:
    """ "Where is 1001 and 1002": the second question is the first with the other number."""
    name, value = str(entity["entity"]), str(entity["value"])
    words = before.text
    if name in before.entities:
        spelt = text[part.start : part.end][entity["start"] : entity["end"]]
        digits = re.compile(r"\S*" + re.escape(re.sub(r"\D", "", before.entities[name])) + r"\w*")
        words = digits.sub(lambda _: spelt, before.text, count=1)
    return Asked(words, before.ranking, {**before.entities, name: value}, part)


def _different(asked: Sequence[Asked], single: Sequence[str]) -> List[Asked]:
    """Each intent once, or once for each value of an entity that stands for one thing."""
    kept: Dict[Tuple[str, Tuple[str, ...]], Asked] = {}
    for one in asked:
        about = tuple(sorted(f"{name}={one.entities[name]}" for name in single if name in one.entities))
        same = [key for key in kept if key[0] == one.intent]
        if same and (not about or any(not key[1] for key in same)):
            continue
        kept.setdefault((one.intent, about), one)
    return list(kept.values())


def without_courtesy(
    parts: Sequence[Part], rankings: Sequence[Ranking], courtesy: Collection[str]
) -> Optional[Ranking]:
    """What a message asks whose other parts only greet, thank or name a number; None if that is not so."""
    rest = [
        ranking
        for part, ranking in zip(parts, rankings)
        if part.kind != "value"
        and (ranking.names[0] not in courtesy or ranking.confidences[0] < SURE_OF_COURTESY)
    ]
    return rest[0] if len(rest) == 1 and len(parts) > 1 else None
