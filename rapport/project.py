"""Where the project is: commands work from any folder inside it."""

from __future__ import annotations

import os
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


def enter_project() -> Settings:
    """Changes into the project's folder, from which all paths of the settings count, and reads them."""
    os.chdir(find_root(Path.cwd()))
    return load_settings()
