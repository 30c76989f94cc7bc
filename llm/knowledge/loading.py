"""Read a folder of help articles: Markdown, HTML, Word and PDF become one kind of Document."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import structlog

from llm.errors import KnowledgeError
from llm.knowledge.formats import Content, UnreadableError, read_docx, read_html, read_markdown, read_pdf

logger = structlog.get_logger()

# Books are shorter; what is longer is most likely a dump, and would be held in memory.
MAX_BYTES = 50_000_000

READERS: dict[str, Callable[[Path], Content]] = {
    ".md": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".docx": read_docx,
    ".pdf": read_pdf,
}


@dataclass(frozen=True)
class Document:
    """One help article.

    Attributes:
        path: its path inside the knowledge folder, with forward slashes; its identity.
        updated: date as written (ISO), or empty.
        text: the whole article as Markdown, without front matter; spans of citations count its characters.
        version: hash of text and front matter.
        asked: by heading, how customers put the question that its section answers.
        language: two letters, empty for the help centre's own.
        audience: whom it is for; empty for everybody.
        products: what it is about; empty for nothing in particular.
        valid_until: last day (ISO) on which it holds, or empty.
    """

    path: str
    title: str
    topic: str
    updated: str
    keywords: tuple[str, ...]
    text: str
    version: str
    asked: tuple[tuple[str, tuple[str, ...]], ...] = ()
    language: str = ""
    audience: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    valid_until: str = ""


@dataclass(frozen=True)
class Skipped:
    """A file that was not read, and why (a sentence that names the fix)."""

    path: str
    reason: str


@dataclass(frozen=True)
class Loaded:
    """What a knowledge folder holds."""

    documents: tuple[Document, ...]
    skipped: tuple[Skipped, ...]


def load_documents(folder: Path) -> list[Document]:
    """All readable documents of a folder and its subfolders, by path; unreadable files are logged as
    warnings.

    Raises:
        KnowledgeError: the folder is missing or holds no readable document.
    """
    return list(load_folder(folder).documents)


def load_folder(folder: Path) -> Loaded:
    """Like `load_documents`, with the files that were skipped; one file may stand for a folder.

    Raises:
        KnowledgeError: the folder is missing or holds no readable document.
    """
    if folder.is_file():
        return Loaded((load_document(folder),), ())
    if not folder.is_dir():
        raise KnowledgeError(
            f"The knowledge folder {folder} does not exist. Create it and put help articles "
            "(.md, .html, .docx, .pdf) in it, or point the setting at the folder that has them."
        )
    documents, skipped = [], []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not _is_hidden(p, folder)):
        try:
            documents.append(load_document(path, folder))
        except KnowledgeError as error:
            skipped.append(Skipped(_name(path, folder), str(error)))
            logger.warning("knowledge.document.skipped", path=_name(path, folder), reason=str(error))
    if not documents:
        reasons = " ".join(s.reason for s in skipped[:3])
        raise KnowledgeError(
            f"The knowledge folder {folder} holds no readable document. "
            f"{reasons or 'Put at least one .md, .html, .docx or .pdf file in it.'}"
        )
    return Loaded(tuple(documents), tuple(skipped))


def load_document(path: Path, folder: Path | None = None) -> Document:
    """Read one file.

    Args:
        path: the file.
        folder: what the document's own path is relative to; by default the file's folder.

    Raises:
        KnowledgeError: the file is of an unknown kind, broken or empty; the message names it.
    """
    name = _name(path, folder or path.parent)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise KnowledgeError(
            f"{name}: files of kind {path.suffix or '(none)'!r} are not read. "
            f"Save it as {', '.join(READERS)}."
        )
    if path.stat().st_size > MAX_BYTES:
        raise KnowledgeError(
            f"{name}: has {path.stat().st_size / 1e6:.0f} MB; articles of up to {MAX_BYTES / 1e6:.0f} MB are "
            "read. Split it into several files."
        )
    try:
        content = _read(path, reader)
    except UnreadableError as error:
        raise KnowledgeError(f"{name}: {error}") from error
    except (
        Exception
    ) as error:  # parsers of four formats raise what they like; the file's name must not get lost
        raise KnowledgeError(
            f"{name}: cannot be read as {path.suffix} ({_first_line(error)}). Repair or remove it."
        ) from error
    if not content.text.strip():
        raise KnowledgeError(f"{name}: holds no text. Write the article or remove the file.")
    return _document(name, content)


def _read(path: Path, reader: Callable[[Path], Content]) -> Content:
    """PDF and Word take most of a second to parse: an unchanged file is read once."""
    if path.suffix.lower() not in (".pdf", ".docx"):
        return reader(path)
    stat = path.stat()
    return _read_once(path, reader, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=200)
def _read_once(path: Path, reader: Callable[[Path], Content], modified: int, size: int) -> Content:
    return reader(path)


def _document(name: str, content: Content) -> Document:
    _check_day(name, content.valid_until)
    text = content.text.replace("\r\n", "\n").strip() + "\n"
    title = (
        content.title
        or _first_heading(text)
        or Path(name).stem.replace("-", " ").replace("_", " ").capitalize()
    )
    asked = tuple((heading, tuple(questions)) for heading, questions in content.asked.items())
    parts = [
        name,
        title,
        content.topic,
        content.updated,
        *content.keywords,
        *_flat(asked),
        content.language,
        *(f"audience {one}" for one in content.audience),
        *(f"product {one}" for one in content.products),
        *([f"valid until {content.valid_until}"] if content.valid_until else []),
        text,
    ]
    version = hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:16]
    return Document(
        name,
        title,
        content.topic,
        content.updated,
        tuple(content.keywords),
        text,
        version,
        asked,
        content.language,
        tuple(content.audience),
        tuple(content.products),
        content.valid_until,
    )


def _check_day(name: str, day: str) -> None:
    try:
        date.fromisoformat(day or "9999-12-31")
    except ValueError as error:
        raise KnowledgeError(f"{name}: valid_until is {day!r}: write the day as 2026-05-01.") from error


def _flat(asked: tuple[tuple[str, tuple[str, ...]], ...]) -> list[str]:
    return [text for heading, questions in asked for text in (heading, *questions)]


def _first_heading(text: str) -> str:
    return next((line.lstrip("#").strip() for line in text.splitlines() if line.startswith("#")), "")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _is_hidden(path: Path, folder: Path) -> bool:
    # README files explain the folder to its editors; they are no help articles.
    parts = path.relative_to(folder).parts
    return any(part.startswith((".", "~$")) for part in parts) or parts[-1].lower() == "readme.md"
