"""The help centre as a folder of plain HTML pages, so that an answer's citation can be opened and read."""

import html
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from llm.knowledge.anchors import page_name, unique_slugs
from llm.knowledge.chunking import headings_of
from llm.knowledge.loading import Document

_STYLE = """
:root{color-scheme:light dark;--line:#c9cfc6;--accent:#1d5b43}
@media (prefers-color-scheme:dark){:root{--line:#4a524b;--accent:#8fd3b2}}
body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:44rem;margin:0 auto;padding:1.5rem}
h1,h2,h3{line-height:1.25}
a{color:var(--accent)}
a:focus-visible,summary:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
table{border-collapse:collapse;display:block;overflow-x:auto}
th,td{border:1px solid var(--line);padding:.4rem .7rem;text-align:left}
:target{scroll-margin-top:1rem;border-left:.3rem solid var(--accent);padding-left:.6rem}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}
footer{margin-top:3rem;border-top:1px solid var(--line);font-size:.9rem}
"""

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#help-main">Skip to content</a>
{navigation}<main id="help-main">
{body}
</main>
{footer}</body>
</html>
"""

_NAVIGATION = '<nav aria-label="{name}"><a href="index.html">{name}</a></nav>\n'


def write_help_pages(
    documents: Sequence[Document], folder: Path, name: str = "Help centre", language: str = "en"
) -> list[Path]:
    """Write one page per document and an index; pages of documents that are gone are removed.

    Args:
        documents: what to write.
        folder: where to; made if missing. It should hold nothing else that ends in `.html`.
        name: the help centre's name, in titles and on the index page.
        language: of the documents, for screen readers.

    Returns:
        The written files; the index first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"index.html": _index(documents, name, language)}
    pages.update({page_name(document.path): _page(document, name, language) for document in documents})
    for old in folder.glob("*.html"):
        if old.name not in pages:
            old.unlink()
    for file, text in pages.items():
        (folder / file).write_text(text, encoding="utf-8")
    return [folder / file for file in pages]


def article_html(document: Document) -> str:
    """A document's body as HTML; headings carry the citations' anchors, and its own HTML is escaped."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(document.text)
    anchors = iter(heading.anchor for heading in headings_of(document.text))
    for token in tokens:
        if token.type == "heading_open" and token.level == 0:
            token.attrSet("id", next(anchors))
        if token.type == "th_open":
            token.attrSet("scope", "col")
    _lower_headings(tokens, document.title)
    return str(parser.renderer.render(tokens, parser.options, {}))


def _lower_headings(tokens: list[Token], title: str) -> None:
    """Leave one h1 per page, the title: where the text lacks it, level 1 becomes level 2, and so on."""
    tops = [i for i, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h1"]
    if not tops or (len(tops) == 1 and tokens[tops[0] + 1].content.casefold() == title.casefold()):
        return
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"


def _page(document: Document, name: str, language: str) -> str:
    body = article_html(document)
    title = html.escape(document.title)
    if "<h1" not in body:
        body = f"<h1>{title}</h1>\n{body}"
    updated = f"<p>Updated <time>{html.escape(document.updated)}</time></p>" if document.updated else ""
    return _PAGE.format(
        language=html.escape(language),
        title=f"{title} – {html.escape(name)}",
        style=_STYLE,
        navigation=_NAVIGATION.format(name=html.escape(name)),
        body=body,
        footer=f"<footer>{updated}</footer>\n" if updated else "",
    )


def _index(documents: Sequence[Document], name: str, language: str) -> str:
    topics: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        topics[document.topic.strip() or "other"].append(document)
    parts = [f"<h1>{html.escape(name)}</h1>"]
    ids = unique_slugs(sorted(topics))
    for topic, anchor in zip(sorted(topics), ids):
        links = "\n".join(
            f'<li><a href="{page_name(d.path)}">{html.escape(d.title)}</a></li>'
            for d in sorted(topics[topic], key=lambda d: d.title.casefold())
        )
        heading = html.escape(topic[:1].upper() + topic[1:].replace("_", " "))
        parts.append(
            f'<section aria-labelledby="{anchor}">\n<h2 id="{anchor}">{heading}</h2>\n'
            f"<ul>\n{links}\n</ul>\n</section>"
        )
    escaped = html.escape(name)
    return _PAGE.format(
        language=html.escape(language),
        title=escaped,
        style=_STYLE,
        navigation="",
        body="\n".join(parts),
        footer="",
    )
