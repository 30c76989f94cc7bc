"""What a check of `rapport doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's table.

    Attributes:
        check: what was looked at.
        level: good, a warning, or bad: then the doctor exits with 1.
        text: how it stands.
        fix: what to do; empty where nothing is to be done.
    """

    check: str
    level: Level
    text: str
    fix: str = ""


def good(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, "good", text)


def warning(check: str, text: str, fix: str) -> Finding:
    """It works, but not as it should."""
    return Finding(check, "warning", text, fix)


def bad(check: str, text: str, fix: str) -> Finding:
    """It does not work, or is not safe."""
    return Finding(check, "bad", text, fix)
