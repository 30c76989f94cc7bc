"""Texts without what does not change their meaning, so that two that are equal then say the same."""

import re
import unicodedata

# A sum's sign and a percentage are part of what is asked: "£5 off" is not "5% off".
_NO_WORD = re.compile(r"[^\w\s£$€%]")


def normalised(text: str) -> str:
    """A text without case, punctuation, emoji and needless space.

    Texts of nothing else ("??") stay as they are.
    """
    spoken = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_NO_WORD.sub(" ", spoken).split()) or spoken.strip()
