"""Examples as lines of Rasa's NLU data: what a customer wrote must not be read as anything but text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from learning.review.words import has_mask

_NOT_TEXT = str.maketrans({"[": "(", "]": ")"})


def example_line(content: dict[str, Any]) -> str | None:
    """A label's text with its entities annotated; None where personal data was masked in it.

    Brackets would be annotations to Rasa, and `${…}` a variable of the environment.
    """
    text = str(content["text"])
    if has_mask(text):
        return None
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    plain = " ".join(plain.translate(_NOT_TEXT).replace("${", "$ {").split()).lstrip("-*+ ")
    return _annotated(plain, content.get("entities") or []) or None


def text_of(line: str) -> str:
    """The text of a line, without annotations."""
    return re.sub(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})", r"\1", line)


def safe(text: str) -> str:
    """A text for Rasa's YAML, which puts variables of the environment in for `${…}`."""
    return text.replace("${", "$ {")


def _annotated(text: str, entities: Sequence[Sequence[str]]) -> str:
    """The first place of each entity in brackets; one that another covers is left out."""
    spans: list[tuple[int, int, str]] = []
    for name, written, value in entities:
        start = text.find(written)
        end = start + len(written)
        if start >= 0 and not any(start < other[1] and other[0] < end for other in spans):
            same = value.casefold() == written.casefold()
            mark = f"({name})" if same else json.dumps({"entity": name, "value": value}, ensure_ascii=False)
            spans.append((start, end, f"[{written}]{mark}"))
    for start, end, marked in sorted(spans, reverse=True):
        text = text[:start] + marked + text[end:]
    return text
