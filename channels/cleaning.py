"""Customer text made safe: no control characters, tidy white space, and never read by Rasa as an intent.

Rasa reads a message that begins with `/` (after `str.strip()`) as an intent with entities, past the NLU
pipeline. Cleaning comes first and `as_plain_text` last, so that no dropped character can uncover a slash.
"""

import re
import unicodedata

# Emoji sequences and several scripts need the two joiners; other format characters (bidi overrides, zero
# width spaces, soft hyphens) only hide things.
_JOINERS = "\u200c\u200d"
_INVISIBLE = ("Cf", "Cc", "Cs", "Zs", "Zl", "Zp", "Mn", "Me")
_SPACES = re.compile(r"[^\S\n]+")
_SPACE_BEFORE_BREAK = re.compile(r" ?\n ?")
_MANY_BREAKS = re.compile(r"\n{3,}")
_LEADING_SLASHES = re.compile(rf"^[\s/{_JOINERS}]*/[\s/{_JOINERS}]*")


def clean_text(raw: str) -> str:
    """Drop what cannot be seen and tidy white space; line breaks stay, at most one blank line in a row.

    Args:
        raw: What the customer sent.

    Returns:
        The cleaned text, empty if nothing visible was in it.
    """
    text = unicodedata.normalize("NFC", re.sub(r"\r\n?|[\u2028\u2029\x85]", "\n", raw))
    text = "".join(character for character in text if _is_kept(character))
    text = _SPACE_BEFORE_BREAK.sub("\n", _SPACES.sub(" ", text))
    text = _MANY_BREAKS.sub("\n\n", text).strip().strip(_JOINERS)
    return text if any(unicodedata.category(c) not in _INVISIBLE for c in text) else ""


def as_plain_text(text: str) -> str:
    """Take the slashes off the front of a cleaned text, so that Rasa never reads it as an intent.

    A prefix of spaces would not do: Rasa strips the text twice before it looks for the slash.
    """
    return _LEADING_SLASHES.sub("", text)


def is_intent_text(text: str) -> bool:
    """Whether Rasa would read this text as an intent."""
    return text.strip().startswith("/")


def _is_kept(character: str) -> bool:
    if character in _JOINERS or character in "\n\t":
        return True
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
