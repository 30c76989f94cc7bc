"""Fingerprints of files: whether something that was made from them is still current."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

# Corrected answers are served as they are, drafts of rules are read by people: no model is made of them.
IGNORED = ("__pycache__", ".pyc", "~", "learned/overrides.yml", "learned/rule_drafts.yml")


def fingerprint(paths: Iterable[Path], pattern: str = "*") -> str:
    """A digest of names and contents.

    Args:
        paths: files, and folders that are walked; missing ones count as empty.
        pattern: which files of the folders count.
    """
    digest = hashlib.sha256()
    for file in _files(paths, pattern):
        content = file.read_bytes()
        digest.update(f"{file}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def _files(paths: Iterable[Path], pattern: str) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += [path] if path.is_file() else [file for file in path.rglob(pattern) if file.is_file()]
    return sorted(
        file for file in found if not str(file).endswith(IGNORED) and "__pycache__" not in file.parts
    )


def read_parts(file: Path) -> dict[str, str]:
    """The fingerprints saved in a file; none if it is missing or damaged."""
    try:
        parts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return parts if isinstance(parts, dict) else {}


def write_parts(file: Path, parts: dict[str, str]) -> None:
    """Saves fingerprints, by what they are of."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(parts, indent=2) + "\n", encoding="utf-8")


def changed_parts(now: dict[str, str], then: dict[str, str]) -> list[str]:
    """Names of what is different now."""
    return [name for name, value in now.items() if then.get(name) != value]
