"""What of a customer's text can be shown, compared and learned from."""

from __future__ import annotations

import re

from llm.plain import normalised

__all__ = ["MASK", "has_mask", "has_words", "normalised"]

# The tracker store's masks: `[email]`, `[person]`, `[identity]`.
MASK = re.compile(r"\[[a-z_]{2,40}\](?![({\[])")


def has_mask(text: str) -> bool:
    """Whether personal data was taken out of it."""
    return bool(MASK.search(text))


def has_words(text: str) -> bool:
    """Whether anything is left that a reviewer could judge: letters that are not a mask's, and no button."""
    return not text.startswith("/") and any(letter.isalpha() for letter in MASK.sub(" ", text))
