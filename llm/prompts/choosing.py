"""Which approved answers a model is shown: those like the question, and unlike one another."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from llm.errors import PromptError
from llm.knowledge.contents import Contents
from llm.knowledge.index import KnowledgeIndex
from llm.prompts.context import DEFAULT_LANGUAGE
from llm.prompts.examples import Example, Shot, read_examples, with_chunks

logger = structlog.get_logger()

# What likeness to the question counts against likeness to an example that is shown already.
LIKENESS = 0.7


@dataclass(frozen=True)
class _Ready:
    """The examples of one language as they fit one state of the knowledge; vectors are [n_shots, dim]."""

    contents: Contents
    read_at: float
    shots: tuple[Shot, ...]
    vectors: np.ndarray


class ApprovedAnswers:
    """The examples of a file, checked against the knowledge whenever either changes.

    Example:
        >>> ApprovedAnswers(Path("prompts/approved_answers.yml"), index).choose("what's postage to Cork?", 1)
        [Shot(example=Example(question='hw much is delivry to ireland', …), …)]

    Args:
        file: the list of examples.
        index: the knowledge, with its translations.
    """

    def __init__(self, file: Path, index: KnowledgeIndex) -> None:
        self.file, self.index = file, index
        self._ready: dict[str, _Ready] = {}
        self._examples: tuple[float, list[Example]] = (-1.0, [])

    def choose(self, question: str, count: int, language: str = "", role: str = "") -> list[Shot]:
        """Examples for a question, the one to show last first.

        Args:
            question: what is asked; an example with that very question is not shown.
            count: how many at most.
            language: two letters; examples of other languages are not shown.
            role: examples of other roles are not shown.
        """
        ready = self._in_language(language or DEFAULT_LANGUAGE)
        asked = _plain(question)
        rows = [
            row
            for row, shot in enumerate(ready.shots)
            if shot.example.role in ("", role) and _plain(shot.question) != asked
        ]
        if not rows or not count:
            return []
        query = self._index(language).encoder.encode([question])[0]
        return [ready.shots[rows[place]] for place in most_relevant(query, ready.vectors[rows], count)]

    def check(self) -> list[str]:
        """A sentence for each example that is not shown to any model.

        Raises:
            PromptError: the file cannot be read.
        """
        examples, problems = read_examples(self.file)
        for example in examples:
            fitted = with_chunks(example, self._index(example.language).contents.chunks)
            if isinstance(fitted, str):
                problems.append(fitted)
        return problems

    def _index(self, language: str) -> KnowledgeIndex:
        return self.index.translations.get(language, self.index)

    def _in_language(self, language: str) -> _Ready:
        index = self._index(language)
        read_at, examples = self._read()
        ready = self._ready.get(language)
        if ready is None or ready.contents is not index.contents or ready.read_at != read_at:
            ready = _made_ready([one for one in examples if one.language == language], index, read_at)
            self._ready[language] = ready
        return ready

    def _read(self) -> tuple[float, list[Example]]:
        """The file as it is; while it cannot be read, as it was."""
        changed_at = self.file.stat().st_mtime if self.file.exists() else 0.0
        if changed_at != self._examples[0]:
            try:
                examples, problems = read_examples(self.file)
            except PromptError as error:
                examples, problems = self._examples[1], [str(error)]
            if problems:
                logger.warning("prompt.examples.left_out", count=len(problems), fix="rapport prompt check")
            self._examples = (changed_at, examples)
        return self._examples


def _made_ready(examples: Sequence[Example], index: KnowledgeIndex, read_at: float) -> _Ready:
    contents = index.contents
    fitted = [with_chunks(example, contents.chunks) for example in examples]
    shots = [one for one in fitted if isinstance(one, Shot)]
    if len(shots) < len(examples):
        # Which ones is not logged: customers may have written them.
        left_out = len(examples) - len(shots)
        logger.warning("prompt.examples.left_out", count=left_out, fix="rapport prompt check")
    vectors = (
        index.encoder.encode([shot.question for shot in shots]) if shots else np.zeros((0, 1), np.float32)
    )
    return _Ready(contents, read_at, tuple(shots), vectors)


def most_relevant(query: np.ndarray, vectors: np.ndarray, count: int) -> list[int]:
    """Rows by maximal marginal relevance: like the query, and unlike the rows before them.

    Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and producing
    summaries", SIGIR 1998.

    Args:
        query: [dim], of length 1.
        vectors: [n, dim], each of length 1.
        count: how many rows at most.
    """
    likeness, among = vectors @ query, vectors @ vectors.T
    chosen: list[int] = []
    while len(chosen) < min(count, len(vectors)):
        repeated = among[:, chosen].max(axis=1) if chosen else np.zeros(len(vectors))
        worth = LIKENESS * likeness - (1 - LIKENESS) * repeated
        worth[chosen] = -np.inf
        chosen.append(int(worth.argmax()))
    return chosen


def _plain(text: str) -> str:
    """A question without what does not make it another one: case, signs, spaces."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
