"""The shop's English values (days, colours, states, sums), said in the conversation's language.

Sentences are responses and stand in `domain/`; what fills their places comes from the shop. Here the words
and forms that such values are made of are exchanged: `speech_<language>.yml`, one file a language. Texts that
somebody wrote (answers, descriptions, subjects, a courier's notes) are left as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from actions.turn import DEFAULT_LANGUAGE
from actions.wording import Reply, Say

_FOLDER = Path(__file__).parent
# What people wrote, or names that are the same in every language.
_AS_WRITTEN = frozenset(
    {"answer", "sources", "description", "note", "subject", "question", "topic", "new_address_text"}
)
_SUM = re.compile(r"£(\d[\d,]*)(?:\.(\d\d))?")
_DAY = re.compile(r"\b([A-Z][a-z]+day) (\d{1,2}) ([A-Z][a-z]+)( \d{4})?")


@dataclass(frozen=True)
class Speech:
    """How one language says values.

    Attributes:
        day: a date's form, with {weekday}, {day}, {month} and {year}.
        sum: a sum's form, with {amount}.
        thousands, decimal: signs in a number.
        coloured: form of a coloured thing, with {thing} and {colour}.
        words: English to the language's; whole words, longest first, as they are written.
        colours: those of the words that are colours.
        alone: further words, said where a value is nothing but a list of them.
    """

    day: str
    sum: str
    thousands: str
    decimal: str
    coloured: str
    words: Mapping[str, str]
    colours: frozenset[str]
    alone: Mapping[str, str]

    def say(self, text: str) -> str:
        """A value in this language."""
        parts = text.split(", ")
        if all(part in self.alone for part in parts):
            return ", ".join(self.alone[part] for part in parts)
        text = _DAY.sub(self._day, text)
        text = self._coloured_thing.sub(self._coloured, text)
        text = self._word.sub(lambda found: self.words[found[0]], text)
        return _SUM.sub(self._sum, text)

    def _day(self, found: re.Match[str]) -> str:
        weekday, day, month, year = found.groups()
        if weekday not in self.words or month not in self.words:
            return found[0]
        parts = {"weekday": self.words[weekday], "day": day, "month": self.words[month], "year": year or ""}
        return self.day.format(**parts)

    def _sum(self, found: re.Match[str]) -> str:
        pounds = found[1].replace(",", self.thousands)
        return self.sum.format(amount=pounds + (self.decimal + found[2] if found[2] else ""))

    def _coloured(self, found: re.Match[str]) -> str:
        colour, thing = self.words[found[1]], self.words[found[2]]
        return self.coloured.format(thing=thing, colour=colour.capitalize())

    @property
    def _word(self) -> re.Pattern[str]:
        return _any_of(tuple(self.words))

    @property
    def _coloured_thing(self) -> re.Pattern[str]:
        return _coloured_pattern(tuple(sorted(self.colours)), tuple(self.words))


@lru_cache(maxsize=8)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{_alternatives(words)})(?![\w-])")


@lru_cache(maxsize=8)
def _coloured_pattern(colours: tuple[str, ...], words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])({_alternatives(colours)}) ({_alternatives(words)})(?![\w-])")


def _alternatives(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@lru_cache(maxsize=8)
def speech(language: str) -> Speech | None:
    """How a language says values; None for the shop's own, and for one without a file."""
    file = _FOLDER / f"speech_{language}.yml"
    if language == DEFAULT_LANGUAGE or not language.isalpha() or not file.is_file():
        return None
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    words = {str(key): str(value) for group in content["words"].values() for key, value in group.items()}
    return Speech(
        **content["forms"],
        words=words,
        colours=frozenset(content["words"]["colours"]),
        alone=content["alone"],
    )


def said_in(reply: Reply, language: str) -> Reply:
    """A reply whose values and buttons are in the conversation's language."""
    found = speech(language)
    return replace(reply, says=tuple(_said(one, found) for one in reply.says)) if found else reply


def _said(message: Say, speech: Speech) -> Say:
    values: dict[str, Any] = {
        name: speech.say(value) if isinstance(value, str) and name not in _AS_WRITTEN else value
        for name, value in message.values.items()
    }
    buttons = tuple({**one, "title": speech.say(one["title"])} for one in message.buttons)
    return replace(message, values=values, buttons=buttons)
