"""What is wrong with the help centre: contradictions, duplicates, stale articles, gaps."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.console import console
from rapport.knowledge import running_server
from rapport.knowledge_local import open_index
from rapport.settings import Settings
from rapport.unanswered import Unanswered, read_unanswered

if TYPE_CHECKING:
    from llm.knowledge.index import KnowledgeIndex
    from llm.knowledge.loading import Document

REPORT_TIMEOUT_SECONDS = 600
_SHOWN = 25
_DAYS_A_MONTH = 365 / 12

# By kind of finding: a heading, and what each entry has.
_TITLES = {
    "contradictions": "Contradictions: two sections that cannot both be true",
    "duplicates": "Duplicates: two sections that say the same",
    "stale": "Stale articles",
    "gaps": "Gaps: questions that nobody could answer",
}


@dataclass(frozen=True)
class Stale:
    """An article that somebody should look through: its path and why."""

    document: str
    why: str


def report(settings: Settings, stale_months: int, days: int) -> dict[str, Any]:
    """All findings by kind, as plain values.

    Args:
        settings: all settings.
        stale_months: an article whose own date is older is stale.
        days: unanswered questions of so many last days count.

    Raises:
        RapportError: the conversations cannot be read.
        LlmError: the articles cannot be read.
    """
    from llm.knowledge.loading import load_documents

    questions = read_unanswered(days)
    outdated = stale(load_documents(settings.knowledge.folder), date.today(), stale_months)
    server = running_server(settings)
    if server:
        asked = [asdict(question) for question in questions]
        found = server.action_server("/knowledge/report", {"questions": asked}, REPORT_TIMEOUT_SECONDS)
    else:
        with console.status("Comparing sections …"), open_index(settings) as index:
            found = examine(index, questions)
    parts = {**found, "stale": [asdict(one) for one in outdated]}
    return {"counts": {kind: len(parts[kind]) for kind in _TITLES}, **{kind: parts[kind] for kind in _TITLES}}


def examine(index: KnowledgeIndex, questions: list[Unanswered]) -> dict[str, Any]:
    """What an index shows, in all languages: contradictions, duplicates and gaps, as plain values."""
    from llm.knowledge.findings import by_kind, findings
    from llm.knowledge.gaps import gaps

    indexes = {index.language: index, **index.translations}
    found = [one for each in indexes.values() for one in findings(each.contents)]
    missing = []
    for language, each in indexes.items():
        missing += gaps([q.text for q in questions if _index_of(q, index) == language], each)
    return {
        "contradictions": [asdict(one) for one in by_kind(found, "contradiction")],
        "duplicates": [asdict(one) for one in by_kind(found, "duplicate")],
        "gaps": [
            {**asdict(one), "examples": list(one.examples)}
            for one in sorted(missing, key=lambda gap: -gap.count)
        ],
    }


def _index_of(question: Unanswered, index: KnowledgeIndex) -> str:
    """The language of the index that should have answered."""
    return question.language if question.language in index.translations else index.language


def stale(documents: list[Document], today: date, months: int) -> list[Stale]:
    """Articles that no longer hold, those whose own date is older than so many months, and undated ones."""
    expired, old, undated = [], [], []
    for one in documents:
        until, updated = _day(one.valid_until), _day(one.updated)
        if until and until < today:
            expired.append((until, Stale(one.path, f"held until {until}")))
        elif updated and (today - updated).days > months * _DAYS_A_MONTH:
            age = round((today - updated).days / _DAYS_A_MONTH)
            old.append((updated, Stale(one.path, f"last looked through {updated}, {age} months ago")))
        elif updated is None:
            undated.append(Stale(one.path, "says no date: write `updated: 2026-05-01` into its front matter"))
    return [item for _, item in sorted(expired, key=_when) + sorted(old, key=_when)] + undated


def _when(dated: tuple[date, Stale]) -> tuple[date, str]:
    return dated[0], dated[1].document


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def show(found: dict[str, Any], as_json: bool, html: Path | None) -> None:
    """Prints the findings, as JSON if wanted, and writes them as a web page if a file is named."""
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))  # noqa: T201
        return
    for line, style in _lines(found):
        console.print(line, markup=False, style=style, soft_wrap=True)
    if html:
        html.write_text(_page(found), encoding="utf-8")
        console.print(f"written to {html}", style="dim", markup=False)


def _lines(found: dict[str, Any]) -> list[tuple[str, str]]:
    """What is printed, line by line, each with its style."""
    lines = []
    for kind, title in _TITLES.items():
        entries = found[kind]
        lines.append((f"{title}: {len(entries)}", "bold" if entries else "green"))
        for entry in entries[:_SHOWN]:
            first, *rest = _entry(kind, entry)
            lines += [(f"  {first}", "yellow"), *((f"      {line}", "") for line in rest)]
        if len(entries) > _SHOWN:
            lines.append((f"  … and {len(entries) - _SHOWN} more (--json shows all)", "dim"))
    return lines


def _entry(kind: str, entry: dict[str, Any]) -> list[str]:
    if kind == "stale":
        return [f"{entry['document']}: {entry['why']}"]
    if kind == "gaps":
        near = f"closest: {entry['closest']} ({entry['score']:.2f})"
        first, *others = entry["examples"]
        return [f"{entry['count']} × {first}", *others, near if entry["closest"] else "nothing is close"]
    places = (entry["first"], entry["second"])
    return [entry["why"], *(f"{one['document']}, {one['heading']}: {_short(one['text'])}" for one in places)]


def _short(text: str) -> str:
    return text if len(text) <= 160 else text[:157].rstrip() + " …"


def _page(found: dict[str, Any]) -> str:
    """The same as a plain web page that needs nothing else."""
    from html import escape

    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Knowledge report</title>'
        "<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto}</style>"
        "<h1>Knowledge report</h1>"
    ]
    for kind, title in _TITLES.items():
        parts.append(f"<h2>{escape(title)}: {len(found[kind])}</h2><ul>")
        for entry in found[kind]:
            parts.append("<li>" + "<br>".join(escape(line) for line in _entry(kind, entry)) + "</li>")
        parts.append("</ul>")
    return "\n".join(parts) + "</html>\n"
