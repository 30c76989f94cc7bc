"""Numbers and clothing sizes as people write them, with text2num for number words of many languages."""

from __future__ import annotations

import re
from typing import Optional, Sequence

# Idioms that text2num leaves alone. "A few" is no number.
_IDIOMS = {
    r"half a dozen|ein halbes dutzend": "6",
    r"(?:a |one )?dozen|(?:ein )?dutzend": "12",
    r"(?:a )?couple|both|beide[ns]?": "2",
    r"(?:an?|one) (?:pair|set)|single|^an?$|^eine?[nmrs]?$": "1",
}
_HALF = r"½|1/2|(?:and )?a half|einhalb|,5"
_LETTERS = re.compile(r"((?:(?:x|extra)[ -]?){0,3}|[2-4]x)(s|m|l|small|medium|large)", re.IGNORECASE)


def read_number(text: str, languages: Sequence[str]) -> Optional[str]:
    """The first number of a text, as digits: "two pairs" → 2, "2x" → 2, "a couple" → 2; None without one."""
    written = _in_digits(text, languages)
    found = re.search(r"\d+", written)
    if found:
        return found.group()
    for idiom, number in _IDIOMS.items():
        if re.search(rf"(?<!\w)(?:{idiom})(?!\w)", written):
            return number
    return None


def read_size(text: str, languages: Sequence[str]) -> Optional[str]:
    """A size: "UK 8½" → 8.5, "size nine" → 9, "EU 42" → 42, "extra large" → XL; None if it is none."""
    bare = re.sub(
        r"^(?:(?:uk|eur?|us|euro(?:pean)?|size|sz|größe|grösse|gr\.?)\s*)+", "", text.strip(), flags=re.I
    )
    letters = _LETTERS.fullmatch(bare)
    if letters:
        return _letter_size(letters.group(1).lower(), letters.group(2)[0].upper())
    written = re.sub(rf"\s*(?:{_HALF})$", ".5", _in_digits(bare, languages))
    found = re.fullmatch(r"(\d{1,2})(?:\.(\d))?", written)
    if not found:
        return None
    return found.group() if found.group(2) not in (None, "0") else found.group(1)


def _letter_size(more: str, letter: str) -> str:
    times = int(more[0]) if more[:1].isdigit() else more.count("x")
    return "X" * times + letter


def _in_digits(text: str, languages: Sequence[str]) -> str:
    """The text in small letters, its number words as digits."""
    low = text.strip().lower()
    if re.search(r"\d", low):
        return low
    from text_to_num import alpha2digit  # loaded with the first number word

    for language in languages:
        written: str = alpha2digit(low, language, threshold=0)
        if re.search(r"\d", written):
            return written
    return low
