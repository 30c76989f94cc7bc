"""What "the other one", "that order" or "the cheaper one" stands for, among things named before.

Plain functions over plain values; `reference_resolver` turns Rasa's types into them and back. Precision comes
first: what more than one thing fits is not guessed but asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Collection, Dict, List, Mapping, Optional, Pattern, Sequence, Tuple

from components.phrases import Words, alternatives
from components.salience import Thing, distinct, latest_list

VAGUE = ("pointed", "pronoun")
POSITIONS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
# How a thing is pointed at. POINTED ("that order") and PRONOUN ("it") mean the one spoken of last.
OTHER, POSITION, COMPARED, DESCRIBED, POINTED, PRONOUN = (
    "other", "position", "compared", "described", "pointed", "pronoun",
)  # fmt: skip


@dataclass(frozen=True)
class Referable:
    """A kind of thing that customers may point at, as the designer describes it in config.yml.

    Attributes:
        nouns: what it is called ("order", "parcel").
        described_by: entities that describe it ("the blue one", "the jacket").
        compared_by: attribute to the words for its least and its greatest value.
    """

    nouns: Sequence[str] = ()
    described_by: Sequence[str] = ()
    compared_by: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Expression:
    """A stretch of a message that points at something.

    Attributes:
        start, end: where it stands.
        how: one of `OTHER`, `POSITION`, …
        kinds: what its noun says it is; empty if it has none ("the other one").
        position: for `POSITION`.
        compared: for `COMPARED`, by kind the attribute and whether its greatest value is meant.
        described: entity to value, for `DESCRIBED`.
        negated: "not that one".
    """

    start: int
    end: int
    how: str
    kinds: Tuple[str, ...] = ()
    position: int = 0
    compared: Mapping[str, Tuple[str, bool]] = field(default_factory=dict)
    described: Mapping[str, str] = field(default_factory=dict)
    negated: bool = False


class ExpressionFinder:
    """Finds the expression by which a message points at something.

    Args:
        words: of the languages spoken (see `components/phrases/en.yml`).
        referables: what may be pointed at, by entity.
    """

    def __init__(self, words: Words, referables: Mapping[str, Referable]) -> None:
        self.referables = referables
        self._kinds_of: Dict[str, List[str]] = {}
        for kind, one in referables.items():
            for noun in one.nouns:
                self._kinds_of.setdefault(noun.lower(), []).append(kind)
        articles, nouns = (
            alternatives(words.get("articles", [])),
            alternatives(list(self._kinds_of)) or "(?!)",
        )
        # "One", or in German the article alone: "die andere".
        tail = rf"(?:\s+(?:(?P<noun>{nouns})|{alternatives(words.get('one', [])) or '(?!)'})(?!\w))"
        bare = rf"(?=\s*(?:[.?!,]|$|(?:{alternatives(words.get('too', [])) or '(?!)'})(?!\w)))"
        not_ = rf"(?P<not>(?:{alternatives(words.get('negations', [])) or '(?!)'})\s+)?"
        self._patterns: List[Tuple[str, Any, Pattern[str]]] = []

        def add(how: str, detail: Any, marks: Sequence[str]) -> None:
            if marks:
                mark = rf"(?:{articles})\s+(?P<mark>{alternatives(marks)})"
                said = rf"(?<!\w){not_}(?P<span>{mark}(?:{tail}|{bare}))"
                self._patterns.append((how, detail, re.compile(said, re.IGNORECASE)))

        add(OTHER, None, words.get("other", []))
        for name, position in POSITIONS.items():
            add(POSITION, position, words.get(name, []))
        self._compared: Dict[str, Dict[str, Tuple[str, bool]]] = {}
        for kind, one in referables.items():
            for attribute, marks in one.compared_by.items():
                for end, greatest in (("least", False), ("greatest", True)):
                    for mark in marks.get(end, ()):
                        self._compared.setdefault(mark.lower(), {})[kind] = (attribute, greatest)
        add(COMPARED, None, list(self._compared))
        pointing = alternatives(words.get("demonstratives", [])) or "(?!)"
        self._patterns.append(
            (POINTED, None, re.compile(rf"(?<!\w){not_}(?P<span>(?:{pointing}){tail})", re.IGNORECASE))
        )
        pronouns = alternatives(words.get("pronouns", [])) or "(?!)"
        self._pronoun = re.compile(
            rf"(?<!\w){not_}(?P<span>{pronouns}){bare}",
            re.IGNORECASE,
        )
        self._described = re.compile(rf"(?:{articles})\s+$", re.IGNORECASE)
        self._tail = re.compile(tail, re.IGNORECASE)

    def find(self, text: str, entities: Sequence[Mapping[str, Any]]) -> Optional[Expression]:
        """The first expression of a message, or None; what points clearly goes before a mere "it"."""
        for how, detail, pattern in self._patterns:
            found = pattern.search(text)
            if found:
                return self._expression(how, detail, found)
        described = self._by_description(text, entities)
        if described:
            return described
        found = self._pronoun.search(text)
        return self._expression(PRONOUN, None, found) if found else None

    def _expression(self, how: str, detail: Any, found: "re.Match[str]") -> Expression:
        noun = found.groupdict().get("noun")
        kinds = tuple(self._kinds_of.get(" ".join((noun or "").lower().split()), ()))
        start, end = found.span("span")
        negated = bool(found.group("not"))
        if how == POSITION:
            return Expression(start, end, how, kinds, position=detail, negated=negated)
        if how == COMPARED:
            compared = self._compared.get(" ".join(found.group("mark").lower().split()), {})
            return Expression(start, end, how, kinds, compared=compared, negated=negated)
        return Expression(start, end, how, kinds, negated=negated)

    def _by_description(self, text: str, entities: Sequence[Mapping[str, Any]]) -> Optional[Expression]:
        """ "The blue one": an entity that describes things, between an article and "one"."""
        for entity in entities:
            if "start" not in entity:
                continue
            article, tail = (
                self._described.search(text[: entity["start"]]),
                self._tail.match(text, entity["end"]),
            )
            kinds = [k for k, one in self.referables.items() if entity["entity"] in one.described_by]
            if article and tail and kinds:
                described = {str(entity["entity"]): str(entity["value"])}
                return Expression(article.start(), tail.end(), DESCRIBED, tuple(kinds), described=described)
        return None


def candidates(expression: Expression, things: Sequence[Thing], kinds: Collection[str]) -> List[Thing]:
    """The things that an expression may mean: one is found, several are to be asked about, none is unknown.

    Args:
        expression: what the customer said.
        things: named so far, oldest first.
        kinds: what it can be.
    """
    fitting = [thing for thing in things if thing.kind in kinds]
    if not fitting:
        return []
    shown, known = latest_list(fitting), distinct(fitting)
    if expression.how == OTHER or expression.negated:
        return _others(shown, known)
    if expression.how == POSITION:
        ordered = shown or (known if len(known) > 1 else [])
        inside = -len(ordered) <= expression.position < len(ordered)
        return [ordered[expression.position]] if inside else []
    among = shown or known
    if expression.how == COMPARED:
        return _extreme(_with_attributes(among, known), expression.compared)
    if expression.how == DESCRIBED:
        return [one for one in _with_attributes(among, known) if _fits(one, expression.described)]
    latest = max(thing.turn for thing in known)
    return [thing for thing in known if thing.turn == latest]


def _others(shown: Sequence[Thing], known: Sequence[Thing]) -> List[Thing]:
    """All but the one that the customer spoke of last; within the last list, if that one stood there."""
    named = [thing for thing in known if thing.by_customer]
    focus = (named or list(known))[-1].value
    values = [thing.value for thing in shown]
    if len(named) == 0 and len(values) > 1:
        return list(shown)
    among = shown if focus in values and len(values) > 1 else known
    return [thing for thing in among if thing.value != focus]


def _with_attributes(things: Sequence[Thing], known: Sequence[Thing]) -> List[Thing]:
    complete = {(thing.kind, thing.value): thing for thing in known}
    return [complete.get((thing.kind, thing.value), thing) for thing in things]


def _extreme(things: Sequence[Thing], compared: Mapping[str, Tuple[str, bool]]) -> List[Thing]:
    """The things with the least or greatest value of what is compared, of the kind named last."""
    kind = things[-1].kind
    attribute, greatest = compared.get(kind, ("", False))
    valued = [
        (thing.attributes[attribute], thing)
        for thing in things
        if thing.kind == kind and isinstance(thing.attributes.get(attribute), (int, float))
    ]
    if len(valued) < 2:
        return []
    best = (max if greatest else min)(value for value, _ in valued)
    return [thing for value, thing in valued if value == best]


def _fits(thing: Thing, described: Mapping[str, str]) -> bool:
    for name, wanted in described.items():
        has = thing.attributes.get(name)
        values = has if isinstance(has, (list, tuple)) else [has]
        if wanted.casefold() not in (str(value).casefold() for value in values):
            return False
    return True
