"""Checks what a reviewer would have learned, before it is kept."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from typing import Any

from learning.errors import ReviewError
from learning.learned import ANSWER, ARTICLE, INTENT, LABEL, PREFERENCE, STORY
from learning.review.comparing import FIRST, HOW_COMPARED, chosen_of
from learning.review.kinds import LAYERS, NLU, RULE
from learning.review.pairs import SOURCES

# Longest texts, in characters: a message, an answer, an article.
LONGEST_LINE, LONGEST_ANSWER, LONGEST_ARTICLE = 1_000, 5_000, 50_000
MOST_EXAMPLES = 200
_INTENT_NAME = re.compile(r"[a-z][a-z0-9_]{1,59}")


def checked(kind: str, value: Any, intents: Collection[str]) -> dict[str, Any]:
    """What is learned of an item of this kind, with only the keys that belong there.

    Args:
        kind: one of `learning.learned.KINDS`.
        value: the proposal, or what a reviewer made of it.
        intents: all that the assistant knows; none of them is checked while there are none.

    Raises:
        ReviewError: it lacks something, is too long, or names an intent that there is not.
    """
    if not isinstance(value, dict):
        raise ReviewError(f"A value is a mapping such as {{'intent': …}}, not {str(value)[:40]!r}.")
    return _CHECKS[kind](value, intents)


def known_intent(name: str, intents: Collection[str]) -> str:
    """The intent's name.

    Raises:
        ReviewError: there is no such intent.
    """
    if name in intents or (not intents and name):
        return name
    close = difflib.get_close_matches(name[:60], intents, 1)
    meant = f"did you mean {close[0]!r}?" if close else "a new one is made by an item of the kind intent."
    raise ReviewError(f"{name[:60]!r} is no intent of the assistant: {meant}")


def _label(value: dict[str, Any], intents: Collection[str]) -> dict[str, Any]:
    text = _text(value, "text", LONGEST_LINE)
    return {"text": text, "intent": known_intent(_text(value, "intent", 120), intents)}


def _intent(value: dict[str, Any], intents: Collection[str]) -> dict[str, Any]:
    name = _text(value, "name", 120)
    if not _INTENT_NAME.fullmatch(name):
        raise ReviewError(f"{name!r} is no name of an intent: small letters, digits and _, as gift_wrapping.")
    if name in intents:
        raise ReviewError(f"There is an intent {name!r} already: give another name, or reject this one.")
    return {
        "name": name,
        "description": _text(value, "description", LONGEST_LINE),
        "examples": _texts(value, "examples", 2),
        "answer": _text(value, "answer", LONGEST_ANSWER, empty=True),
    }


def _answer(value: dict[str, Any], intents: Collection[str]) -> dict[str, Any]:
    layer = _text(value, "layer", 20)
    if layer not in LAYERS:
        raise ReviewError(f"The layer {layer!r} does not exist: give one of {', '.join(LAYERS)}.")
    found = {
        "question": _text(value, "question", LONGEST_LINE),
        "answer": _text(value, "answer", LONGEST_ANSWER),
        "layer": layer,
    }
    if layer == NLU and value.get("intent"):
        found["intent"] = known_intent(_text(value, "intent", 120), intents)
    for name in ("rejected", "response", *(["routed"] if layer == RULE else [])):
        if value.get(name):
            found[name] = _text(value, name, LONGEST_ANSWER)
    return found


def _article(value: dict[str, Any], intents: Collection[str]) -> dict[str, Any]:
    return {
        "title": _text(value, "title", 200),
        "text": _text(value, "text", LONGEST_ARTICLE),
        "questions": _texts(value, "questions", 1),
    }


def _story(value: dict[str, Any], intents: Collection[str]) -> dict[str, Any]:
    steps = value.get("steps")
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        raise ReviewError("A story needs steps: a list such as [{'user': …, 'intent': …}, {'action': …}].")
    if len(str(steps)) > LONGEST_ARTICLE:
        raise ReviewError(f"The story has {len(str(steps))} characters: {LONGEST_ARTICLE} are allowed.")
    kept = {name: item for name, item in value.items() if name == "metadata" and isinstance(item, dict)}
    return {"name": _text(value, "name", 200), "steps": steps, **kept}


def _preference(value: dict[str, Any], intents: Collection[str]) -> dict[str, Any]:
    value = chosen_of(value) if FIRST in value else value
    found = {name: _text(value, name, LONGEST_ANSWER) for name in ("prompt", "chosen", "rejected")}
    if found["chosen"] == found["rejected"]:
        raise ReviewError("The chosen and the rejected answer are the same: reject the item instead.")
    source = _text(value, "source", 20)
    if source not in SOURCES:
        raise ReviewError(f"The source {source!r} does not exist: give one of {', '.join(SOURCES)}.")
    how = {name: _text(value, name, LONGEST_LINE) for name in HOW_COMPARED if value.get(name)}
    return {**found, "source": source, **how}


def _text(value: dict[str, Any], name: str, longest: int, empty: bool = False) -> str:
    found = value.get(name, "")
    if not isinstance(found, str):
        raise ReviewError(f"{name} is {type(found).__name__}, not a text.")
    plain = "".join(letter for letter in found if letter.isprintable() or letter in "\n\t").strip()
    if len(plain) > longest:
        raise ReviewError(f"{name} has {len(plain)} characters: {longest} are allowed, shorten it.")
    if not plain and not empty:
        raise ReviewError(f"{name} is empty: write one, or reject the item.")
    return plain


def _texts(value: dict[str, Any], name: str, fewest: int) -> list[str]:
    found = value.get(name) or []
    if not isinstance(found, list) or len(found) > MOST_EXAMPLES:
        raise ReviewError(f"{name} is a list of {fewest} to {MOST_EXAMPLES} texts.")
    texts = list(dict.fromkeys(_text({name: one}, name, LONGEST_LINE) for one in found))
    if len(texts) < fewest:
        raise ReviewError(f"{name} has {len(texts)} different texts: {fewest} or more are needed.")
    return texts


_CHECKS = {
    LABEL: _label,
    INTENT: _intent,
    ANSWER: _answer,
    ARTICLE: _article,
    STORY: _story,
    PREFERENCE: _preference,
}
