"""Where the project is: commands work from any folder inside it."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from rapport.errors import RapportError
from rapport.settings import FILE, Settings, load_settings

VARIABLE = "RAPPORT_HOME"


def find_root(start: Path) -> Path:
    """The nearest folder, upwards, that holds rapport.yml.

    Raises:
        RapportError: there is none.
    """
    home = os.environ.get(VARIABLE)
    for folder in [Path(home)] if home else [start, *start.parents]:
        if (folder / FILE).is_file():
            return folder
    where = f"{VARIABLE} is {home!r}, which holds" if home else f"{start} and the folders above hold"
    raise RapportError(f"{where} no {FILE}: change into the project's folder first.")


def enter_project(server: bool = False) -> Settings:
    """Changes into the project's folder, from which all paths of the settings count, and reads them.

    Args:
        server: whether this process is one of the assistant's servers, which log more than a command does.
    """
    _configure_logs(logging.INFO if server else logging.WARNING)
    os.chdir(find_root(Path.cwd()))
    return load_settings()


def _configure_logs(level: int) -> None:
    """Log lines go to standard error: what a command prints stays readable for programs."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
