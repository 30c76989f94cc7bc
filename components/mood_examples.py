"""Reads the designer's messages with their sentiment: `data/moods/*.yml`, in the shape of Rasa's NLU data.

    moods:
      - mood: negative
        examples: |
          - I've been waiting two weeks and nobody answers

Rasa's importer passes over these files, since `moods` is no key of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Tuple

from rasa.shared.utils.io import get_text_hash, read_yaml

from components.sentiment_model import LABELS

# Fewer messages of one sentiment than this teach nothing that holds.
FEWEST = 5
_SUFFIXES = (".yml", ".yaml")


class MoodFileError(ValueError):
    """A file with messages and their sentiment is not as it should be."""


def read_moods(folder: Path) -> List[Tuple[str, str]]:
    """Pairs of message and sentiment, from all YAML files of a folder; none if there is no such folder.

    Raises:
        MoodFileError: with the file, what is wrong and what to do.
    """
    pairs = [pair for file in _files(folder) for pair in _read(file)]
    labels = [label for _, label in pairs]
    scarce = [label for label in LABELS if labels.count(label) < FEWEST]
    if pairs and scarce:
        raise MoodFileError(
            f"{folder}: {' and '.join(scarce)} need {FEWEST} messages or more each: add some."
        )
    said = dict(pairs)
    for text, label in pairs:
        if said[text] != label:
            raise MoodFileError(f"{folder}: {text!r} is both {label} and {said[text]}: keep it in one place.")
    return list(said.items())


def fingerprint(folder: Path) -> str:
    """Changes when a file does."""
    return str(get_text_hash("\0".join(file.read_text(encoding="utf-8") for file in _files(folder))))


def _files(folder: Path) -> List[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix in _SUFFIXES)


def _read(file: Path) -> List[Tuple[str, str]]:
    content = read_yaml(file.read_text(encoding="utf-8"))
    groups = content.get("moods") if isinstance(content, dict) else None
    if not isinstance(groups, list):
        raise MoodFileError(f"{file}: begin with `moods:` and a list of `- mood: …` with `examples: |`.")
    return [pair for group in groups for pair in _group(file, group)]


def _group(file: Path, group: Any) -> List[Tuple[str, str]]:
    label = group.get("mood") if isinstance(group, dict) else group
    if label not in LABELS:
        raise MoodFileError(f"{file}: mood {label!r} is unknown: write {', '.join(LABELS)}.")
    examples = group.get("examples")
    if not isinstance(examples, str):
        raise MoodFileError(
            f"{file}: the examples of {label} are no text: write `examples: |` as in data/nlu."
        )
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    wrong = [line for line in lines if not line.startswith("- ")]
    if wrong:
        raise MoodFileError(f"{file}: {wrong[0]!r} is no example: begin the line with `- `.")
    return [(line[2:].strip(), str(label)) for line in lines]
