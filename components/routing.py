"""Which way a message goes: do it, ask for a yes, answer from knowledge or ask back, or treat it as asked
before.

Plain functions over plain values; `confidence_router` turns Rasa's types into them and back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Dict, FrozenSet, Optional, Sequence

CONFIRM, FALLBACK, NEXT_READING = "nlu_confirm", "nlu_fallback", "nlu_next_reading"
WHICH_ONE = "nlu_which_one"
UNSPOKEN = "nlu_foreign_language"
REPEATED, REPEATED_AGAIN = "question_repeated", "question_repeated_again"

# In English and German, for a bot may speak both.
ORDINALS = {
    **dict.fromkeys(("first", "1st", "1", "erste", "ersten", "erster", "erstes"), 0),
    **dict.fromkeys(("second", "2nd", "2", "zweite", "zweiten", "zweiter", "zweites"), 1),
    **dict.fromkeys(("third", "3rd", "3", "dritte", "dritten", "dritter", "drittes"), 2),
    **dict.fromkeys(("last", "letzte", "letzten", "letzter", "letztes"), -1),
}
# What may stand beside an ordinal in "the second one, please"; with any other word it speaks of something
# else.
FILLERS = frozenset(
    {
        *("the", "a", "one", "option", "number", "no", "nr", "it", "is", "its", "it's", "that", "i", "mean"),
        *("yes", "yeah", "ok", "okay", "please", "pls", "thanks"),
        *("der", "die", "das", "den", "dem", "nummer", "punkt", "antwort", "es", "ist"),
        *("meine", "ich", "nehme"),
        *("ja", "genau", "bitte", "danke", "dann"),
    }
)


@dataclass(frozen=True)
class Bands:
    """`confirm`: from here on ask for a yes; `do`: from here on just do it. 0–1, `confirm` ≤ `do`."""

    confirm: float = 0.4
    do: float = 0.7


@dataclass(frozen=True)
class Rules:
    """The designer's settings (see `ConfidenceRouter.get_default_config`).

    `bands_of` are written by the designer, `fitted` are not and only count where those say nothing;
    `hesitations` are words as `drawn_together` gives them.
    """

    bands: Bands = Bands()
    bands_of: Dict[str, Bands] = field(default_factory=dict)
    fitted: Dict[str, Bands] = field(default_factory=dict)
    never_offered: Sequence[str] = ()
    yes: str = "affirm"
    no: str = "deny"
    person: str = "request_person"
    value: str = "inform"
    one_word: float = 0.0
    unknown_share: float = 0.1
    hesitations: FrozenSet[str] = frozenset()


@dataclass(frozen=True)
class Situation:
    """Where the conversation stands before this message.

    Attributes:
        in_form: a form is asking.
        takes_any_words: it asks for something that is told in the customer's own words.
        asks: the message has the form of a question.
        readings: what was offered in the turn before, `{"current": reading or None, "next": [reading, …]}`
            with readings `{"intent": …, "entities": {…}}`; None if nothing was offered. With `buttons`:
            the readings on the last message's buttons (None for words), `current` being what a yes means.
        repeat_tier: how often this question has been asked, this time included.
        names_something: the message holds an entity.
        unknown: probability (0–1) that the message belongs to no intent, before it is said how many do.
        unclear_reference: it points at something, and nobody can tell at what.
        foreign_language: the message is in a language that nobody here speaks.
    """

    in_form: bool = False
    takes_any_words: bool = False
    asks: bool = False
    readings: Optional[Dict[str, Any]] = None
    repeat_tier: int = 1
    names_something: bool = False
    unknown: float = 0.0
    unclear_reference: bool = False
    foreign_language: Optional[str] = None


@dataclass(frozen=True)
class Route:
    """Where the message goes. `entities` are those of a chosen reading; None leaves the message's own."""

    intent: str
    band: str
    why: str
    entities: Optional[Dict[str, Any]] = None


def route(text: str, ranking: Sequence[Dict[str, Any]], situation: Situation, rules: Rules) -> Route:
    """Decides a message's route.

    Args:
        text: what the customer wrote.
        ranking: intents by falling confidence, `{"name": …, "confidence": …}`; may be empty.
        situation: where the conversation stands.
        rules: thresholds and special intents.
    """
    if situation.foreign_language and not situation.in_form:
        return Route(
            UNSPOKEN, "language", f"it seems to be in another language: {situation.foreign_language}"
        )
    name = ranking[0]["name"] if ranking else None
    confidence = float(ranking[0]["confidence"]) * known(situation.unknown, rules) if ranking else 0.0
    if name is None:
        return Route(FALLBACK, "fallback", "nothing was recognised")
    if _only_hesitates(text, rules.hesitations):
        return Route(FALLBACK, "form" if situation.in_form else "fallback", "the customer only hesitates")
    chosen = _reading_reply(text, name, confidence, situation, rules)
    if chosen is not None:
        return chosen
    bands = bands_for(name, rules)
    if situation.in_form:
        small_talk = name == rules.person or name in rules.never_offered
        if situation.takes_any_words and not situation.asks and not small_talk:
            return Route(FALLBACK, "form", "told to a form that asks for just that")
        return _in_form(name, confidence, bands)
    if situation.unclear_reference and confidence >= bands.confirm:
        return Route(WHICH_ONE, "reference", f"{name} at {confidence:.2f}, but several things may be meant")
    if situation.repeat_tier > 1:
        return _repeated(situation.repeat_tier, rules)
    if _is_only_a_topic(text, name, confidence, situation, rules):
        return Route(FALLBACK, "fallback", f"a single word, and {name} at {confidence:.2f} is not certain")
    return _by_confidence(name, confidence, bands, rules)


