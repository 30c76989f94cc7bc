"""Approved answers: examples that a model is shown, each with the passages that its answer stands in.

A YAML list that people write, and that learning from conversations may add to. An example names sections of
the help centre instead of holding their text, so that it goes with them: as soon as an article says something
else than the example's answer, the example is left out and named.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from llm.errors import PromptError
from llm.generators.base import Draft
from llm.generators.drafting import declines, draft_sentences
from llm.grounding import supporting_passage
from llm.knowledge.chunking import Chunk
from llm.knowledge.retrieval import Passage

_TEXTS = ("question", "answer")
_KEYS = frozenset({*_TEXTS, "sources", "language", "role", "thoughts", "approved_by", "approved_on"})


@dataclass(frozen=True)
class Example:
    """An approved answer as it is written down.

    Attributes:
        question: as a customer wrote it.
        answer: what a model should reply, with the numbers of its sources in square brackets; `NO ANSWER`
            where they hold none.
        sources: sections, as `delivery/costs.md#ireland`; [1] is the first.
        language: two letters.
        role: the role that it is an example of; empty for every role.
        thoughts: what a good thought before it would be; shown where models think first.
        approved_by: who says that this is a good answer; `approved_on`: when.
        place: where it stands, for messages.
    """

    question: str
    answer: str
    sources: tuple[str, ...]
    language: str = "en"
    role: str = ""
    thoughts: str = ""
    approved_by: str = ""
    approved_on: str = ""
    place: str = ""


@dataclass(frozen=True)
class Shot:
    """An example with the chunks that its sources are now."""

    example: Example
    chunks: tuple[Chunk, ...]

    @property
    def question(self) -> str:
        """What was asked."""
        return self.example.question

    @property
    def answer(self) -> str:
        """What was replied."""
        return self.example.answer

    @property
    def thoughts(self) -> str:
        """What was thought before."""
        return self.example.thoughts

    @property
    def length(self) -> int:
        """Characters that it takes up in a prompt, about."""
        told = (self.question, self.answer, self.thoughts, *(chunk.text for chunk in self.chunks))
        return sum(len(text) for text in told)


def read_examples(file: Path) -> tuple[list[Example], list[str]]:
    """The examples of a file, and a sentence for each that cannot be used. No file means no examples.

    Raises:
        PromptError: the file cannot be read at all.
    """
    if not file.exists():
        return [], []
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PromptError(f"{file} cannot be read: {' '.join(str(error).split())}.") from error
    if not isinstance(content, list):
        raise PromptError(f"{file} is no list: begin each example with `- question: …`.")
    examples, problems = [], []
    for number, entry in enumerate(content, 1):
        place = f"{file}, example {number}"
        problem = _problem(entry)
        if problem:
            problems.append(f"{place}: {problem}.")
        else:
            examples.append(_example(entry, place))
    return examples, problems


def _problem(entry: Any) -> str:
    """What is wrong with an entry; empty if nothing is."""
    if not isinstance(entry, Mapping):
        return f"{str(entry)[:60]!r} is no example: it needs question, answer and sources"
    for name in _TEXTS:
        if not isinstance(entry.get(name), str) or not entry[name].strip():
            return f"the {name} is missing or no text: put it in quotes"
    unknown = sorted(str(name) for name in entry if name not in _KEYS)
    if unknown:
        return f"{unknown[0]!r} is no key of an example; there are {', '.join(sorted(_KEYS))}"
    sources = entry.get("sources")
    if not isinstance(sources, list) or not sources:
        return "the sources are missing: name sections, as [delivery/costs.md#ireland]"
    return ""


def _example(entry: Mapping[str, Any], place: str) -> Example:
    texts = {
        name: str(value).strip() for name, value in entry.items() if name != "sources" and value is not None
    }
    return Example(**texts, sources=tuple(str(one) for one in entry["sources"]), place=place)


def with_chunks(example: Example, chunks: Sequence[Chunk]) -> Shot | str:
    """An example with its chunks, or a sentence that says why it must not be shown.

    Args:
        example: as it is written down.
        chunks: of the help centre in the example's language.
    """
    draft = Draft(draft_sentences(example.answer, len(example.sources)))
    found: list[Chunk] = []
    for number, source in enumerate(example.sources):
        section = _section(source, chunks)
        if not section:
            return _said(example, f"there is no section {source!r}{_hint(source, chunks)}")
        if any(chunk.audience for chunk in section):
            return _said(example, f"{source} is for {', '.join(section[0].audience)} only")
        found.append(max(section, key=lambda chunk: _supported(draft, number, chunk)))
    if declines(example.answer):
        return Shot(example, tuple(found))
    passages = [_passage(chunk) for chunk in found]
    for sentence in draft.sentences:
        if sentence.passage is None:
            return _said(example, f"{sentence.text!r} names no source: end it with [1]")
        if supporting_passage(sentence, passages[sentence.passage : sentence.passage + 1]) is None:
            return _said(example, f"{sentence.text!r} does not stand in {example.sources[sentence.passage]}")
    return Shot(example, tuple(found))


def _section(source: str, chunks: Sequence[Chunk]) -> list[Chunk]:
    document, _, anchor = source.partition("#")
    return [chunk for chunk in chunks if chunk.document == document and anchor in ("", chunk.anchor)]


def _hint(source: str, chunks: Sequence[Chunk]) -> str:
    known = list(dict.fromkeys(f"{chunk.document}#{chunk.anchor}" for chunk in chunks))
    close = difflib.get_close_matches(source, known, n=1, cutoff=0.6)
    return f"; write {close[0]!r} if you meant that" if close else ""


def _supported(draft: Draft, number: int, chunk: Chunk) -> int:
    """How many of the sentences that name a source a chunk of that source supports."""
    named = [sentence for sentence in draft.sentences if sentence.passage == number]
    return sum(supporting_passage(sentence, [_passage(chunk)]) is not None for sentence in named)


def _passage(chunk: Chunk) -> Passage:
    return Passage(chunk, 1.0, 1.0, 1.0, 1.0)


def _said(example: Example, problem: str) -> str:
    return f"{example.place} ({example.question!r}): {problem}."
