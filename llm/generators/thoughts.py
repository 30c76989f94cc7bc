"""Leaves out what a model thought aloud: neither a finished reply nor one that is being written shows it."""

import re
from collections.abc import Iterator

from llm.errors import GeneratorCutOff

# A model that thinks aloud does so between these; an end without a beginning: the template began it.
_THINKING = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_BEFORE = re.compile(r"\A.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
# What models copy from how examples are laid out.
_LABELS = re.compile(r"</?answer>|\A\s*answer:", re.IGNORECASE)
# A mark may come in pieces; the longest one is `</reasoning>`.
_LONGEST_MARK = 12


def without_thoughts(text: str) -> str:
    """A text without what a model thought aloud, and without the marks of an answer."""
    return _LABELS.sub("", _THOUGHT_BEFORE.sub("", _THINKING.sub("", text))).strip()


def shown(pieces: Iterator[str], thinking: bool) -> Iterator[str]:
    """The pieces of a reply without thoughts.

    From the first mark on all is held back until the reply ends, for a thought may speak of its own end. A
    model that was told to think has begun to at its first word. A model that begins without a mark and was
    not told to is not seen through: tell it (`prompts.thinking`).

    Args:
        pieces: as they are written.
        thinking: whether the model was told to think.

    Raises:
        GeneratorError: what reading the pieces raises; what was held back comes before "cut off".
    """
    held, holding = "", thinking
    try:
        for piece in pieces:
            held += piece
            if not holding:
                sure = _sure(held)
                holding = _is_mark(held[sure:])
                if held[:sure]:
                    yield held[:sure]
                held = held[sure:]
    except GeneratorCutOff:
        if left := without_thoughts(held):
            yield left
        raise
    if left := without_thoughts(held) if holding else held:
        yield left


def _sure(text: str) -> int:
    """How many characters stand before anything that is a mark, or may become one."""
    for found in re.finditer("<", text):
        rest = text[found.start() :]
        if _is_mark(rest) or (">" not in rest and len(rest) < _LONGEST_MARK):
            return found.start()
    return len(text)


def _is_mark(text: str) -> bool:
    return bool(re.match(r"</?(?:think|thinking|reasoning|answer)>", text, re.IGNORECASE))
