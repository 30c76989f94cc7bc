"""Corrected answers that people have approved: served at once, until the assistant gives them by itself.

A sentence encoder alone cannot tell "is delivery free over £50" from "over £100" (cosine 0.96), so two
questions match only if they also name the same things, and ask for the same of them.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
import yaml

from llm.knowledge.words import content_stems, stem, tokenize
from llm.plain import normalised

logger = structlog.get_logger(__name__)

# Cosine from which two questions that name the same things are one (bench/override_pairs.yml).
SAME_QUESTION = 0.75
# Words by what they ask for: a price in one question and a time in the other are two questions.
_ASKS = {
    "price": "much cost costs price prices charge charges expensive teuer kostet kosten preis",
    "long": "long lange dauert",
    "when": "when wann",
    "where": "where wo woher wohin",
    "who": "who wer",
}
_ASKED = {stem(word): kind for kind, words in _ASKS.items() for word in words.split()}
# Words that turn a question around, though a keyword index leaves most of them out.
_TURNS_TEXT = """
    not no never without dont doesnt isnt cant wont cannot from after before until out for with over under
    nicht kein keine keinen nie ohne von aus nach vor mit bis für
"""
_TURNS = frozenset(_TURNS_TEXT.split())

Encode = Callable[[list[str], str], Any]


@dataclass(frozen=True)
class Override:
    """A corrected answer.

    Attributes:
        id: of what was learned; its provenance is kept under it.
        question: the customer's.
        answer: as a colleague wrote it.
        language: two letters.
        by: who approved it.
        at: when, in ISO 8601.
    """

    id: str
    question: str
    answer: str
    language: str = ""
    by: str = ""
    at: str = ""


class Overrides:
    """Corrected answers of a file, which is read again when it changes.

    Example:
        >>> Overrides(Path("data/learned/overrides.yml"), encode).find("how much is delivery", "en")
        Override(id='9b0d…', question='How much is delivery?', answer='£3.95.', …)

    Args:
        file: written by `rapport learn`; where there is none, nothing is found.
        encode: texts and their language to unit vectors, [n_texts, dim]; None serves equal questions only.
        threshold: cosine from which two questions that name the same things are one.
    """

    def __init__(self, file: Path, encode: Encode | None = None, threshold: float = SAME_QUESTION) -> None:
        self._file = file
        self._encode = encode
        self._threshold = threshold
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._known: list[Override] = []

    def find(self, question: str, language: str) -> Override | None:
        """The corrected answer to a question, None if there is none."""
        known = [one for one in self.all() if one.language in ("", language)]
        wanted = normalised(question)
        equal = next((one for one in known if normalised(one.question) == wanted), None)
        if equal or not wanted or self._encode is None:
            return equal
        close = [one for one in known if names_the_same(one.question, question)]
        if not close:
            return None
        vectors = np.asarray(self._encode([question, *(one.question for one in close)], language))
        likeness = vectors[1:] @ vectors[0]
        return close[int(likeness.argmax())] if likeness.max() >= self._threshold else None

    def all(self) -> list[Override]:
        """All corrected answers, as the file has them now; a broken one leaves those that were known."""
        with self._lock:
            stamp = _stamp(self._file)
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._known = read_overrides(self._file) if stamp else []
                except ValueError as error:
                    logger.error("overrides.broken", file=str(self._file), detail=str(error))
            return list(self._known)


def read_overrides(file: Path) -> list[Override]:
    """Corrected answers of a file.

    Raises:
        ValueError: it is no valid YAML, or an entry lacks question or answer.
    """
    try:
        entries = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("overrides") or []
        return [_override(entry) for entry in entries]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{file} cannot be read ({' '.join(str(error).split())[:200]}): mend it, or restore it with git."
        ) from error


def _override(entry: dict[str, Any]) -> Override:
    rest = {name: str(entry.get(name) or "") for name in ("language", "by", "at")}
    name = str(entry.get("id") or normalised(entry["question"]))
    return Override(name, str(entry["question"]), str(entry["answer"]), **rest)


def retire(
    overrides: Iterable[Override],
    answer_of: Callable[[str, str], str],
    encode: Encode | None = None,
    same: float = 0.95,
) -> list[Override]:
    """Those that are needed no more: the assistant gives the same answer by itself.

    Args:
        overrides: corrected answers.
        answer_of: what the assistant answers without them, by question and language; empty for nothing.
        encode: texts and their language to unit vectors; None compares words alone.
        same: cosine from which two answers that hold the same words say the same.
    """
    needless = []
    for one in overrides:
        given = answer_of(one.question, one.language)
        if normalised(given) == normalised(one.answer) or normalised(one.answer) in normalised(given):
            needless.append(one)
        elif (
            encode and given and _numbers(given) >= _numbers(one.answer) and names_the_same(one.answer, given)
        ):
            vectors = np.asarray(encode([one.answer, given], one.language))
            needless += [one] * bool(float(vectors[0] @ vectors[1]) >= same)
    return needless


def names_the_same(first: str, second: str) -> bool:
    """Whether two questions name the same things and numbers, and ask for the same of them."""
    one, other = tokenize(first), tokenize(second)
    if _TURNS.intersection(one) != _TURNS.intersection(other):
        return False
    asks = [{_ASKED[stem(word)] for word in words if stem(word) in _ASKED} for words in (one, other)]
    if asks[0] != asks[1]:
        return False
    return _things(first) == _things(second) and bool(_things(first))


def _things(text: str) -> Collection[str]:
    return {word for word in content_stems(text) if word not in _ASKED}


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        told = file.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size
