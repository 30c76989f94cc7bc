"""Writes a test story as a designer would, with what the assistant does now as a comment."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from learning.errors import StoreError
from learning.files import beside
from learning.stories.steps import Step

_WIDTH = 110


@dataclass(frozen=True)
class Draft:
    """A test story.

    Attributes:
        name: the story's; no other has it.
        steps: what should happen.
        now: what happens in the last turn now.
        is_known: whether `steps` says what should happen in the last turn, or what happens now.
    """

    name: str
    steps: tuple[Step, ...]
    now: tuple[Step, ...]
    is_known: bool

    @property
    def file_name(self) -> str:
        """Of Rasa's form, `test_….yml`."""
        return f"test_{'_'.join(re.findall(r'[a-z0-9]+', self.name.lower()))[:60]}.yml"


def story_name(text: str, turn: str) -> str:
    """A name from the message that went wrong and the turn's id, so that no two are alike."""
    return f"learned - {' '.join(text.split())[:60].strip()} ({turn[:6]})"


def as_yaml(draft: Draft) -> str:
    """The story's file."""
    steps = CommentedSeq([_mapping(step) for step in draft.steps])
    last = max(place for place, step in enumerate(draft.steps) if "user" in step or "intent" in step)
    said = "; ".join(
        f"{name}: {value}" for step in draft.now for name, value in step.items() if name != "user"
    )
    advice = "" if draft.is_known else "\nWrite below what should happen instead: it is what happens now."
    steps.yaml_set_comment_before_after_key(last, f"Now: {said}{advice}", indent=6)
    content = CommentedMap(
        {"version": "3.1", "stories": [CommentedMap({"story": draft.name, "steps": steps})]}
    )
    yaml, written = YAML(), io.StringIO()
    yaml.width = _WIDTH  # type: ignore[assignment]
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(content, written)
    return written.getvalue()


def write(draft: Draft, folder: Path) -> Path:
    """Writes the story's file, as a whole or not at all.

    Raises:
        StoreError: it cannot be written.
    """
    file = folder / draft.file_name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with beside(file) as partial:
            partial.write_text(as_yaml(draft), encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{file} cannot be written ({error.strerror}).") from error
    return file


def _mapping(step: Step) -> CommentedMap:
    return CommentedMap(step)
