"""Reads sentences with entities: the plain format, and that of the DSTC8 span sets.

The plain format is a JSON list of `{"text": "…", "entities": [{"start": 3, "end": 8, "entity": "city"}]}`,
places counted in characters. Of DSTC8 (Coope et al. 2020) each item has `userInput.text` and `labels` with
`slot` and
`valueSpan`; which of the two a file holds is seen from its items.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport.errors import RapportError


class BadData(RapportError):
    """A file that cannot be used; the message says where and why."""


@dataclass(frozen=True)
class Sentence:
    """A text and the spans in it: (start, end, entity)."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True)
class Fold:
    """What to train on and what to test on."""

    name: str
    train: Path
    test: Path


def folds(train: Path, test: Path | None) -> list[Fold]:
    """The folds of a pair of files, or of a folder.

    A folder holds `train_*.json` (or `train.json`) and `test.json`, or sub-folders that do.

    Raises:
        BadData: there is nothing to train or to test on.
    """
    if train.is_file():
        if test is None:
            raise BadData(f"What shall {train} be tested on? Add --test FILE.")
        if not test.is_file():
            raise BadData(f"There is no file {test} to test on.")
        return [Fold(train.stem, train, test)]
    if not train.is_dir():
        raise BadData(f"There is no file or folder {train}.")
    folders = [train, *sorted(path for path in train.iterdir() if path.is_dir())]
    found = [
        Fold(f"{folder.name}/{file.stem}", file, folder / "test.json")
        for folder in folders
        if (folder / "test.json").is_file()
        for file in sorted(folder.glob("train*.json"))
    ]
    if not found:
        raise BadData(f"{train} has no folder with train_*.json and test.json in it.")
    return found


def read_sentences(file: Path) -> list[Sentence]:
    """Reads a file of either format.

    Raises:
        BadData: it is no JSON list, an item has no text, or a span lies outside of it.
    """
    try:
        items = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadData(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise BadData(f"{file} is not JSON: {error}.") from error
    if not isinstance(items, list) or not items:
        raise BadData(f"{file} must hold a JSON list of sentences, like {_EXAMPLE}.")
    return [_sentence(item, f"{file}, item {number}") for number, item in enumerate(items, start=1)]


_EXAMPLE = '[{"text": "to Rome", "entities": [{"start": 3, "end": 7, "entity": "city"}]}]'


def _sentence(item: Any, where: str) -> Sentence:
    try:
        if "userInput" in item:
            text, spans = item["userInput"]["text"], [_dstc8_span(label) for label in item.get("labels", [])]
        else:
            text = item["text"]
            spans = [(int(e["start"]), int(e["end"]), str(e["entity"])) for e in item.get("entities") or []]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadData(f"{where} is not like {_EXAMPLE}: {error!r}.") from error
    if not isinstance(text, str):
        raise BadData(f"{where}: the text is {text!r}, which is none.")
    for start, end, entity in spans:
        if not 0 <= start < end <= len(text):
            raise BadData(
                f"{where}: {entity} from {start} to {end} is not in the text ({len(text)} characters)."
            )
    return Sentence(text, tuple(spans))


def _dstc8_span(label: dict[str, Any]) -> tuple[int, int, str]:
    """A start of 0 is left out in these files."""
    span = label["valueSpan"]
    return int(span.get("startIndex", 0)), int(span["endIndex"]), str(label["slot"])
