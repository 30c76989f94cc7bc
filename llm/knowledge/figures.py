"""The figures in a statement: prices, times, percentages, counts, each with what it counts."""

import re
from collections.abc import Iterator

# One figure: its value, or (from, to).
Value = float | tuple[float, float]
# By kind ("price", "days", "hour of day", a counted word): the values named.
Figures = dict[str, set[Value]]

_ENGLISH_TEXT = "one two three four five six seven eight nine ten eleven twelve"
_GERMAN_TEXT = "eine zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"
_NUMBERS = {
    word: number for text in (_ENGLISH_TEXT, _GERMAN_TEXT) for number, word in enumerate(text.split(), 1)
}
# What a time is worth in days; working days are something else than days.
_MINUTE, _MONTH = 1 / 1440, 365 / 12
_DAYS = {
    "minute": _MINUTE,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": _MONTH,
    "year": 365.0,
    "stunde": 1 / 24,
    "tag": 1.0,
    "woche": 7.0,
    "monat": _MONTH,
    "jahr": 365.0,
}
_FREE = re.compile(
    r"\b(free(?: of charge)?|no (?:extra |additional )?(?:cost|charge|fee)|nothing extra|costs? nothing|"
    r"kostenlos|kostenfrei|gratis)\b",
    re.IGNORECASE,
)
_COST = re.compile(r"\b(cost|costs|charge|charges|charged|fee|fees|kostet|kosten|gebühr)\b", re.IGNORECASE)
# An amount from which something holds is a condition, no price.
_LIMIT = re.compile(
    r"\b(over|above|under|below|from|than|least|most|worth|exceed\w*|up to|minimum|maximum|ab|über|unter|bis)"
    r"\s*$",
    re.IGNORECASE,
)
_N = r"\d{1,3}(?:[,.]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|" + "|".join(_NUMBERS)
_TO = r"\s*(?:–|-|to|bis|until)\s*"
_HOUR = r"\d{1,2}:\d\d|\d{1,2}\s*[ap]m"
_CLOCK = re.compile(rf"\b({_HOUR})\b(?:{_TO}({_HOUR})\b)?")
_UNIT = r"%|p\b|pence|percent|per cent|Prozent|[£$€]|Euro|euros?|pounds?"
# Sign, number, perhaps "to" another, unit, perhaps "working", what is counted. No phone or order numbers.
_FIGURE = re.compile(
    rf"(?<![\w.,\-/#])([£$€])?\s?({_N})(?:{_TO}[£$€]?({_N}))?(?![\d:]|-\d|\s\d{{3}})"
    rf"\s*({_UNIT})?\s*((?:working |business |Werk|Arbeits)?)-?([^\W\d_]+)?",
    re.IGNORECASE,
)


def figures_in(text: str) -> Figures:
    """The figures of a statement by kind; what is free costs 0, a limit ("over £60") is a kind of its own."""
    found: Figures = {}
    for kind, value in _figures(text):
        found.setdefault(kind, set()).add(value)
    if _FREE.search(text):
        found.setdefault("price", set()).add(0.0)
    if "%" in found and _COST.search(text):
        found.setdefault("price", set()).update(found.pop("%"))
    return found


def without_figures(text: str) -> str:
    """A statement without its figures and what they count, so that its words can be compared."""
    return _FREE.sub(" ", _FIGURE.sub(_kept_noun, _CLOCK.sub(" ", text)))


def _kept_noun(match: re.Match[str]) -> str:
    noun = match.group(6) or ""
    return " " if _unit(noun) in _DAYS else f" {noun} "


def _figures(text: str) -> Iterator[tuple[str, Value]]:
    for match in _CLOCK.finditer(text):
        times = [_clock(part) for part in match.groups() if part]
        yield "hour of day", times[0] if len(times) == 1 else (times[0], times[1])
    timeless = _CLOCK.sub(" ", text)
    for match in _FIGURE.finditer(timeless):
        sign, first, second, unit, working, noun = match.groups()
        kind, scale = _kind(sign or unit or "", working, noun or "", timeless[: match.start()])
        low = _number(first) * scale
        yield kind, (low, _number(second) * scale) if second else low


def _kind(unit: str, working: str, noun: str, before: str) -> tuple[str, float]:
    unit = unit.casefold()
    if unit in ("%", "percent", "per cent", "prozent"):
        return "%", 1.0
    if unit:
        kind = "limit" if _LIMIT.search(before) else "price"
        return kind, 0.01 if unit in ("p", "pence") else 1.0
    one = _unit(noun)
    if one in _DAYS:
        return ("working days" if working else "days"), round(_DAYS[one], 6)
    return "number", 1.0


def _unit(noun: str) -> str:
    noun = noun.casefold()
    for ending in ("", "s", "e", "n", "en"):
        if noun.endswith(ending) and noun[: len(noun) - len(ending)] in _DAYS:
            return noun[: len(noun) - len(ending)]
    return noun


def _number(text: str) -> float:
    if text.casefold() in _NUMBERS:
        return float(_NUMBERS[text.casefold()])
    plain = re.sub(r"[.,](?=\d{3}\b)", "", text).replace(",", ".")
    return float(plain)


def _clock(text: str) -> float:
    """An hour of the day: "5pm" and "17:00" are 17."""
    digits = re.split(r":|\s*[ap]m", text)
    hour = float(digits[0]) + (float(digits[1]) / 60 if len(digits) > 1 and digits[1] else 0.0)
    if "m" in text:
        hour = hour % 12 + (12 if "p" in text else 0)
    return hour