def bands_for(intent: str, rules: Rules) -> Bands:
    """The bands of an intent: the designer's, else the fitted ones, else those of all intents."""
    return rules.bands_of.get(intent) or rules.fitted.get(intent, rules.bands)


def known(unknown: float, rules: Rules) -> float:
    """The probability that a message belongs to some intent.

    The intent head finds messages that belong to none as if they were half of all; here it counts how many
    are (Bayes' rule with another prior).
    """
    strange, usual = unknown * rules.unknown_share, (1 - unknown) * (1 - rules.unknown_share)
    return usual / max(strange + usual, 1e-9)


def drawn_together(word: str) -> str:
    """A word with every letter said once: "hmmmm" is "hm"."""
    return re.sub(r"(\w)\1+", r"\1", word.lower())


def _only_hesitates(text: str, hesitations: FrozenSet[str]) -> bool:
    """ "Hmm", "well, er": to a classifier these look like the other short words, a yes among them."""
    words = re.findall(r"\w+", text)
    return bool(words) and all(drawn_together(word) in hesitations for word in words)


def _is_only_a_topic(text: str, name: str, confidence: float, situation: Situation, rules: Rules) -> bool:
    """A lone "delivery" is better asked about than guessed; intents with bands of their own are exempt."""
    said_enough = situation.names_something or len(text.split()) != 1
    return not said_enough and name not in rules.bands_of and confidence < rules.one_word


def _by_confidence(name: str, confidence: float, bands: Bands, rules: Rules) -> Route:
    said = f"{name} at {confidence:.2f}"
    if confidence >= bands.do:
        return Route(name, "do", f"{said} reaches {bands.do:.2f}")
    if confidence >= bands.confirm and name not in rules.never_offered:
        return Route(CONFIRM, "confirm", f"{said} lies between {bands.confirm:.2f} and {bands.do:.2f}")
    return Route(FALLBACK, "fallback", f"{said} is too little to act on")


def _in_form(name: str, confidence: float, bands: Bands) -> Route:
    """A form takes its answer from any message; only what is clearly something else may interrupt it."""
    if confidence >= bands.do:
        return Route(name, "form", f"{name} at {confidence:.2f} while a form asks")
    return Route(FALLBACK, "form", f"{name} at {confidence:.2f} is too little to interrupt a form")


def _repeated(tier: int, rules: Rules) -> Route:
    if tier == 2:
        return Route(REPEATED, "repeat", "asked for the second time")
    if tier == 3:
        return Route(REPEATED_AGAIN, "repeat", "asked for the third time")
    return Route(rules.person, "repeat", f"asked {tier} times: a person takes over")


def _reading_reply(
    text: str, name: str, confidence: float, situation: Situation, rules: Rules
) -> Optional[Route]:
    """What the message says about the readings that were just offered, if anything."""
    readings = situation.readings
    if not readings:
        return None
    current, following = readings.get("current"), list(readings.get("next") or [])
    sure_enough = confidence >= rules.bands.confirm
    if "buttons" in readings:
        return None if situation.in_form else _button_reply(text, name == rules.yes and sure_enough, readings)
    if current and sure_enough and name == rules.yes:
        return _resolved(current, "a yes to the reading that was offered")
    if current and sure_enough and name in (rules.value, str(current["intent"])):
        return Route(str(current["intent"]), "resolved", "more on the reading that was offered")
    if name == rules.no and sure_enough:
        return Route(NEXT_READING, "resolved", "a no to the reading that was offered")
    if sure_enough and name == rules.value and situation.names_something:
        wanted = {str(one["intent"]) for one in following}
        if len(following) > 1 and len(wanted) == 1:
            return Route(wanted.pop(), "resolved", "the value that was asked for")
    picked = _picked_by_position(text, following if current is None else [current, *following])
    return _resolved(picked, "picked by its position") if picked else None


def _button_reply(text: str, yes: bool, readings: Dict[str, Any]) -> Optional[Route]:
    """A yes to what was offered, or "the second one" of the buttons; a no may mean anything."""
    if yes and readings.get("current"):
        return _resolved(readings["current"], "a yes to what was offered")
    picked = _picked_by_position(text, readings["buttons"])
    return _resolved(picked, "the button picked by its position") if picked else None


def _resolved(reading: Dict[str, Any], why: str) -> Route:
    return Route(str(reading["intent"]), "resolved", why, dict(reading.get("entities") or {}))


def _picked_by_position(text: str, offered: Sequence[Optional[Dict[str, Any]]]) -> Optional[Dict[str, Any]]:
    """The reading meant by "the second one", "2", "first please"; None if the message says more than that."""
    words = re.findall(r"[\w']+", text.lower())
    places = [ORDINALS[word] for word in words if word in ORDINALS]
    if len(places) != 1 or not all(word in ORDINALS or word in FILLERS for word in words):
        return None
    return offered[places[0]] if places[0] < len(offered) and offered else None
