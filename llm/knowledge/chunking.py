"""Cut documents where their authors did: a chunk lies in one section, and no table or list item is torn."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from markdown_it import MarkdownIt

from llm.knowledge.anchors import unique_slugs
from llm.knowledge.loading import Document
from llm.knowledge.sentences import Sentence, ordinary_words, plain_text, split_sentences

logger = structlog.get_logger()

# MiniLM reads 256 tokens; English help articles have about 4.5 characters a token, and the heading path comes
# on top.
MAX_CHARACTERS = 900
_TAKEN_OUT = re.compile(r" {20,}")
# A change here or in what is embedded makes every stored chunk outdated.
CHUNKING_VERSION = "8"

# (first character, one past the last) in the document's text
Span = tuple[int, int]


@dataclass(frozen=True)
class Heading:
    """One heading of a document: its level (1–6), text, anchor on the help page, and where its line ends."""

    level: int
    text: str
    anchor: str
    start: int
    end: int


@dataclass(frozen=True)
class Chunk:
    """A piece of one section of one document.

    Attributes:
        id: document path, anchor and position; stable while the document does not change.
        document: the document's path; `version` is its hash when the chunk was cut.
        heading_path: headings from the outermost to this section's own, without the document's title.
        anchor: the section's anchor on the document's help page.
        start: first character in the document's text.
        end: one past the last.
        text: exactly `document.text[start:end]`.
        sentences: the chunk's statements as plain text.
        asked: how customers put the question that its section answers.
        audience: whom its document is for; empty for everybody.
        products: what it is about; empty for nothing in particular.
        valid_until: last day (ISO) on which it holds, or empty.
    """

    id: str
    document: str
    title: str
    topic: str
    updated: str
    keywords: tuple[str, ...]
    heading_path: tuple[str, ...]
    anchor: str
    version: str
    start: int
    end: int
    text: str
    sentences: tuple[Sentence, ...]
    asked: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    valid_until: str = ""

    @property
    def context(self) -> str:
        """Title and headings as one line: what the text is about."""
        return " – ".join(filter(None, (self.title, *self.heading_path)))


def headings_of(text: str) -> list[Heading]:
    """Headings of a Markdown text in order, with the anchors that help pages and citations share."""
    starts = _line_starts(text)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    found = []
    for token, inline in itertools.pairwise(tokens):
        if token.type == "heading_open" and token.map and token.level == 0:
            found.append(
                (int(token.tag[1]), plain_text(inline.content), starts[token.map[0]], starts[token.map[1]])
            )
    anchors = unique_slugs([heading[1] for heading in found])
    return [
        Heading(level, name, anchor, start, end) for (level, name, start, end), anchor in zip(found, anchors)
    ]


def chunk_document(document: Document, max_characters: int = MAX_CHARACTERS) -> list[Chunk]:
    """Cut one document into chunks.

    Args:
        document: what to cut.
        max_characters: soft upper length of a chunk; only a table, a list item or one sentence may be longer.
    """
    chunks: list[Chunk] = []
    counts: dict[str, int] = {}
    ordinary = ordinary_words(document.text)
    _warn_of_unknown_headings(document)
    for path, anchor, span in _sections(document):
        for start, end in _pack(document.text, _pieces(document.text, span, max_characters), max_characters):
            sentences = tuple(split_sentences(document.text[start:end], start, ordinary))
            if not sentences:
                continue
            counts[anchor] = counts.get(anchor, 0) + 1
            chunks.append(_chunk(document, path, anchor, counts[anchor], (start, end), sentences))
    return chunks


def _chunk(
    document: Document,
    path: tuple[str, ...],
    anchor: str,
    number: int,
    span: Span,
    sentences: tuple[Sentence, ...],
) -> Chunk:
    start, end = span
    return Chunk(
        id=f"{document.path}#{anchor}/{number}",
        document=document.path,
        title=document.title,
        topic=document.topic,
        updated=document.updated,
        keywords=document.keywords,
        heading_path=path,
        anchor=anchor,
        version=document.version,
        start=start,
        end=end,
        text=document.text[start:end],
        sentences=sentences,
        asked=dict(document.asked).get(path[-1] if path else document.title, ()),
        audience=document.audience,
        products=document.products,
        valid_until=document.valid_until,
    )


def _warn_of_unknown_headings(document: Document) -> None:
    """A heading that was reworded leaves its customers' questions behind; the author must hear of it."""
    if not document.asked:
        return
    known = {document.title, *(heading.text for heading in headings_of(document.text))}
    for heading, _ in document.asked:
        if heading not in known:
            logger.warning(
                "knowledge.asked.unknown_heading",
                document=document.path,
                heading=heading,
                fix="write it under `asked` exactly as in the article",
            )


def _sections(document: Document) -> Iterator[tuple[tuple[str, ...], str, Span]]:
    """Each section's heading path, anchor ("" before the first heading) and body span."""
    headings = headings_of(document.text)
    first = headings[0].start if headings else len(document.text)
    yield (), "", (0, first)
    path: list[Heading] = []
    for heading, following in zip(headings, [*headings[1:], None]):
        path = [h for h in path if h.level < heading.level] + [heading]
        names = tuple(h.text for h in path if h.text)  # one of a picture alone says nothing
        # The title as the first heading would only repeat itself in every path.
        names = names[1:] if names and names[0].casefold() == document.title.casefold() else names
        yield names, heading.anchor, (heading.end, following.start if following else len(document.text))


def _pieces(text: str, span: Span, limit: int) -> list[Span]:
    """The smallest spans that must stay whole: blocks; long lists by item, long paragraphs by sentence."""
    body = text[span[0] : span[1]]
    starts = [span[0] + start for start in _line_starts(body)]
    pieces: list[Span] = []
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        if token.map is None or token.nesting < 0:
            continue
        start, end = starts[token.map[0]], starts[token.map[1]]
        if token.level == 0 and (end - start <= limit or token.type == "table_open"):
            pieces.append((start, end))
        elif token.level == 0 and token.type == "paragraph_open":
            pieces += _sentence_pieces(text, start, end)
        elif (token.level == 0 and not token.type.endswith("list_open")) or (
            token.type == "list_item_open" and token.level == 1 and not (pieces and start < pieces[-1][1])
        ):
            pieces.append((start, end))
    return pieces


def _sentence_pieces(text: str, start: int, end: int) -> list[Span]:
    cuts = [sentence.start for sentence in split_sentences(text[start:end], start)][1:]
    return list(zip([start, *cuts], [*cuts, end]))


def _pack(text: str, pieces: list[Span], limit: int) -> Iterator[Span]:
    """Neighbouring pieces together as they fit; a lead-in ("You can pay with:") goes with what follows."""
    current: list[Span] = []
    for piece in pieces:
        fits = not current or _size(text[current[0][0] : piece[1]]) <= limit
        if not fits:
            keep = [current.pop()] if len(current) > 1 and _is_lead(text, current[-1]) else []
            yield current[0][0], current[-1][1]
            current = keep
        current.append(piece)
    if current:
        yield current[0][0], current[-1][1]


def _size(text: str) -> int:
    """Characters; what was taken out and is spaces now must not move where chunks end."""
    return len(_TAKEN_OUT.sub("", text))


def _is_lead(text: str, piece: Span) -> bool:
    return text[piece[0] : piece[1]].rstrip().endswith(":")


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(min(starts[-1] + len(line) + 1, len(text)))
    return starts
