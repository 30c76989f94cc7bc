import itertools
from pathlib import Path

from bs4 import BeautifulSoup

from llm.help_pages import article_html, write_help_pages
from llm.knowledge.anchors import page_name
from llm.knowledge.chunking import chunk_document
from llm.knowledge.loading import Document, load_documents


def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def test_every_citation_anchor_exists_on_its_page(knowledge: Path, tmp_path: Path) -> None:
    documents = load_documents(knowledge)
    write_help_pages(documents, tmp_path / "help")
    for document in documents:
        ids = {tag["id"] for tag in page(tmp_path / "help" / page_name(document.path)).find_all(id=True)}
        anchors = {chunk.anchor for chunk in chunk_document(document)} - {""}
        assert anchors and anchors <= ids


def test_pages_are_accessible(knowledge: Path, tmp_path: Path) -> None:
    for path in write_help_pages(load_documents(knowledge), tmp_path / "help", "Help", "en"):
        soup = page(path)
        assert soup.html and soup.html["lang"] == "en" and soup.title and soup.title.get_text()
        assert len(soup.find_all("h1")) == 1 and len(soup.find_all("main")) == 1
        assert all(th.get("scope") == "col" for th in soup.find_all("th"))
        levels = [int(tag.name[1]) for tag in soup.find_all(["h1", "h2", "h3"])]
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_the_index_links_to_every_page_by_topic(knowledge: Path, tmp_path: Path) -> None:
    index = page(write_help_pages(load_documents(knowledge), tmp_path / "help")[0])
    assert {a["href"] for a in index.main.find_all("a")} == {"delivery.html", "returns.html"}
    assert [h.get_text() for h in index.find_all("h2")] == ["Delivery", "Returns"]


def test_pages_of_removed_documents_go(knowledge: Path, tmp_path: Path) -> None:
    documents = load_documents(knowledge)
    write_help_pages(documents, tmp_path / "help")
    write_help_pages(documents[:1], tmp_path / "help")
    assert sorted(p.name for p in (tmp_path / "help").iterdir()) == ["delivery.html", "index.html"]


def test_markup_in_an_article_is_shown_and_not_run() -> None:
    text = "## A <script>x</script>\n\n<script>alert(1)</script> [link](javascript:alert(1))\n"
    html = article_html(Document("a.md", "A", "", "", (), text, "v"))
    assert "<script" not in html and "javascript:alert" not in html.replace("[link](javascript:alert(1))", "")


def test_a_title_with_markup_is_escaped(tmp_path: Path) -> None:
    document = Document("a.md", "<b>Bold</b>", "t", "", (), "Text.\n", "v")
    for path in write_help_pages([document], tmp_path):
        assert "<b>" not in path.read_text()


def test_one_h1_remains_when_the_text_has_its_own() -> None:
    same = article_html(Document("a.md", "Title", "", "", (), "# Title\n\n## Part\n", "v"))
    other = article_html(Document("a.md", "Title", "", "", (), "# One\n\n# Two\n", "v"))
    assert "<h1 " in same and "<h2 " in same
    assert "<h1" not in other and other.count("<h2 ") == 2


def test_documents_of_one_name_and_different_kinds_get_different_pages() -> None:
    assert len({page_name(path) for path in ("a.md", "a.pdf", "b/a.md")}) == 3
