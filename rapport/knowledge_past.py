"""What stood in the articles when: versions are kept, shown and compared, and answer questions."""

from __future__ import annotations

import difflib
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rapport.console import console, done
from rapport.errors import RapportError
from rapport.settings import Settings

if TYPE_CHECKING:
    from llm.answering import Answerer
    from llm.generators.base import Generator
    from llm.knowledge.index import KnowledgeIndex
    from llm.knowledge.loading import Loaded
    from llm.knowledge.versions import Version, Versions


def versions_of(settings: Settings) -> Versions:
    """The versions of all articles."""
    from llm.knowledge.versions import Versions

    return Versions(settings.knowledge.versions_file)


def keep_versions(loaded: Loaded, settings: Settings) -> list[str]:
    """Notes what was indexed, and forgets what is older than the settings want.

    Returns:
        A sentence if that failed: customers' answers do not depend on it.
    """
    from llm.errors import KnowledgeError

    versions, days, now = versions_of(settings), settings.knowledge.keep_versions_days, datetime.now(UTC)
    try:
        versions.record(loaded, now)
        if days is not None:
            versions.prune(now - timedelta(days=days))
    except KnowledgeError as error:
        return [str(error)]
    return []


def with_file(file: str, settings: Settings) -> Loaded:
    """All articles as they were indexed last, with one file as it is now.

    Raises:
        KnowledgeError: the file is not in the knowledge folder or cannot be read, or nothing was indexed yet.
    """
    from llm.errors import KnowledgeError
    from llm.knowledge.loading import Loaded, load_document

    folder, path = settings.knowledge.folder.absolute(), Path(file).absolute()
    if not path.is_file() or folder not in path.parents:
        raise KnowledgeError(
            f"{file} is no file in {settings.knowledge.folder}/: put it there, for an article that is not in "
            "the knowledge folder would be gone with the next `rapport index`."
        )
    own = load_document(path, folder)
    others = [one for one in versions_of(settings).at(datetime.now(UTC)) if one.path != own.path]
    return Loaded(tuple(sorted([own, *others], key=lambda one: one.path)), ())


def answerer_as_of(
    index: KnowledgeIndex, settings: Settings, day: str, generator: Generator | None = None
) -> Answerer:
    """Answers from the articles as they stood at the end of a day.

    Args:
        index: the present index.
        settings: all settings.
        day: as 2026-05-01, or a moment as 2026-05-01T14:30.
        generator: one that is there already; else made anew.

    Raises:
        KnowledgeError: it is no day, lies ahead, or nothing is known of it.
    """
    from llm.knowledge.as_of import past_index
    from rapport.knowledge_local import make_answerer

    past = past_index(index, versions_of(settings).at(moment_of(day)))
    return make_answerer(cast("KnowledgeIndex", past), settings, generator)  # has all that answers use


def moment_of(day: str) -> datetime:
    """The end of a day, or a moment, in UTC.

    Raises:
        KnowledgeError: it is no day, or lies ahead.
    """
    from llm.errors import KnowledgeError

    try:
        moment = datetime.fromisoformat(day)
        if len(day) <= len("2026-05-01"):
            moment = datetime.combine(date.fromisoformat(day), time.max)
    except ValueError as error:
        raise KnowledgeError(f"{day!r} is no day: write it as 2026-05-01, or as 2026-05-01T14:30.") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment.date() > datetime.now(UTC).date():
        raise KnowledgeError(f"{day} lies ahead: ask without a day for what stands there now.")
    return moment


def show_history(settings: Settings, document: str, as_json: bool) -> None:
    """Prints the versions of an article, or of all that changed since they were first indexed."""
    found = versions_of(settings).history(document)
    if as_json:
        print(json.dumps([_values(one) for one in found], ensure_ascii=False, indent=2))  # noqa: T201
        return
    from rich.table import Table

    table = Table(box=None, padding=(0, 1))
    for name in ("article", "version", "from", "until"):
        table.add_column(name, overflow="fold", min_width=16)
    for one in found:
        until = one.until.strftime("%Y-%m-%d %H:%M") if one.until else "now"
        table.add_row(one.document, one.version, f"{one.since:%Y-%m-%d %H:%M}", until)
    console.print(table)
    articles = len({one.document for one in found})
    done(f"{len(found)} versions of {articles} articles (times in UTC)")


def show_version(settings: Settings, document: str, version: str, against: str) -> None:
    """Prints a version of an article, or what differs in it from another one."""
    versions = versions_of(settings)
    one = versions.show(document, version)
    if not against:
        _print(f"{one.document}  {one.version}  {_period(one)}", "bold")
        _print(one.article.text)
        return
    other = versions.show(document, against)
    lines = difflib.unified_diff(
        other.article.text.splitlines(),
        one.article.text.splitlines(),
        f"{other.version}  {_period(other)}",
        f"{one.version}  {_period(one)}",
        lineterm="",
    )
    styles = {"+": "green", "-": "red", "@": "cyan"}
    for line in lines or []:
        _print(line, styles.get(line[:1], ""))
    if one.article.text == other.article.text:
        done("Their texts are the same")


def prune(settings: Settings, days: int | None) -> None:
    """Forgets versions that were replaced more than so many days ago.

    Raises:
        RapportError: neither the settings nor the call say how many.
    """
    kept = settings.knowledge.keep_versions_days if days is None else days
    if kept is None:
        raise RapportError(
            "All versions are kept (knowledge.keep_versions_days is null): name --days, as --days 365."
        )
    gone = versions_of(settings).prune(datetime.now(UTC) - timedelta(days=kept))
    done(f"{gone} versions that were replaced more than {kept} days ago are forgotten")


def _period(one: Version) -> str:
    return f"{one.since:%Y-%m-%d %H:%M} – {f'{one.until:%Y-%m-%d %H:%M}' if one.until else 'now'}"


def _values(one: Version) -> dict[str, Any]:
    return {
        "document": one.document,
        "version": one.version,
        "since": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "title": one.article.title,
        "updated": one.article.updated,
    }


def _print(text: str, style: str = "") -> None:
    console.print(text, markup=False, soft_wrap=True, style=style)
