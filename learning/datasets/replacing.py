"""Writes files so that each is the old one or the new one, whenever the machine stops."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from learning.errors import DatasetError


def replace_files(folder: Path, texts: Mapping[str, str | None]) -> None:
    """Writes all files beside their places, then moves them there, in this order; None deletes one.

    Raises:
        DatasetError: one cannot be written; none was replaced.
    """
    waiting = {folder / file: text for file, text in texts.items()}
    try:
        for path, text in waiting.items():
            if text is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(_beside(path), text)
    except OSError as error:
        for path in waiting:
            with suppress(OSError):
                _beside(path).unlink(missing_ok=True)
        raise DatasetError(
            f"{error.filename or folder} cannot be written ({error.strerror}): nothing was changed. Free "
            "some space or correct its permissions, then try again."
        ) from error
    for path, text in waiting.items():
        if text is None:
            path.unlink(missing_ok=True)
        else:
            os.replace(_beside(path), path)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.new")
