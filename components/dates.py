"""Days as people write them, with dateparser; "next Tuesday" and "12.11." are put in words that it knows."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Optional, Sequence, Tuple

_BEFORE = r"(?:last|past|previous|letzte[nrms]?|vergangene[nrms]?|vorige[nrms]?)"
_COMING = r"(?:next|this(?: coming)?|coming|nächste[nrms]?|kommende[nrms]?|diese[nrms]?)"
# Said before a day without changing it.
_LEADING = r"(?:(?:on|by|since|until|till|from|after|before|the|am|an|ab|bis|seit|vom|zum|der|dem|den)\s+)+"
_DAYTIME = r"\s+(?:morning|afternoon|evening|night|vormittag|mittag|nachmittag|abend)$"
# A stretch of time is a day only when it is counted: "2 weeks ago" is one, "next week" is none.
_COUNTED = re.compile(r"\b(?:ago|vor)\b|^in (?:\d+|an?|one|two|three|ein\w*|zwei|drei) ")


def read_date(text: str, languages: Sequence[str], today: date, prefer: str) -> Optional[str]:
    """A day as `2026-11-17`; None if none or no single one is meant.

    Args:
        text: "next Tuesday", "the 3rd", "12.11.", "2 weeks ago", "letzten Montag", "in 3 Tagen".
        languages: it may be in, as `en`, `de`. Day comes before month.
        today: what it counts from.
        prefer: where a weekday or a day without a month lies: `past`, `future` or `current_period`.
    """
    words = re.sub(r"\s+", " ", text.strip().lower())
    try:
        return date.fromisoformat(words).isoformat()
    except ValueError:
        words, prefer = _in_its_words(words, prefer)
    if re.fullmatch(r"\d*", words):
        return None
    found = _parser(tuple(languages), today, prefer).get_date_data(words)
    day: Optional[datetime] = found.date_obj
    if day is None or (day.hour, day.minute) != (0, 0):  # "5 pm" is no day
        return None
    return day.date().isoformat() if found.period == "day" or _COUNTED.search(words) else None


def _in_its_words(words: str, prefer: str) -> Tuple[str, str]:
    """What dateparser reads, and which side of today is meant."""
    words = re.sub(rf"^{_LEADING}", "", re.sub(_DAYTIME, "", words))
    for side, pattern in (("past", _BEFORE), ("future", _COMING)):
        # Only of weekdays: "last week" is for dateparser, which knows that it is no day.
        said = re.match(
            rf"{pattern} (?=\w+(?:day|tag|woch|abend)$|(?:mon|tue|wed|thu|fri|sat|sun)\w*$)", words
        )
        if said:
            words, prefer = words[said.end() :], side
    words = re.sub(r"\ba couple(?: of)?\b", "2", {"tonight": "today"}.get(words, words))
    return re.sub(r"^(\d{1,2})\.(\d{1,2})\.?$", r"\1/\2", words), prefer


@lru_cache(maxsize=8)
def _parser(languages: Tuple[str, ...], today: date, prefer: str) -> Any:
    """Loaded with the first date: the library takes about a second."""
    from dateparser.date import DateDataParser

    base = datetime(today.year, today.month, today.day)
    settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": prefer, "DATE_ORDER": "DMY"}
    return DateDataParser(languages=list(languages), settings=settings)
