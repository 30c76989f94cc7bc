"""Every version of every article that was ever indexed, and when answers could come from it.

A SQLite file of its own, not a part of the index: an index can be built again from the folder at any time,
what stood there last May cannot. A text is kept once, by its hash, however often it comes back.
"""

import difflib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from llm.errors import KnowledgeError
from llm.knowledge.loading import Document, Loaded

_TABLES = """
CREATE TABLE IF NOT EXISTS contents (version TEXT PRIMARY KEY, document TEXT NOT NULL, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS periods (
    document TEXT NOT NULL, version TEXT NOT NULL REFERENCES contents, since TEXT NOT NULL, until TEXT,
    PRIMARY KEY (document, since));
"""
_PERIODS = (
    "SELECT document, version, since, until, content FROM periods JOIN contents USING (document, version)"
)
_WAIT_SECONDS = 10


@dataclass(frozen=True)
class Version:
    """A version of an article, and when it was in force.

    Attributes:
        document: the article's path in the knowledge folder.
        version: hash of its text and front matter, as in citations.
        since: from when it counts (UTC).
        until: when another version, or nothing, took its place (UTC); None for the present one.
        article: the article as it was.
    """

    document: str
    version: str
    since: datetime
    until: datetime | None
    article: Document


class Versions:
    """The versions of all articles.

    Example:
        >>> Versions(Path("var/knowledge.db")).at(datetime(2026, 5, 1, tzinfo=UTC))[0].path
        'account/newsletter.md'

    Args:
        file: made with the first `record`.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def record(self, loaded: Loaded, now: datetime) -> None:
        """Note what the folder holds now; what is known already stays as it is.

        The first version of an article counts from its own date, for nothing is known of the time before; any
        later one from now, for until now answers came from the one before.

        Args:
            loaded: what was indexed. A file that cannot be read just now keeps its last good version.
            now: aware.
        """
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as database:
            database.executescript(_TABLES)
            known = {row[0] for row in database.execute("SELECT DISTINCT document FROM periods")}
            current = dict(database.execute("SELECT document, version FROM periods WHERE until IS NULL"))
            wanted = {one.path: one for one in loaded.documents}
            kept = {one.path for one in loaded.skipped}
            ended = [
                path
                for path, version in current.items()
                if path not in kept and (path not in wanted or wanted[path].version != version)
            ]
            fresh = [one for path, one in wanted.items() if current.get(path) != one.version]
            database.executemany(
                "UPDATE periods SET until = ? WHERE document = ? AND until IS NULL",
                [(_stamp(now), path) for path in ended],
            )
            database.executemany(
                "INSERT OR IGNORE INTO contents VALUES (?, ?, ?)",
                [(one.version, one.path, json.dumps(asdict(one), ensure_ascii=False)) for one in fresh],
            )
            database.executemany(
                "INSERT OR REPLACE INTO periods VALUES (?, ?, ?, NULL)",
                [
                    (one.path, one.version, _stamp(now if one.path in known else _own_date(one, now)))
                    for one in fresh
                ],
            )

    def at(self, moment: datetime) -> list[Document]:
        """The articles as they stood at a moment (aware), by path.

        Raises:
            KnowledgeError: nothing is known of that time.
        """
        stamp = _stamp(moment)
        rows = self._read(
            f"{_PERIODS} WHERE since <= ? AND (until IS NULL OR until > ?) ORDER BY document", stamp, stamp
        )
        if not rows:
            oldest = self._read("SELECT MIN(since) FROM periods")[0][0]
            since = f"the oldest version is of {oldest[:10]}" if oldest else "none was ever kept"
            raise KnowledgeError(
                f"No article is known that stood there on {moment:%Y-%m-%d}: {since}. Ask for a later day."
            )
        return [row.article for row in map(_version, rows)]

    def history(self, document: str = "") -> list[Version]:
        """All versions of an article, or of all articles, by article, oldest first.

        Raises:
            KnowledgeError: there is no such article.
        """
        where = "WHERE document = ?" if document else ""
        rows = self._read(f"{_PERIODS} {where} ORDER BY document, since", *([document] if document else []))
        if document and not rows:
            names = [row[0] for row in self._read("SELECT DISTINCT document FROM periods")]
            close = difflib.get_close_matches(document, names, 1)
            hint = f"did you mean {close[0]}?" if close else "`rapport knowledge history` lists all."
            raise KnowledgeError(f"No version of {document} is known: {hint}")
        return list(map(_version, rows))

    def show(self, document: str, version: str = "") -> Version:
        """One version of an article: the newest, or the one whose hash begins so.

        Raises:
            KnowledgeError: there is no such article or version, or several begin so.
        """
        known = {one.version: one for one in self.history(document)}
        found = [one for name, one in known.items() if name.startswith(version)] if version else []
        if not version:
            return list(known.values())[-1]
        if len(found) != 1:
            what = "several versions begin with" if found else "there is no version"
            raise KnowledgeError(f"{document}: {what} {version!r}. Known are {', '.join(known)}.")
        return found[0]

    def prune(self, before: datetime) -> int:
        """Forget versions that ended before a moment (aware); the present ones always stay.

        Returns:
            How many were forgotten.
        """
        if not self.file.exists():
            return 0
        with self._open() as database:
            database.execute("PRAGMA secure_delete = ON")  # what is forgotten leaves no bytes in the file
            database.executescript(_TABLES)
            gone = database.execute("DELETE FROM periods WHERE until < ?", (_stamp(before),)).rowcount
            database.execute("DELETE FROM contents WHERE version NOT IN (SELECT version FROM periods)")
        return gone

    def _read(self, query: str, *values: Any) -> Sequence[Any]:
        if not self.file.exists():
            raise KnowledgeError(f"No versions are kept in {self.file} yet: run `rapport index` first.")
        with self._open() as database:
            database.executescript(_TABLES)
            return database.execute(query, values).fetchall()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """One transaction; a connection of its own, for threads of a server read while another writes."""
        try:
            with closing(sqlite3.connect(self.file, timeout=_WAIT_SECONDS)) as database, database:
                yield database
        except sqlite3.Error as error:
            raise KnowledgeError(
                f"The versions of the articles in {self.file} cannot be used ({error}). Restore the file "
                "from a backup, or move it away: the next `rapport index` begins a new one. "
                "Answers go on without it."
            ) from error


def _version(row: Any) -> Version:
    document, version, since, until, content = row
    return Version(
        document,
        version,
        datetime.fromisoformat(since),
        datetime.fromisoformat(until) if until else None,
        _document(json.loads(content)),
    )


def _document(values: dict[str, Any]) -> Document:
    """An article from JSON, which knows no tuples; fields of an older or newer Rapport are left alone."""
    names = {field.name for field in fields(Document)}
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name in names
    }
    known["asked"] = tuple((heading, tuple(questions)) for heading, questions in values.get("asked", []))
    return Document(**known)


def _own_date(document: Document, now: datetime) -> datetime:
    """When an article says that it was written; now if it does not, or names a day to come."""
    try:
        own = datetime.combine(date.fromisoformat(document.updated[:10]), time(), UTC)
    except ValueError:
        return now
    return min(own, now)


def _stamp(moment: datetime) -> str:
    """A moment as text that sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
