"""Reads pairs of questions for `rapport bench repeat`: CSV or tab-separated, columns known by name."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Names of the columns: first text, second text, label. The second is how Quora's pairs are published.
HEADERS = (("text1", "text2", "label"), ("sentence1", "sentence2", "is_duplicate"))
LABELS = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False}


class PairsError(Exception):
    """A file of pairs cannot be used; the text names the file, the line and the fix."""


@dataclass(frozen=True)
class Pair:
    """Two questions, and whether they ask the same."""

    one: str
    other: str
    same: bool


def read_pairs(file: Path) -> tuple[list[Pair], list[int]]:
    """Reads a file of pairs.

    Returns:
        The pairs, and the lines whose label is empty (published sets have a few): those are left out.

    Raises:
        PairsError: no such file, not UTF-8, no known header, a line with missing columns, another label than
            0 or 1, or only one of both labels.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
            stream.seek(0)
            rows = csv.reader(stream, delimiter="\t" if "\t" in first else ",", strict=False)
            pairs, unlabelled = _read(file, rows)
    except OSError as error:
        raise PairsError(
            f"{file} cannot be read ({error.strerror}): give the path of a file of pairs."
        ) from error
    except UnicodeDecodeError as error:
        raise PairsError(f"{file} is not UTF-8 (byte {error.start}): save it as UTF-8.") from error
    except csv.Error as error:
        raise PairsError(f"{file} is no CSV ({error}): check its quotation marks.") from error
    if len({pair.same for pair in pairs}) < 2:
        raise PairsError(f"{file} has {len(pairs)} pairs of one label only: it needs pairs of both, 1 and 0.")
    return pairs, unlabelled


def _read(file: Path, rows: Iterator[list[str]]) -> tuple[list[Pair], list[int]]:
    columns = _columns(file, next(rows, []))
    pairs, unlabelled = [], []
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        line: int = rows.line_num  # type: ignore[attr-defined]
        if len(row) <= max(columns):
            raise PairsError(f"{file}, line {line}: {len(row)} columns, {max(columns) + 1} expected.")
        one, other, label = (row[column].strip() for column in columns)
        if not label:
            unlabelled.append(line)
        elif label.lower() not in LABELS:
            raise PairsError(f"{file}, line {line}: the label {label[:40]!r} must be 1 (same question) or 0.")
        else:
            pairs.append(Pair(one, other, LABELS[label.lower()]))
    return pairs, unlabelled


def _columns(file: Path, header: list[str]) -> tuple[int, int, int]:
    names = [name.strip().lower() for name in header]
    for one, other, label in HEADERS:
        if {one, other, label} <= set(names):
            return names.index(one), names.index(other), names.index(label)
    known = " or ".join(",".join(columns) for columns in HEADERS)
    raise PairsError(
        f"{file}, line 1: the header {', '.join(header)[:80]!r} is not known; it must have {known}."
    )
