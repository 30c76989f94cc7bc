"""Numbers of a text with their units: "two weeks" and "14 days" are the same, £5 and €5 are not.

`text2num` reads number words of more languages, but takes 4 to 30 ms for a passage, and one sentence of an
answer is held against several.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_LEAST = frozenset(("over", "at_least", "ab", "über", "after", "nach", "exceeds"))
_MOST = frozenset(("under", "up_to", "within", "before", "unter", "innerhalb", "vor", "maximum"))
_JOINS = frozenset(("–", "-", "to", "and", "or", "bis", "und", "/"))

_PHONE = re.compile(r"(?<![\w.,])\+?\d{2,5}(?:[ -]\d{2,}){2,}(?![\w])")
_TOKEN = re.compile(
    r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[_][^\W\d_]+)*(?:-?\d[\w-]*)?|[£€$%°]c?|[–/-]|[.;,]", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*\Z")
_CURRENCIES = frozenset("£€$")
# Value, unit, what one of the unit is worth, and the place after it.
_Read = tuple[float, str, float, int]
_THOUSANDS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*\Z")


@dataclass(frozen=True)
class Quantity:
    """A number with what it counts.

    Attributes:
        value: in the smallest unit of its kind that is written here (weeks are minutes).
        unit: "£", "minutes", "o'clock", "day of month 3", "" for a bare number, or a name ("x200").
        bound: "least" or "most", where the text says that it is one.
        article: what it was counted with, if not with a number: "a month", "the month".
    """

    value: float
    unit: str
    bound: str = ""
    article: str = ""

    @property
    def is_named(self) -> bool:
        """Only mentioned ("of the month"), which claims nothing."""
        return self.article == "the"

    def is_in(self, others: Sequence["Quantity"]) -> bool:
        """Whether one of others says the same; a unit may be left out, but not made up."""
        return any(
            abs(self.value - other.value) < 1e-6
            and self.unit in (other.unit, "")
            and {self.bound, other.bound} != {"least", "most"}
            and not (other.is_named and not self.article)
            for other in others
        )


class _Table:
    """`units.yml`, ready to look up."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.small = {word: n for words in raw["ones"] for n, word in enumerate(words)}
        self.small |= {word: 10 * n for words in raw["tens"] for n, word in enumerate(words, 2)}
        self.times: dict[str, int] = raw["times"]
        self.shares: dict[str, float] = raw["shares"]
        self.whole = {word: (float(value), unit) for word, (value, unit) in raw["whole"].items()}
        self.articles = frozenset(raw["one"]) | {"the"}
        self.units = {
            word: (str(unit), float(worth)) for unit, worth, words in raw["units"] for word in words.split()
        }
        self.bare = {word: name for name, words in raw["bare"].items() for word in words}
        self.months = {word: n for words in raw["months"] for n, word in enumerate(words, 1)}

    def compound(self, word: str) -> int | None:
        """German numbers as "fünfundzwanzig"."""
        first, und, last = word.rpartition("und")
        ones = 1 if first == "ein" else self.small.get(first)
        tens = self.small.get(last)
        return ones + tens if und and ones is not None and tens is not None and ones < 10 <= tens else None


@lru_cache(maxsize=1)
def _table() -> _Table:
    return _Table(yaml.safe_load((Path(__file__).parent / "units.yml").read_text(encoding="utf-8")))


def quantities(text: str) -> list[Quantity]:
    """All numbers of a text in small letters, its phrases replaced (`signs.read`)."""
    table = _table()
    found = [Quantity(float(re.sub(r"\D", "", m.group())), "phone") for m in _PHONE.finditer(text)]
    tokens = _TOKEN.findall(_PHONE.sub(" ", text))
    place = 0
    open_ends: list[int] = []  # numbers that may take the unit of the next one: "2–4 days"
    while place < len(tokens):
        token, read = tokens[place], _read(tokens, place)
        if read is None:
            open_ends = open_ends if token in _JOINS else []
            place += 1
            continue
        value, unit, worth, end = read
        for earlier in open_ends if unit else ():
            found[earlier] = Quantity(found[earlier].value * worth, unit, found[earlier].bound)
        open_ends = [] if unit else [*open_ends, len(found)]
        found.append(
            Quantity(value * worth, unit, _bound(tokens, place), token if token in table.articles else "")
        )
        place = end
    return found


