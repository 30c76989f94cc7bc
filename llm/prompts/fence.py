"""Texts by others as data: nothing in them can close a fence, or begin a turn of a chat."""

import re
import unicodedata

_WORD = re.compile(r"\w+")
# What fences, citations and the control marks of chat models are written with (`</passage>`, `[1]`,
# `<|im_start|>`, `[INST]`), and their doubles that some tokenizers take for the same.
_MARKS = str.maketrans(
    {
        **dict.fromkeys("<＜﹤", "‹"),
        **dict.fromkeys(">＞﹥", "›"),
        **dict.fromkeys("[［", "("),
        **dict.fromkeys("]］", ")"),
        **dict.fromkeys("|｜", "¦"),
    }
)

# The number of a passage, after its brackets became round.
_NUMBER = re.compile(r"\((\d{1,2})\)")


def repeats(text: str, secret: str, words: int = 6) -> bool:
    """Whether a text repeats so many words in a row of another one.

    Args:
        text: what is about to be said.
        secret: what nobody is to read: our own rules.
        words: shorter runs stand in anything.
    """
    said, kept = _WORD.findall(text.lower()), _WORD.findall(secret.lower())
    runs = {tuple(kept[place : place + words]) for place in range(len(kept) - words + 1)}
    return any(tuple(said[place : place + words]) in runs for place in range(len(said) - words + 1))


def as_data(text: str, max_characters: int) -> str:
    """A text that can stand between two marks of ours.

    Args:
        text: by a customer, or from a document.
        max_characters: what is longer is cut, with "…" in its place.

    Returns:
        The text with marks replaced by look-alikes, without control and invisible characters.
    """
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))
    kept = kept.translate(_MARKS).strip()
    return kept if len(kept) <= max_characters else kept[: max_characters - 1] + "…"


def as_reply(text: str, max_characters: int = 1_000) -> str:
    """An example of a reply as data; only the numbers of its passages stay in square brackets."""
    return _NUMBER.sub(lambda found: f"[{found[1]}]", as_data(text, max_characters))
