"""Asks and updates the knowledge: through the action server when it runs, for it owns the index then."""

from __future__ import annotations

import json
from typing import Any

from rich.progress import Progress

from rapport.client import Assistant
from rapport.console import console, done
from rapport.errors import RapportError
from rapport.knowledge_local import Report, filters_of, make_answerer, open_index, update_index
from rapport.knowledge_past import answerer_as_of
from rapport.secret_files import API_KEY, read_secret
from rapport.settings import Settings

UPDATE_TIMEOUT_SECONDS = 600
# What of an answer is told, by the action server (actions/server.py) as by this process.
SHOWN = ("found", "text", "confidence", "grounded", "generator", "prompt")


def running_server(settings: Settings) -> Assistant | None:
    """The action server, if it runs."""
    if not API_KEY.exists():
        return None
    assistant = Assistant(settings, read_secret(API_KEY))
    return assistant if assistant.actions_are_ready() else None


def update(settings: Settings, progress: Progress, rebuild: bool = False, file: str = "") -> Report:
    """Brings index and help pages up to date.

    Args:
        settings: all settings.
        progress: shows how far it is.
        rebuild: throw the index away first; a damaged one is mended by that.
        file: of the folder; only this one is read.

    Raises:
        RapportError: the action server could not.
        LlmError: the folder cannot be read, or another program has the index.
    """
    server = running_server(settings)
    task = progress.add_task(
        "The action server reads the knowledge" if server else "Reading documents", total=None
    )

    def show(number: int, total: int, path: str) -> None:
        progress.update(task, completed=number, total=total, description=f"Indexing {path}")

    try:
        if server:
            return Report(
                **server.action_server(
                    "/knowledge/index", {"rebuild": rebuild, "file": file}, UPDATE_TIMEOUT_SECONDS
                )
            )
        with open_index(settings, rebuild) as index:
            return update_index(index, settings, show, file)
    finally:
        progress.remove_task(task)


def show_report(report: Report) -> None:
    """Prints what an update did."""
    for name, documents in (("new", report.added), ("changed", report.changed), ("gone", report.removed)):
        for document in documents:
            console.print(f"  {name:8} {document}", markup=False)
    for sentence in report.skipped:
        console.print(f"  left out {sentence}", markup=False, style="yellow")
    count = len(report.added) + len(report.changed) + len(report.unchanged)
    done(f"{count} documents in {report.chunks} passages; {len(report.unchanged)} were unchanged")


def ask(settings: Settings, question: str, as_of: str = "") -> dict[str, Any]:
    """An answer from the knowledge.

    Args:
        question: what is asked.
        as_of: a day, as 2026-05-01: the answer comes from what stood there at its end.

    Returns:
        `found`, `text`, `confidence`, `grounded`, `generator`, `prompt` and `citations` (title, heading,
        url, document, version).
    """
    if not question.strip():
        raise RapportError(
            'The question is empty: write it in quotes, as in rapport ask "Do you ship to France?".'
        )
    server = running_server(settings)
    if server:
        return server.action_server("/knowledge/ask", {"question": question, "as_of": as_of})
    return _local_answer(settings, question, as_of)


def _local_answer(settings: Settings, question: str, as_of: str) -> dict[str, Any]:
    if not settings.knowledge.chroma_url and not settings.knowledge.chroma_folder.is_dir():
        raise RapportError("The knowledge was never indexed: run `rapport index` first.")
    with console.status("Opening the knowledge …"), open_index(settings) as index:
        answerer = answerer_as_of(index, settings, as_of) if as_of else make_answerer(index, settings)
        answer = answerer.answer(question, filters=filters_of(settings, as_of))
    values = {name: getattr(answer, name) for name in SHOWN}
    base = settings.knowledge.link_base
    citations = [
        {
            "title": cited.title,
            "heading": cited.heading_path[-1] if cited.heading_path else "",
            "url": base + cited.link,
            "document": cited.document,
            "version": cited.version,
        }
        for cited in answer.citations
    ]
    return {**values, "citations": citations}


def show_answer(answer: dict[str, Any], as_json: bool, as_of: str = "") -> None:
    """Prints an answer for people or programs; one of another day with the versions that it stands in."""
    if as_json:
        print(json.dumps(answer, ensure_ascii=False, indent=2))  # noqa: T201
        return
    text = answer["text"] if answer["found"] else "The knowledge does not hold an answer to that."
    console.print(text, markup=False, soft_wrap=True)
    show_citations(answer["citations"])
    for cited in answer["citations"] if as_of else []:
        line = f"  rapport knowledge show {cited['document']} --version {cited['version']}"
        console.print(line, markup=False, style="dim", soft_wrap=True)
    prompt = f", asked by {answer['prompt']}" if answer.get("prompt") else ""
    writer = f", written by {answer['generator']}{prompt}" if answer.get("generator") else ""
    console.print(
        f"  confidence {answer['confidence']:.2f}{writer}", style="dim", markup=False, soft_wrap=True
    )


def show_citations(citations: list[dict[str, Any]]) -> None:
    """Prints where an answer stands."""
    for cited in citations:
        heading = f", {cited['heading']}" if cited.get("heading") else ""
        line = f"  → {cited.get('title')}{heading}  {cited.get('url')}"
        console.print(line, markup=False, style="cyan", soft_wrap=True)
