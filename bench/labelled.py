"""Labelled messages for benches: CSV with a text and a label column, or CLINC150's own JSON."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rapport.errors import RapportError


class DataError(RapportError):
    """A file of labelled messages cannot be used; the message says which and why."""


@dataclass(frozen=True)
class Labelled:
    """Messages with their labels."""

    texts: list[str]
    labels: list[str]


def read_labelled(file: Path, part: str, text_column: str = "text", label_column: str = "label") -> Labelled:
    """Reads labelled messages.

    Args:
        file: a CSV with a header, or a JSON object from part names to lists of `[text, label]` (as CLINC150
            comes: `train`, `test`, and `oos_…` beside them).
        part: which part of a JSON file: `train` or `test`.
        text_column: the CSV's column with the message.
        label_column: the CSV's column with the label; `category` is found, too.

    Raises:
        DataError: there is no such file or column, or a row lacks one of the two.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read: {error}") from error
    rows = (
        _from_json(file, text, part)
        if file.suffix == ".json"
        else _from_csv(file, text, text_column, label_column)
    )
    if not rows:
        raise DataError(f"{file} holds no messages.")
    return Labelled([text for text, _ in rows], [label for _, label in rows])


def _from_csv(file: Path, text: str, text_column: str, label_column: str) -> list[tuple[str, str]]:
    reader = csv.DictReader(text.splitlines(keepends=True))
    columns = reader.fieldnames or []
    if label_column not in columns and label_column == "label" and "category" in columns:
        label_column = "category"
    for wanted, option in ((text_column, "--text-column"), (label_column, "--label-column")):
        if wanted not in columns:
            raise DataError(f"{file} has no column {wanted!r}, only {', '.join(columns)}: give {option}.")
    rows = []
    for row in reader:
        message, label = row[text_column], row[label_column]
        if not message or not label:
            raise DataError(f"{file}, line {reader.line_num}: a message and a label are needed, found {row}.")
        rows.append((message, label))
    return rows


def _from_json(file: Path, text: str, part: str) -> list[tuple[str, str]]:
    try:
        parts = json.loads(text)
        return [(message, label) for name in (part, f"oos_{part}") for message, label in parts.get(name, [])]
    except (ValueError, AttributeError, TypeError) as error:
        raise DataError(
            f'{file} is not JSON of the form {{"{part}": [["message", "label"], …]}}: {error}'
        ) from error


def few_shots(data: Labelled, shots: int | None, seed: int, oos_label: str | None) -> Labelled:
    """So many messages of each label, drawn at random; all of those out of scope, and all without `shots`."""
    if shots is None:
        return data
    random = np.random.default_rng(seed)
    labels = np.array(data.labels)
    kept: list[int] = []
    for label in sorted(set(data.labels)):
        places = random.permutation(np.flatnonzero(labels == label))
        kept += places.tolist() if label == oos_label else places[:shots].tolist()
    return Labelled([data.texts[i] for i in kept], [data.labels[i] for i in kept])
