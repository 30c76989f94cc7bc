"""Names that links are made of: page names of documents and anchors of headings."""

import re
import unicodedata
from collections.abc import Sequence

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """A text as lower-case ASCII words joined by hyphens; "section" when nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _NOT_WORD.sub("-", ascii_text.lower()).strip("-") or "section"


def unique_slugs(texts: Sequence[str]) -> list[str]:
    """One slug per text, in order; repeated ones get -2, -3 and so on."""
    taken: dict[str, int] = {}
    slugs = []
    for text in texts:
        base = slug(text)
        name = base
        while name in taken:
            taken[base] += 1
            name = f"{base}-{taken[base]}"
        taken[name] = 1
        slugs.append(name)
    return slugs


def page_name(document: str) -> str:
    """File name of a document's help page.

    Args:
        document: the document's path inside the knowledge folder, for instance `delivery/ireland.md`.

    Returns:
        `delivery-ireland.html`; other formats keep theirs in the name (`warranty-pdf.html`), so that a `.md`
        and a `.pdf` of one name do not meet.
    """
    stem, _, suffix = document.rpartition(".")
    return (slug(stem) if suffix == "md" else slug(document)) + ".html"
