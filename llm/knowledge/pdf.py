"""PDF to Markdown: larger type becomes headings, ruled tables tables, lines paragraphs and lists."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

# A line counts as a heading from this multiple of the size that most characters have.
HEADING_RATIO = 1.12
_BULLET = re.compile(r"^\s*[•‣◦▪–·\-*]\s+")
_NUMBERED = re.compile(r"^\s*\d{1,2}[.)]\s+")
_PAGE_NUMBER = re.compile(r"^\s*(?:page\s+)?\d{1,3}(?:\s*(?:/|of)\s*\d{1,3})?\s*$", re.IGNORECASE)

# (top of the block on its page, font size or 0 for a table, text)
Line = tuple[float, float, str]


def pdf_metadata(path: Path) -> dict[str, str]:
    """The document's properties (Title, Subject, Keywords, ModDate …) as text."""
    import pdfplumber

    with pdfplumber.open(path) as pdf:
        return {key: str(value) for key, value in (pdf.metadata or {}).items() if value}


def pdf_to_markdown(path: Path) -> str:
    """The text of a PDF as Markdown."""
    import pdfplumber

    with pdfplumber.open(path) as pdf:
        pages = []
        for page in pdf.pages:
            pages.append(_page_lines(page))
            page.close()  # what it keeps of a page are megabytes
    lines = [line for page in pages for line in page if not _PAGE_NUMBER.match(line[2])]
    sizes: Counter = Counter()
    for _, size, text in lines:
        sizes[size] += len(text) if size else 0
    body_size = sizes.most_common(1)[0][0] if sizes else 0.0
    levels = sorted((size for size in sizes if size > body_size * HEADING_RATIO), reverse=True)
    return _join(lines, levels)


def _page_lines(page: Any) -> list[Line]:
    tables = [table for table in page.find_tables() if _is_table(table.extract())]
    outside = page
    for table in tables:
        outside = outside.outside_bbox(table.bbox)
    lines: list[Line] = [(table.bbox[1], 0.0, _table_markdown(table.extract())) for table in tables]
    for line in outside.extract_text_lines(return_chars=True):
        size = Counter(round(char["size"] * 2) / 2 for char in line["chars"]).most_common(1)[0][0]
        lines.append((line["top"], size, line["text"].strip()))
    return sorted(lines, key=lambda line: line[0])


def _is_table(rows: list[list[str | None]]) -> bool:
    return len(rows) >= 2 and len(rows[0]) >= 2


def _table_markdown(rows: list[list[str | None]]) -> str:
    cells = [[" ".join((cell or "").split()).replace("|", "\\|") for cell in row] for row in rows]
    head, *body = ["| " + " | ".join(row) + " |" for row in cells]
    return "\n".join([head, "|" + " --- |" * len(cells[0]), *body])


def _join(lines: list[Line], levels: list[float]) -> str:
    blocks: list[str] = []
    previous: Line | None = None
    for line in lines:
        kind = _kind(line, levels)
        text = _BULLET.sub("- ", line[2]) if kind == "item" else line[2]
        if previous and _continues(previous, line, kind):
            blocks[-1] += " " + text
        elif (
            previous
            and kind == "item"
            and _kind(previous, levels) in ("item", "text")
            and _is_near(previous, line)
        ):
            blocks[-1] += "\n" + text
        else:
            mark = "#" * min(levels.index(line[1]) + 1, 6) + " " if kind == "heading" else ""
            blocks.append(mark + text)
        previous = line
    return "\n\n".join(blocks)


def _kind(line: Line, levels: list[float]) -> str:
    _, size, text = line
    if not size:
        return "table"
    if size in levels:
        return "heading"
    return "item" if _BULLET.match(text) or _NUMBERED.match(text) else "text"


def _continues(previous: Line, line: Line, kind: str) -> bool:
    # A heading, paragraph or list item that was broken at the end of the line.
    return kind in ("heading", "text") and previous[1] == line[1] and _is_near(previous, line)


def _is_near(previous: Line, line: Line) -> bool:
    return 0 < line[0] - previous[0] < line[1] * 1.75
