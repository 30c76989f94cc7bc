"""Asks and updates the knowledge: through the action server when it runs, for it owns the index then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.progress import Progress

from rapport.client import Assistant
from rapport.console import console, done
from rapport.errors import RapportError
from rapport.fingerprint import changed_parts, fingerprint, read_parts, write_parts
from rapport.secret_files import API_KEY, read_secret
from rapport.settings import Settings


@dataclass(frozen=True)
class Report:
    """What an update did: paths of documents; `skipped` are sentences about what was left out."""

    added: Sequence[str]
    changed: Sequence[str]
    removed: Sequence[str]
    unchanged: Sequence[str]
    skipped: Sequence[str]
    chunks: int


def knowledge_parts(settings: Settings) -> dict[str, str]:
    """Fingerprints of what the index and the help pages are made of."""
    return {
        "documents": fingerprint([settings.knowledge.folder]),
        "code": fingerprint([Path("llm/knowledge"), Path("llm/help_pages.py")], "*.py"),
        "settings": f"{settings.encoder.model} {settings.knowledge.model_dump_json()}",
    }


def state_file(settings: Settings) -> Path:
    """Where the fingerprints of the index are saved: beside it."""
    folder = settings.knowledge.chroma_folder
    return folder.with_name(f"{folder.name}.fingerprint.json")


def knowledge_is_current(settings: Settings) -> bool:
    """Whether index and help pages are those of the folder as it is."""
    there = (
        settings.knowledge.chroma_folder.is_dir() and (settings.knowledge.help_folder / "index.html").exists()
    )
    return there and not changed_parts(knowledge_parts(settings), read_parts(state_file(settings)))


def running_server(settings: Settings) -> Assistant | None:
    """The action server, if it runs."""
    if not API_KEY.exists():
        return None
    assistant = Assistant(settings, read_secret(API_KEY))
    return assistant if assistant.actions_are_ready() else None


def update(settings: Settings, progress: Progress) -> Report:
    """Brings index and help pages up to date.

    Raises:
        RapportError: the folder cannot be read, or another program has the index.
    """
    parts = knowledge_parts(settings)
    server = running_server(settings)
    report = _remote_update(server) if server else _local_update(settings, progress)
    write_parts(state_file(settings), parts)
    return report


def _remote_update(server: Assistant) -> Report:
    with console.status("The action server reads the knowledge …"):
        return Report(**server.action_server("/knowledge/index", {}, timeout_seconds=600))


def _local_update(settings: Settings, progress: Progress) -> Report:
    from llm.encoder import load_encoder
    from llm.help_pages import write_help_pages
    from llm.knowledge.index import KnowledgeIndex
    from llm.knowledge.loading import load_documents

    task = progress.add_task("Reading documents", total=None)

    def show(number: int, total: int, path: str) -> None:
        progress.update(task, completed=number, total=total, description=f"Indexing {path or 'done'}")

    encoder = load_encoder(settings.encoder.model, settings.encoder.cache_dir)
    with KnowledgeIndex(settings.knowledge.chroma_folder, encoder) as index:
        made = index.update(settings.knowledge.folder, show)
    knowledge = settings.knowledge
    write_help_pages(load_documents(knowledge.folder), knowledge.help_folder, knowledge.help_title)
    progress.remove_task(task)
    skipped = [f"{item.path}: {item.reason}" for item in made.skipped]
    return Report(made.added, made.changed, made.removed, made.unchanged, skipped, made.chunks)


def show_report(report: Report) -> None:
    """Prints what an update did."""
    for name, documents in (("new", report.added), ("changed", report.changed), ("gone", report.removed)):
        for document in documents:
            console.print(f"  {name:8} {document}", markup=False)
    for sentence in report.skipped:
        console.print(f"  left out {sentence}", markup=False, style="yellow")
    count = len(report.added) + len(report.changed) + len(report.unchanged)
    done(f"{count} documents in {report.chunks} passages; {len(report.unchanged)} were unchanged")


def ask(settings: Settings, question: str) -> dict[str, Any]:
    """An answer from the knowledge.

    Returns:
        `found`, `text`, `confidence`, `grounded` and `citations` (title, heading, url).
    """
    if not question.strip():
        raise RapportError(
            'The question is empty: write it in quotes, as in rapport ask "Do you ship to France?".'
        )
    server = running_server(settings)
    if server:
        return server.action_server("/knowledge/ask", {"question": question})
    return _local_answer(settings, question)


def _local_answer(settings: Settings, question: str) -> dict[str, Any]:
    from llm.encoder import load_encoder
    from llm.knowledge.index import KnowledgeIndex

    if not settings.knowledge.chroma_folder.is_dir():
        raise RapportError("The knowledge was never indexed: run `rapport index` first.")
    encoder = load_encoder(settings.encoder.model, settings.encoder.cache_dir)
    with (
        console.status("Opening the knowledge …"),
        KnowledgeIndex(settings.knowledge.chroma_folder, encoder) as index,
    ):
        answer = _answerer(index, settings).answer(question)
    citations = [
        {
            "title": item.title,
            "heading": " › ".join(item.heading_path),
            "url": settings.knowledge.link_base + item.link,
        }
        for item in answer.citations
    ]
    return {
        "found": answer.found,
        "text": answer.text,
        "confidence": answer.confidence,
        "grounded": answer.grounded,
        "citations": citations,
    }


def _answerer(index: Any, settings: Settings) -> Any:
    """Answers as the action server would; without a threshold in the settings the fitted one counts."""
    from llm.answerability import DEFAULT
    from llm.answering import Answerer

    threshold = settings.answers.threshold
    answerability = DEFAULT if threshold is None else replace(DEFAULT, threshold=threshold)
    return Answerer(index, answerability=answerability, passages=settings.answers.passages)


def show_answer(answer: dict[str, Any], as_json: bool) -> None:
    """Prints an answer for people or programs."""
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))  # noqa: T201
        return
    text = answer["text"] if answer["found"] else "The knowledge does not hold an answer to that."
    console.print(text, markup=False, soft_wrap=True)
    for citation in answer["citations"]:
        heading = f", {citation['heading']}" if citation.get("heading") else ""
        console.print(
            f"  → {citation['title']}{heading}  {citation['url']}", markup=False, style="cyan", soft_wrap=True
        )
    console.print(f"  confidence {answer['confidence']:.2f}", style="dim")
