"""Texts by others as data: nothing in them can close a fence, or begin a turn of a chat."""

import unicodedata

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
