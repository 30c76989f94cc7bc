"""The dimensions that a voice can be set on; what each means stands in dimensions.yml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from llm.errors import VoiceError

FOLDER = Path(__file__).parent
LOWEST, HIGHEST = -1.0, 1.0
# A position nearer to 0 than this asks for nothing that one could hear.
AUDIBLE = 0.25
# From here on a position is a far one.
MUCH = 0.6


@dataclass(frozen=True)
class Dimension:
    """One scale from -1 to 1.

    Attributes:
        low, high: what -1 and 1 mean.
        changes: what it changes in a composed answer.
        heard: how the checker hears it; empty if it cannot be heard in a text.
    """

    name: str
    low: str
    high: str
    changes: str
    heard: str = ""


@cache
def dimensions() -> dict[str, Dimension]:
    """All dimensions by name, in the order of the file."""
    return {name: Dimension(name, **entry) for name, entry in read_yaml(FOLDER / "dimensions.yml").items()}


def read_yaml(file: Path) -> dict[str, Any]:
    """A YAML file of this folder.

    Raises:
        VoiceError: it is broken, with the line.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise VoiceError(
            f"{name_of(file)}{line}, is not valid YAML ({error.problem}): correct it."
        ) from error
    if not isinstance(content, dict):
        raise VoiceError(f"{name_of(file)} holds no lists: restore it from the repository.")
    return content


def name_of(file: Path) -> str:
    """A file of this folder as people find it."""
    return f"llm/voice/{file.relative_to(FOLDER)}"
