"""Sentences of a chunk as a customer would read them, each with its place in the document.

Table rows become readable text ("Ireland: price £9.50, time 4–6 working days") and a list keeps its lead-in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt

_END = re.compile(r"(?<=[.!?])[\"')\]*_]*\s+(?=[\"'„(\[*_]*[A-ZÄÖÜ0-9£])")
# The last one is a German ordinal: "am 30. Tag", "vom 1. Januar an".
_ABBREVIATION = re.compile(
    r"\b(?:(?:e\.g|i\.e|etc|approx|no|st|mr|mrs|ms|dr|vs|min|max|incl|tel|z|z\.\s?b|bzw|ca|usw|nr|inkl|ggf)\."
    r"|(?:am|vom|bis|zum|dem|den|der|das|im|ab|und|jeden)\s+\d{1,2}\.)[\"')\]*_]*$",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^(\s*)(?:[-*+]|(\d+)[.)])\s+")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")


@dataclass(frozen=True)
class Sentence:
    """One statement of the knowledge.

    Attributes:
        text: plain readable text, without Markdown.
        start: first character in the document's Markdown.
        end: one past the last character there.
        kind: text, lead (introduces the list after it), item, step (of a numbered list) or row (of a table).
    """

    text: str
    start: int
    end: int
    kind: str = "text"


def split_sentences(markdown: str, offset: int = 0, ordinary: frozenset[str] | None = None) -> list[Sentence]:
    """Sentences of a piece of Markdown.

    Args:
        markdown: one or more whole blocks (paragraphs, lists, tables); headings are left out.
        offset: where the piece starts in its document.
        ordinary: `ordinary_words` of the whole document; the piece's own by default.
    """
    ordinary = ordinary_words(markdown) if ordinary is None else ordinary
    sentences: list[Sentence] = []
    for start, block in _blocks(markdown):
        if block.lstrip().startswith("#"):
            continue
        if _is_table(block):
            sentences += _rows(block, offset + start, ordinary)
        else:
            sentences += _prose(block, offset + start)
    return [s for s in sentences if any(c.isalnum() for c in s.text)]


def ordinary_words(markdown: str) -> frozenset[str]:
    """What a document writes in small letters: it shows which column names are words ("Price"), not names."""
    return frozenset(re.findall(r"\b[a-z]+\b", markdown))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


@lru_cache(maxsize=10_000)
def plain_text(markdown: str) -> str:
    """Inline Markdown as plain text: emphasis, links and code lose their marks."""
    parts: list[str] = []
    for token in _parser().parseInline(markdown)[0].children or []:
        parts.append(" " if token.type in ("softbreak", "hardbreak") else token.content)
    return " ".join("".join(parts).split())


def _blocks(markdown: str) -> Iterator[tuple[int, str]]:
    """Runs of lines without an empty line between them, and each list item by itself."""
    start, position = 0, 0
    lines: list[str] = []
    for line in markdown.splitlines(keepends=True):
        if lines and (not line.strip() or _ITEM.match(line) or line.lstrip().startswith("#")):
            yield start, "".join(lines)
            lines = []
        if line.strip():
            start = position if not lines else start
            lines.append(line)
        position += len(line)
    if lines:
        yield start, "".join(lines)


def _is_table(block: str) -> bool:
    lines = block.strip().splitlines()
    return len(lines) >= 2 and "|" in lines[0] and bool(_TABLE_RULE.match(lines[1]))


def _prose(block: str, offset: int) -> Iterator[Sentence]:
    item = _ITEM.match(block)
    kind = "text" if item is None else "step" if item.group(2) else "item"
    start = item.end() if item else 0
    start += len(block[start:]) - len(block[start:].lstrip("> \t"))
    for first, last in _sentence_spans(block, start):
        text = plain_text(block[first:last].strip())
        lead = text.endswith(":") and kind == "text"
        yield Sentence(text, offset + first, offset + last, "lead" if lead else kind)
        kind = "text" if kind == "text" else "more"  # later sentences of an item belong to it


def _sentence_spans(block: str, start: int) -> Iterator[tuple[int, int]]:
    end = len(block.rstrip())
    for match in _END.finditer(block, start):
        if not _ABBREVIATION.search(block[start : match.start() + len(match.group().rstrip())]):
            yield start, match.start() + len(match.group().rstrip())
            start = match.end()
    if start < end:
        yield start, end


def _rows(block: str, offset: int, ordinary: frozenset[str]) -> Iterator[Sentence]:
    lines = block.splitlines(keepends=True)
    head = [_lower_first(plain_text(cell), ordinary) for cell in _cells(lines[0])]
    position = len(lines[0]) + len(lines[1])
    for line in lines[2:]:
        cells = [plain_text(cell) for cell in _cells(line)]
        if any(cells):
            yield Sentence(
                row_text(head, cells), offset + position, offset + position + len(line.rstrip()), "row"
            )
        position += len(line)


def _cells(line: str) -> list[str]:
    stripped = line.strip().removeprefix("|")
    stripped = stripped[:-1] if stripped.endswith("|") and not stripped.endswith("\\|") else stripped
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", stripped)]


def row_text(head: list[str], cells: list[str]) -> str:
    """A table row as text: its first cell, then "column name value" for the others."""
    named = [f"{name} {value}".strip() for name, value in zip(head[1:], cells[1:]) if value]
    return f"{cells[0]}: {', '.join(named)}." if named else f"{cells[0]}."


def _lower_first(name: str, ordinary: frozenset[str]) -> str:
    first = (name.split() or [""])[0]
    return name[:1].lower() + name[1:] if first.lower() in ordinary else name
