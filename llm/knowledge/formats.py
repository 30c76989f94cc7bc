"""One reader per file format; each gives the article as Markdown with what it knows about itself."""

import codecs
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from llm.knowledge.docx import docx_properties, docx_to_markdown
from llm.knowledge.pdf import pdf_metadata, pdf_to_markdown

logger = structlog.get_logger()


class UnreadableError(ValueError):
    """A file that its format's reader can do nothing with; the message says why and names the fix."""


@dataclass
class Content:
    """An article as its file holds it; everything but the text may be empty.

    Attributes:
        asked: by heading, how customers put the question that its section answers.
        language: two letters, empty for the help centre's own.
        audience: whom it is for; nobody in particular if empty.
        products: what it is about.
        valid_until: last day (ISO) on which it holds, or empty.
    """

    text: str
    title: str = ""
    topic: str = ""
    updated: str = ""
    keywords: list[str] = field(default_factory=list)
    asked: dict[str, list[str]] = field(default_factory=dict)
    language: str = ""
    audience: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    valid_until: str = ""


def read_markdown(path: Path) -> Content:
    """Markdown, with YAML front matter (title, topic, updated or date, valid_until, keywords,
    asked, language, audience, product) if there is one."""
    import frontmatter

    post = frontmatter.loads(_text(path))
    meta = post.metadata
    return Content(
        post.content,
        title=str(meta.get("title") or ""),
        topic=str(meta.get("topic") or ""),
        updated=str(meta.get("updated") or meta.get("date") or ""),
        keywords=_keywords(meta.get("keywords")),
        asked=_asked(meta.get("asked")),
        language=str(meta.get("language") or ""),
        audience=_keywords(meta.get("audience")),
        products=_keywords(meta.get("product")),
        valid_until=str(meta.get("valid_until") or ""),
    )


def read_html(path: Path) -> Content:
    """HTML: the main part as Markdown; the rest from `<title>` and `<meta>`, named as in front matter."""
    from bs4 import BeautifulSoup
    from markdownify import markdownify

    soup = BeautifulSoup(path.read_bytes(), "html.parser")
    title = soup.title.get_text(strip=True) if soup.title else ""
    meta = {str(tag.get("name", "")).lower(): str(tag.get("content", "")) for tag in soup.find_all("meta")}
    for tag in soup(["script", "style", "nav", "header", "footer", "aside", "form", "noscript", "head"]):
        if tag.name != "header" or not tag.find(["h1", "h2"]):
            tag.decompose()
    body = soup.find("main") or soup.find("article") or soup.body or soup
    return Content(
        markdownify(str(body), heading_style="ATX", bullets="-").strip(),
        title=title,
        topic=meta.get("topic", ""),
        updated=meta.get("updated", "") or meta.get("date", "") or meta.get("last-modified", ""),
        keywords=_keywords(meta.get("keywords")),
        audience=_keywords(meta.get("audience")),
        products=_keywords(meta.get("product")),
        valid_until=meta.get("valid_until", ""),
    )


def read_docx(path: Path) -> Content:
    """Word: headings, lists and tables as Markdown; the rest from the file's properties."""
    properties = docx_properties(path)
    return Content(
        docx_to_markdown(path),
        title=properties.get("title", ""),
        topic=properties.get("subject", ""),
        updated=properties.get("modified", "")[:10],
        keywords=_keywords(properties.get("keywords")),
    )


def read_pdf(path: Path) -> Content:
    """PDF: headings by font size, tables as tables; the rest from the file's properties.

    Raises:
        UnreadableError: it wants a password, or its pages are pictures.
    """
    from pdfminer.pdfdocument import PDFPasswordIncorrect
    from pdfplumber.utils.exceptions import PdfminerException

    try:
        meta, text = pdf_metadata(path), pdf_to_markdown(path)
    except PdfminerException as error:
        if error.args and isinstance(error.args[0], PDFPasswordIncorrect):
            raise UnreadableError("is encrypted. Save it without a password.") from error
        raise
    if not text.strip():
        raise UnreadableError(
            "holds no text; its pages may be scanned pictures. "
            "Run text recognition (OCR) over it and save it again."
        )
    return Content(
        text,
        title=meta.get("Title", ""),
        topic=meta.get("Subject", ""),
        updated=_pdf_date(meta.get("ModDate", "") or meta.get("CreationDate", "")),
        keywords=_keywords(meta.get("Keywords")),
    )


def _text(path: Path) -> str:
    """A text file: UTF-8, else as its bytes suggest.

    Raises:
        UnreadableError: it is no text at all.
    """
    from charset_normalizer import from_bytes

    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        guess = None if _is_binary(raw) else from_bytes(raw).best()
        if guess is None:
            raise UnreadableError("is no text file. Save it as UTF-8 text or remove it.") from error
        logger.warning(
            "knowledge.document.encoding", path=str(path), read_as=guess.encoding, fix="save it as UTF-8"
        )
        return str(guess)


def _is_binary(raw: bytes) -> bool:
    """Control characters stand in no text; in UTF-16, which begins with a mark, half of the bytes are 0."""
    return not raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\x00" in raw[:8_000]


def _keywords(value: Any) -> list[str]:
    items = value if isinstance(value, list) else str(value or "").replace(";", ",").split(",")
    return [str(item).strip() for item in items if str(item).strip()]


def _asked(value: Any) -> dict[str, list[str]]:
    if not value:
        return {}
    if not isinstance(value, dict):
        raise ValueError("`asked` in the front matter must map headings to lists of questions")
    return {str(heading).strip(): _keywords(questions) for heading, questions in value.items()}


def _pdf_date(value: str) -> str:
    digits = value.removeprefix("D:")[:8]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) == 8 and digits.isdigit() else ""