def _read(tokens: Sequence[str], place: int) -> _Read | None:
    """What a quantity that begins here says, if one does."""
    table = _table()
    token = tokens[place]
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    if token in table.whole:
        value, unit = table.whole[token]
        return value, unit, 1.0, place + 1
    if token in _CURRENCIES and _NUMBER.match(following):
        value, end = _number(tokens, place + 1)
        return value, token, 1.0, end
    if token in table.shares and following in ("of", "der", "des", "price", "the"):
        return table.shares[token], "share", 1.0, place + 1
    if token in table.articles:
        known = _unit(tokens, place + 1)
        is_one = known and known[0] not in ("£", "€", "$", "%") and tokens[place + 1] not in table.bare
        return (1.0, *known) if known and is_one else None
    if _NUMBER.match(token) or token in table.small or table.compound(token):
        return _with_unit(tokens, place)
    if token in table.bare:
        before = tokens[place - 1] if place else ""
        is_working = token.startswith("werk") or before in ("working", "business")
        return 0.0, f"some {'working ' * is_working}{table.bare[token]}", 1.0, place + 1
    is_name = any(c.isdigit() for c in token) and any(c.isalpha() for c in token)
    return (0.0, token, 1.0, place + 1) if is_name else None


def _with_unit(tokens: Sequence[str], place: int) -> _Read:
    table = _table()
    token, (value, end) = tokens[place], _number(tokens, place)
    after = tokens[end] if end < len(tokens) else ""
    if ":" in token or after in ("am", "pm", "uhr"):
        hours, _, minutes = token.replace(".", ":").partition(":")
        value = float(hours) if hours.isdigit() else value
        value += 12 if after == "pm" and value < 12 else 24 if after == "am" and value > 12 else 0
        value += int(minutes) / 60 if minutes.isdigit() else 0
        return value, "o'clock", 60.0, end + (after in ("am", "pm", "uhr"))
    month = next((word for word in tokens[end : end + 2] if word in table.months), None)
    if month and value <= 31:
        return value, f"day of month {table.months[month]}", 1.0, end + 1
    known = _unit(tokens, end)
    return (value, *known) if known else (value, "", 1.0, end)


def _unit(tokens: Sequence[str], place: int) -> tuple[str, float, int] | None:
    """Unit, what one is worth, and the place after it."""
    table = _table()
    place += place < len(tokens) and tokens[place] == "-"  # "two-hour"
    first, second = (*tokens[place : place + 2], "", "")[:2]
    if first in ("working", "business") and second in ("day", "days"):
        return "working days", 1.0, place + 2
    known = table.units.get(first)
    return (*known, place + 1) if known else None


def _number(tokens: Sequence[str], place: int) -> tuple[float, int]:
    """A number and the place after it: "2 million", "twenty-five", "three hundred"."""
    table = _table()
    token = tokens[place]
    small = table.small.get(token, table.compound(token))
    value = float(small) if small is not None else _digits(token)
    end = place + 1
    if small is not None and 20 <= small < 100 and small % 10 == 0:
        unit_at = end + (end < len(tokens) and tokens[end] == "-")
        if unit_at < len(tokens) and 0 < table.small.get(tokens[unit_at], 0) < 10:
            value, end = value + table.small[tokens[unit_at]], unit_at + 1
    while end < len(tokens) and tokens[end] in table.times:
        value, end = value * table.times[tokens[end]], end + 1
    return value, end


def _digits(token: str) -> float:
    if ":" in token:
        return float(token.split(":")[0])
    if _THOUSANDS.match(token) and not token.startswith("0"):
        return float(re.sub(r"[.,]", "", token))
    whole, *parts = re.split(r"[.,]", token)
    return float(f"{whole}.{''.join(parts)}") if parts else float(whole)


def _bound(tokens: Sequence[str], place: int) -> str:
    before = [
        token for token in tokens[max(0, place - 2) : place] if token not in ("£", "€", "$", "the", "a")
    ]
    if not before:
        return ""
    return "least" if before[-1] in _LEAST else "most" if before[-1] in _MOST else ""


def is_number_word(word: str) -> bool:
    """Whether a word in small letters is a number ("two"), or a part or unit of one."""
    table = _table()
    known = (table.small, table.times, table.units, table.whole)
    return any(word in words for words in known) or table.compound(word) is not None
