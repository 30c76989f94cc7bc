"""Reads reviewed turns: what customers wrote, and the intent that a person says is right.

CSV with a header (`text,intent`), JSON lines (`{"text": …, "intent": …}`) or a YAML list of the same. An
empty intent says that the message belongs to none.
"""

from __future__ import annotations

import csv
import difflib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

from rapport.errors import RapportError
from rapport.yaml_errors import yaml_problem

FIELDS = ("text", "intent")


class ReviewedError(RapportError):
    """A file of reviewed turns cannot be used; says file, line and what to do."""


@dataclass(frozen=True)
class ReviewedTurn:
    """What a customer wrote, and the right intent; empty if there is none."""

    text: str
    intent: str


def read_reviewed(file: Path, intents: Collection[str]) -> list[ReviewedTurn]:
    """Reads a file of reviewed turns.

    Args:
        file: `.csv`, `.jsonl`, `.yml` or `.yaml`.
        intents: all that the model knows.

    Raises:
        ReviewedError: it cannot be read, a turn lacks something, or names an intent that there is not.
    """
    readers = {".csv": _from_csv, ".jsonl": _from_json_lines, ".yml": _from_yaml, ".yaml": _from_yaml}
    if file.suffix not in readers:
        raise ReviewedError(f"{file} is of no known kind: reviewed turns are {', '.join(sorted(readers))}.")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewedError(f"{file} cannot be read ({error}): name a UTF-8 file that exists.") from error
    turns = [_turn(f"{file}:{line}", turn, intents) for line, turn in readers[file.suffix](file, text)]
    if not turns:
        raise ReviewedError(f"{file} holds no turns: each needs {' and '.join(FIELDS)}.")
    return turns


def _turn(place: str, turn: Any, intents: Collection[str]) -> ReviewedTurn:
    if not isinstance(turn, dict) or not all(name in turn for name in FIELDS):
        raise ReviewedError(f"{place}: a turn needs {' and '.join(FIELDS)}, found {str(turn)[:80]!r}.")
    text, intent = turn["text"], turn["intent"] or ""
    if not isinstance(text, str) or not text.strip():
        raise ReviewedError(f"{place}: the text is empty: delete the turn.")
    if not isinstance(intent, str) or (intent and intent not in intents):
        close = difflib.get_close_matches(str(intent), intents, 1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise ReviewedError(
            f"{place}: {intent!r} is no intent of the model: {meant}"
            "Leave it empty for a message that belongs to none."
        )
    return ReviewedTurn(text.strip(), intent)


def _from_csv(file: Path, text: str) -> Iterator[tuple[int, Any]]:
    reader = csv.DictReader(text.splitlines(keepends=True))
    missing = [name for name in FIELDS if name not in (reader.fieldnames or [])]
    if missing:
        raise ReviewedError(f"{file}:1: the header lacks {' and '.join(missing)}: begin with text,intent.")
    for row in reader:
        if None in row or row["intent"] is None:
            raise ReviewedError(
                f"{file}:{reader.line_num}: another number of columns than the header has: put texts "
                "with commas in double quotes."
            )
        yield reader.line_num, row


def _from_json_lines(file: Path, text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise ReviewedError(
                    f'{file}:{number}: not valid JSON ({error}): one {{"text": …, "intent": …}} in each line.'
                ) from error


def _from_yaml(file: Path, text: str) -> Iterator[tuple[int, Any]]:
    try:
        content = YAML().load(text) or []  # the round-trip loader knows the lines
    except YAMLError as error:
        raise ReviewedError(yaml_problem(file, error)) from error
    if not isinstance(content, list):
        raise ReviewedError(f"{file}:1: not a list: begin each turn with `- text: …`.")
    lines: Any = getattr(content, "lc", None)  # none if the list is empty
    for place, turn in enumerate(content):
        yield lines.item(place)[0] + 1, turn
