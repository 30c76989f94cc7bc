"""The demo's own questions for `rapport bench answers`, with what their answers must say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bench.retrieval_data import Query
from rapport.errors import RapportError

if TYPE_CHECKING:
    from llm.knowledge.chunking import Chunk

KNOWLEDGE, OTHERS = Path("bench/knowledge_questions.yml"), Path("bench/answer_questions.yml")


def demo_questions(split: str, chunks: Sequence[Chunk]) -> list[Query]:
    """Questions with and without an answer in the help centre; also vague ones, which have none.

    Args:
        split: dev or test; all for both.
        chunks: of the help centre; a question's reference is the sentence there that answers it.

    Raises:
        RapportError: there is no such part.
    """
    parts = {"dev": ["dev"], "test": ["test"], "all": ["dev", "test"]}.get(split)
    if parts is None:
        raise RapportError(f"--split {split} is not known: give dev, test or all.")
    raw, others = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in (KNOWLEDGE, OTHERS))
    queries: list[Query] = []
    for part in parts:
        for number, one in enumerate(raw[part]):
            reference = _reference(one, chunks)
            queries.append(Query(f"{part}/{number}", one["question"], frozenset({one["document"]}),
                                 reference=reference))  # fmt: skip
        without = [*raw["unanswerable"][part], *others[part]["unanswerable"], *others[part]["vague"]]
        queries += [Query(f"{part}/none/{n}", text, frozenset()) for n, text in enumerate(without)]
        for number, one in enumerate(others[part]["answerable"]):
            queries.append(Query(f"{part}/other/{number}", one["question"], frozenset({one["document"]})))
    return queries


def _reference(question: dict[str, Any], chunks: Sequence[Chunk]) -> str:
    """The sentence of the question's section that holds what the answer must say; else that alone."""
    wanted = _plain(question["answer_contains"])
    for chunk in chunks:
        if chunk.document == question["document"]:
            for sentence in chunk.sentences:
                if wanted in _plain(sentence.text):
                    return sentence.text
    return str(question["answer_contains"])


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("–", "-").replace("’", "'").replace("**", "").split())
