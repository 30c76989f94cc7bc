"""What of a customer's text can be shown, compared and learned from."""

from __future__ import annotations

import re
import unicodedata

# The tracker store's masks: `[email]`, `[person]`, `[identity]`.
MASK = re.compile(r"\[[a-z_]{2,40}\](?![({\[])")
_NO_WORD = re.compile(r"[^\w\s]")


def normalised(text: str) -> str:
    """A text without case, punctuation and needless space; two that are equal then ask the same.

    Texts of punctuation alone ("??") stay as they are.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_NO_WORD.sub(" ", plain).split()) or plain.strip()


def has_mask(text: str) -> bool:
    """Whether personal data was taken out of it."""
    return bool(MASK.search(text))


def has_words(text: str) -> bool:
    """Whether anything is left that a reviewer could judge: letters that are not a mask's, and no button."""
    return not text.startswith("/") and any(letter.isalpha() for letter in MASK.sub(" ", text))
