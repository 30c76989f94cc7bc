"""Mistakes in the examples of what customers say: twice, contradictory, too few; with file and line."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from rapport.yaml_errors import yaml_files

# `[text](entity)`, `[text]{"entity": …}` or `[text][{…}, …]`, as rasa.shared.nlu.training_data reads them.
ENTITY = re.compile(r"\[(?P<text>[^\]]+?)\](?:\([^:)]+?(?::[^)]+)?\)|\{[^}]+?\}|\[.*?\])")
NO_WORD = re.compile(r"[^\w\s]")
# With one example there is nothing to hold out, and nothing to tell what the intent's sentences share.
FEWEST = 2


@dataclass(frozen=True)
class Example:
    """One example, as it is written, and where."""

    intent: str
    text: str
    file: Path
    line: int

    @property
    def place(self) -> str:
        """`file:line`, as editors and terminals understand it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Mistake:
    """What is wrong with some example.

    Attributes:
        text: where, what, and what to do.
        harmful: whether the model learns something wrong from it; a sentence that stands twice only counts
            twice.
    """

    text: str
    harmful: bool


def example_mistakes(paths: Iterable[Path]) -> list[Mistake]:
    """What is wrong with the examples of intents.

    Args:
        paths: files and folders of Rasa's YAML; they must be valid YAML.
    """
    entries = [entry for file in yaml_files(paths) for entry in _entries(file)]
    examples = [example for _, found in entries for example in found]
    return [*_too_few(entries), *_contradictions(examples), *_twice(examples)]


def spoken(text: str) -> str:
    """An example as a customer would write it: without entity annotations."""
    return ENTITY.sub(lambda match: match["text"], text)


def plain(text: str) -> str:
    """A text without entity annotations, case, punctuation and needless space.

    Other than in `llm.plain.normalised` emoji count: "thanks" and "thanks 😊" are two examples to learn from.
    Texts that are nothing but punctuation stay as they are.
    """
    words = NO_WORD.sub(_without_punctuation, unicodedata.normalize("NFKC", spoken(text)).casefold())
    return " ".join(words.split()) or text


def _without_punctuation(match: re.Match[str]) -> str:
    return " " if unicodedata.category(match[0]).startswith("P") else match[0]


def examples_of(paths: Iterable[Path]) -> list[Example]:
    """All examples of intents."""
    return [example for file in yaml_files(paths) for _, found in _entries(file) for example in found]


def _entries(file: Path) -> Iterator[tuple[Example, list[Example]]]:
    """Every `- intent:` of a file: an example without text for the entry's own place, and its examples."""
    # Composed, not built: nodes know their lines.
    root = YAML(typ="safe", pure=False).compose(file.read_text(encoding="utf-8"))
    for entry in _items(_value(root, "nlu")):
        intent, examples = _value(entry, "intent"), _value(entry, "examples")
        if intent is not None:
            name = str(intent.value)
            found = [Example(name, text, file, line) for text, line in _lines(examples)]
            yield Example(name, "", file, intent.start_mark.line + 1), found


def _lines(examples: Any) -> Iterator[tuple[str, int]]:
    """The texts below `examples:` with their lines."""
    for item in _items(examples):  # a list of texts with metadata
        text = _value(item, "text")
        if text is not None:
            yield text.value.strip(), text.start_mark.line + 1
    if isinstance(getattr(examples, "value", None), str):
        # The text begins in the line below the `|`.
        first = examples.start_mark.line + (2 if examples.style == "|" else 1)
        for offset, line in enumerate(examples.value.splitlines()):
            if line.lstrip().startswith("-") and line.strip(" -"):
                yield line.lstrip()[1:].strip(), first + offset * (examples.style == "|")


def _value(node: Any, key: str) -> Any:
    """A mapping's value; none if there is no such key, or no mapping."""
    if getattr(node, "id", "") != "mapping":
        return None
    return next((value for name, value in node.value if name.value == key), None)


def _items(node: Any) -> list[Any]:
    return node.value if getattr(node, "id", "") == "sequence" else []


def _too_few(entries: list[tuple[Example, list[Example]]]) -> list[Mistake]:
    counts: dict[str, int] = defaultdict(int)
    places: dict[str, Example] = {}
    for head, examples in entries:
        counts[head.intent] += len(examples)
        places.setdefault(head.intent, head)
    return [
        Mistake(
            f"{places[intent].place}: the intent {intent} has {'one example' if count else 'no examples'}: "
            "write some more, 20 if you can, or delete it.",
            True,
        )
        for intent, count in counts.items()
        if count < FEWEST
    ]


def _contradictions(examples: list[Example]) -> list[Mistake]:
    mistakes = []
    for same in _alike(examples):
        of_intent = {example.intent: example for example in reversed(same)}
        first, *others = sorted(of_intent.values(), key=same.index)
        if others:
            where = " and ".join(f"of {other.intent} ({other.place})" for other in others)
            text = f'{first.place}: "{first.text}" is an example of {first.intent} and {where}: keep one.'
            mistakes.append(Mistake(text, True))
    return mistakes


def _twice(examples: list[Example]) -> list[Mistake]:
    mistakes = []
    for same in _alike(examples):
        first: dict[str, Example] = {}
        for example in same:
            earlier = first.setdefault(example.intent, example)
            if earlier is not example:
                text = f'{example.place}: "{example.text}" is already an example of {example.intent} '
                mistakes.append(Mistake(f"{text}({earlier.place}): delete one.", False))
    return mistakes


def _alike(examples: list[Example]) -> list[list[Example]]:
    """Groups of examples that say the same, in the order in which they stand."""
    groups: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        groups[plain(example.text)].append(example)
    return [group for group in groups.values() if len(group) > 1]
