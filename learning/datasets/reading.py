"""Reads a dataset's files as they are now, with what designers changed in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from learning.datasets.files import (
    ARTICLES,
    DOMAIN,
    DRAFTS,
    EXAMPLES,
    OVERRIDES,
    PAIRS,
    PROVENANCE,
    RULES,
    TESTS,
    Unit,
)
from learning.errors import DatasetError


def read_units(folder: Path) -> list[Unit]:
    """The pieces of all files that are there.

    Args:
        folder: the project's.

    Raises:
        DatasetError: a file is damaged; with its line.
    """
    found = [
        unit
        for file in (*EXAMPLES, RULES, DRAFTS, DOMAIN, TESTS, OVERRIDES)
        for unit in _of_yaml(folder, file)
    ]
    for article in sorted((folder / ARTICLES).glob("*.md")):
        found.append(Unit(f"{ARTICLES}/{article.name}", (), _text(folder, f"{ARTICLES}/{article.name}")))
    found += [Unit(PAIRS, (str(value.get("id", "")),), value) for value in _lines(folder, PAIRS)]
    return found


def read_provenance(folder: Path) -> dict[str, dict[str, Any]]:
    """What provenance.jsonl says, by learned id.

    Raises:
        DatasetError: it is damaged.
    """
    return {str(value.get("id")): value for value in _lines(folder, PROVENANCE)}


def _of_yaml(folder: Path, file: str) -> Iterator[Unit]:
    try:
        content = yaml.safe_load(_text(folder, file)) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}," if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise DatasetError(
            f"{file}{line} is not valid YAML ({problem}): mend it, or restore it with git; "
            "nothing was written."
        ) from error
    try:
        yield from _pieces(file, content)
    except (AttributeError, KeyError, TypeError) as error:
        raise DatasetError(
            f"{file} is not shaped as `rapport learn write` writes it ({error!r}): restore it with git, or "
            "move what you wrote into a file of your own; nothing was written."
        ) from error


def _pieces(file: str, content: dict[str, Any]) -> Iterator[Unit]:
    for entry in content.get("nlu") or ():
        language = (entry.get("metadata") or {}).get("language") or ""
        for line in entry["examples"].splitlines():
            if text := line.strip().removeprefix("-").strip():
                yield Unit(file, (entry["intent"], language), text)
    for section, name in (("rules", "rule"), ("stories", "story"), ("overrides", "id"), ("drafts", "rule")):
        for entry in content.get(section) or ():
            yield Unit(file, (section, str(entry[name])), entry)
    for intent in content.get("intents") or ():
        yield Unit(file, ("intents",), intent)
    for response, variations in (content.get("responses") or {}).items():
        yield Unit(file, ("responses", response), variations)


def _lines(folder: Path, file: str) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(_text(folder, file).split("\n"), 1):
        try:
            value = json.loads(line) if line.strip() else None
        except ValueError as error:
            raise DatasetError(
                f"{file}:{number} is not valid JSON: restore it with git. Nothing was written."
            ) from error
        if isinstance(value, dict):
            found.append(value)
    return found


def _text(folder: Path, file: str) -> str:
    path = folder / file
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file} cannot be read ({error}): restore it with git.") from error
