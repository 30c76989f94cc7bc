"""Turns pydantic's errors about the settings into sentences that name key, value and fix."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


def explain(
    error: ValidationError, content: Mapping[str, Any], file: Path, prefix: str, settings: type[BaseModel]
) -> list[str]:
    """One sentence for each wrong setting.

    Args:
        error: what pydantic raised.
        content: what the file held.
        file: its name.
        prefix: what environment variables begin with.
        settings: the class of all settings.
    """
    return [_sentence(detail, content, file, prefix, settings) for detail in error.errors()]


def _sentence(
    detail: ErrorDetails, content: Mapping[str, Any], file: Path, prefix: str, settings: type[BaseModel]
) -> str:
    path = [str(part) for part in detail["loc"]]
    key = ".".join(path[:2])
    where = place_of(path, content, file, prefix)
    if detail["type"] == "extra_forbidden":
        return f"{where}: there is no setting {key!r}; {_suggest(path, settings)}."
    if len(path) == 1:
        return f"{where}: the section {key!r} holds {detail['input']!r}, not settings: indent them below it."
    field = settings.model_fields[path[0]].annotation.model_fields[path[1]]  # type: ignore[union-attr]
    default = field.get_default(call_default_factory=True)
    message = detail["msg"].removeprefix("Input ")
    reason = message if detail["type"] == "literal_error" else message.partition(", ")[0]
    return (
        f"{where}: {key} is {detail['input']!r}, but {reason} "
        f"({field.description}; by default {_shown(default)})."
    )


def _shown(default: Any) -> str:
    return "null" if default is None else str(default)


def place_of(path: list[str], content: Mapping[str, Any], file: Path, prefix: str) -> str:
    """Where a setting stands: the variable if there is one, for it wins; else the file and the line."""
    variable = prefix + "__".join(path).upper()
    if variable in os.environ:
        return variable
    section: Any = content
    position = None
    for part in path:
        if isinstance(section, list):
            break  # its key's line is near enough
        if not isinstance(section, Mapping) or part not in section:
            return variable
        position = section.lc.key(part)[0] + 1 if hasattr(section, "lc") else None
        section = section[part]
    return f"{file}, line {position}" if position else str(file)


def _suggest(path: list[str], settings: type[BaseModel]) -> str:
    fields = settings.model_fields
    known = [*fields]
    if len(path) > 1 and path[0] in fields:
        known = [f"{path[0]}.{name}" for name in fields[path[0]].annotation.model_fields]  # type: ignore[union-attr]
    close = difflib.get_close_matches(".".join(path[:2]), known, n=1, cutoff=0.75)
    return f"write {close[0]!r} if you meant that" if close else f"known are {', '.join(known)}"


def unknown_variables(
    environment: Iterable[str], prefix: str, settings: type[BaseModel], not_settings: Iterable[str]
) -> list[str]:
    """One sentence for each RAPPORT_… variable that names no section: pydantic would ignore it."""
    sections = [prefix + name.upper() for name in settings.model_fields]
    problems = []
    for name in environment:
        if not name.startswith(prefix) or name in not_settings or name.split("__")[0] in sections:
            continue
        close = difflib.get_close_matches(name.split("__")[0], sections, n=1)
        rest = name.partition("__")[2]
        hint = (
            f"did you mean {close[0]}__{rest or '…'}" if close else f"they begin with {', '.join(sections)}"
        )
        problems.append(f"The variable {name} is no setting; {hint}? Unset it or correct it.")
    return problems
