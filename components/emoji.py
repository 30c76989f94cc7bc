"""Spells emoji out, since the encoder's vocabulary has none: to it, thumbs up and down look the same."""

from __future__ import annotations

import re
import unicodedata

# Pictures lie beyond the arrows; before them, "So" holds signs of ordinary texts such as © and °.
FIRST_PICTURE = "\u2190"
# Skin tones, "show it in colour" and the frame of a keycap change how a picture looks, not what it says.
LOOKS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0f\u20e3\u200d]")
REPEATED = re.compile(r"([^\w\s])\1+")


def spell_emoji(text: str) -> str:
    """The text with each picture replaced by its Unicode name, said once however often it stands in a row.

    Example:
        >>> spell_emoji("thanks 👍👍")
        'thanks thumbs up sign'
    """
    if text.isascii():
        return text
    words = [_spelled(character) for character in REPEATED.sub(_once, LOOKS.sub("", text))]
    return re.sub(r" +", " ", "".join(words)).strip() if any(len(word) > 1 for word in words) else text


def _once(run: re.Match[str]) -> str:
    character = run.group(1)
    return character if _is_picture(character) else run.group()


def _spelled(character: str) -> str:
    if not _is_picture(character):
        return character
    name = unicodedata.name(character, "").lower()
    return f" {name.removeprefix('regional indicator symbol letter ')} "


def _is_picture(character: str) -> bool:
    return character >= FIRST_PICTURE and unicodedata.category(character) == "So"
