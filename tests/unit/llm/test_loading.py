import os
from pathlib import Path

import docx
import pytest
import structlog
from fpdf import FPDF
from PIL import Image

from llm.errors import KnowledgeError
from llm.knowledge import loading
from llm.knowledge.loading import load_document, load_documents, load_folder


def test_markdown_carries_its_front_matter(knowledge: Path) -> None:
    document = load_document(knowledge / "delivery.md")
    assert (document.title, document.topic, document.updated) == ("Delivery", "delivery", "2026-01-05")
    assert document.keywords == ("shipping", "postage")
    assert document.text.startswith("Fernhill works with")


def test_version_changes_with_text_and_with_keywords(knowledge: Path) -> None:
    file = knowledge / "delivery.md"
    versions = {load_document(file).version}
    file.write_text(file.read_text().replace("£3.95", "£4.95"))
    versions.add(load_document(file).version)
    file.write_text(file.read_text().replace("postage", "parcels"))
    versions.add(load_document(file).version)
    assert len(versions) == 3


def test_title_falls_back_to_the_first_heading_then_to_the_file_name(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Gift cards\n\nFrom £10.")
    (tmp_path / "price-match.md").write_text("Within 14 days.")
    assert [d.title for d in load_documents(tmp_path)] == ["Gift cards", "Price match"]


def test_html_keeps_headings_and_tables_and_drops_navigation(tmp_path: Path) -> None:
    (tmp_path / "shops.html").write_text(
        "<html><head><title>Our shops</title><meta name='keywords' content='Kendal, Keswick'>"
        "<meta name='topic' content='shops'></head><body><nav>Home</nav><main><h2>Times</h2>"
        "<table><tr><th>Day</th><th>Open</th></tr><tr><td>Sunday</td><td>10:30</td></tr></table>"
        "</main></body></html>"
    )
    document = load_document(tmp_path / "shops.html")
    assert (document.title, document.topic, document.keywords) == (
        "Our shops",
        "shops",
        ("Kendal", "Keswick"),
    )
    assert "## Times" in document.text and "| Sunday | 10:30 |" in document.text
    assert "Home" not in document.text


def test_docx_keeps_headings_lists_tables_and_properties(tmp_path: Path) -> None:
    word = docx.Document()
    word.core_properties.title, word.core_properties.keywords = "Repairs", "mend; workshop"
    word.add_heading("What it costs", level=2)
    word.add_paragraph("Send it to Kendal.", style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    for cell, text in zip(table.rows[0].cells + table.rows[1].cells, ["Repair", "Price", "Zip", "£18"]):
        cell.text = text
    word.save(str(tmp_path / "repairs.docx"))
    document = load_document(tmp_path / "repairs.docx")
    assert (document.title, document.keywords) == ("Repairs", ("mend", "workshop"))
    assert "## What it costs" in document.text and "- Send it to Kendal." in document.text
    assert "| Repair | Price |\n| --- | --- |\n| Zip | £18 |" in document.text


def test_docx_pictures_are_left_out(tmp_path: Path) -> None:
    Image.new("RGB", (30, 30)).save(tmp_path / "tent.png")
    word = docx.Document()
    word.add_paragraph("Pitch the tent on flat ground.")
    word.add_picture(str(tmp_path / "tent.png"))
    word.save(str(tmp_path / "tent.docx"))
    assert load_document(tmp_path / "tent.docx").text == "Pitch the tent on flat ground.\n"


def test_a_small_docx_that_unpacks_to_a_huge_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llm.knowledge.docx.MAX_UNPACKED_BYTES", 2_000_000)
    word = docx.Document()
    word.add_paragraph("so long " * 300_000)
    word.save(str(tmp_path / "bomb.docx"))
    with pytest.raises(KnowledgeError, match=r"bomb\.docx: .*it unpacks to 3 MB; up to 2 are read"):
        load_document(tmp_path / "bomb.docx")


def test_an_unchanged_pdf_is_parsed_once_and_a_changed_one_again(tmp_path: Path) -> None:
    file = tmp_path / "promise.pdf"
    _write_pdf(file)
    loading._read_once.cache_clear()
    first = load_document(file)
    assert load_document(file) == first
    assert loading._read_once.cache_info().misses == 1
    os.utime(file, ns=(1, 1))
    assert load_document(file) == first
    assert loading._read_once.cache_info().misses == 2


def test_pdf_headings_are_found_by_font_size(tmp_path: Path) -> None:
    _write_pdf(tmp_path / "promise.pdf")
    document = load_document(tmp_path / "promise.pdf")
    assert document.title == "The Promise"
    assert "# The Promise" in document.text
    assert "## What is covered" in document.text
    assert "Tents are covered for five years, everything else for two years" in document.text.replace(
        "\n", " "
    )
    assert "- broken zips\n- torn seams" in document.text
    assert "| Item | Years |\n| --- | --- |\n| Tent | 5 |" in document.text


def test_missing_folder_is_named_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"nowhere does not exist\. Create it"):
        load_documents(tmp_path / "nowhere")


def test_a_folder_without_articles_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no readable document"):
        load_documents(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("broken.pdf", b"no pdf at all", "broken.pdf: cannot be read as .pdf"),
        ("broken.docx", b"no zip", "broken.docx: cannot be read as .docx"),
        ("broken.md", b"---\ntitle: [unclosed\n---\ntext", "broken.md: cannot be read as .md"),
        ("binary.md", bytes(range(256)), "binary.md: is no text file. Save it as UTF-8"),
        ("empty.md", b"---\ntitle: Nothing\n---\n", "empty.md: holds no text"),
        ("notes.txt", b"text", "notes.txt: files of kind '.txt' are not read"),
    ],
)
def test_an_unreadable_file_is_named_and_the_rest_is_read(
    knowledge: Path, name: str, content: bytes, reason: str
) -> None:
    (knowledge / name).write_bytes(content)
    loaded = load_folder(knowledge)
    assert [d.path for d in loaded.documents] == ["delivery.md", "returns.md"]
    assert [s.path for s in loaded.skipped] == [name]
    assert loaded.skipped[0].reason.startswith(reason)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_text_in_another_encoding_is_read_as_it_was_meant(tmp_path: Path, encoding: str) -> None:
    text = "# Rückgabe\n\nDie Gebühr für größere Pakete beträgt 5 € – überall in Österreich.\n"
    (tmp_path / "fee.md").write_bytes(text.encode(encoding))
    with structlog.testing.capture_logs() as logs:
        assert load_document(tmp_path / "fee.md").text == text
    assert [log["event"] for log in logs] == ["knowledge.document.encoding"] * (encoding != "utf-8-sig")


def test_pdfs_that_are_locked_or_scanned_say_what_to_do(tmp_path: Path) -> None:
    locked, scanned = FPDF(), FPDF()
    locked.add_page()
    locked.set_font("helvetica", size=12)
    locked.cell(text="The code is 4711.")
    locked.set_encryption(owner_password="owner", user_password="reader")
    locked.output(str(tmp_path / "locked.pdf"))
    scanned.add_page()
    scanned.rect(10, 10, 50, 50)
    scanned.output(str(tmp_path / "scanned.pdf"))
    with pytest.raises(KnowledgeError, match=r"locked\.pdf: is encrypted\. Save it without a password"):
        load_document(tmp_path / "locked.pdf")
    with pytest.raises(KnowledgeError, match=r"scanned\.pdf: holds no text.*OCR"):
        load_document(tmp_path / "scanned.pdf")


def test_a_day_written_otherwise_is_named(tmp_path: Path) -> None:
    (tmp_path / "sale.md").write_text("---\nvalid_until: 28.2.2026\n---\n# Sale\n\nBunks cost £9.")
    with pytest.raises(
        KnowledgeError, match=r"sale\.md: valid_until is '28\.2\.2026': write the day as 2026"
    ):
        load_document(tmp_path / "sale.md")


def test_a_file_too_large_is_not_even_opened(tmp_path: Path) -> None:
    with (tmp_path / "dump.md").open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(KnowledgeError, match=r"dump\.md: has 200 MB; articles of up to 50 MB .* Split it"):
        load_document(tmp_path / "dump.md")


def test_hidden_files_and_the_readme_are_no_articles(knowledge: Path) -> None:
    for name in ("README.md", ".draft.md", "~$delivery.docx"):
        (knowledge / name).write_text("# For editors")
    assert len(load_folder(knowledge).documents) == 2
    assert not load_folder(knowledge).skipped


def _write_pdf(path: Path) -> None:
    pdf = FPDF()
    pdf.set_title("The Promise")
    pdf.add_page()
    for size, text in [
        (20, "The Promise"),
        (14, "What is covered"),
        (11, "Tents are covered for five years, everything else for two years, counted from the day on "
             "which the parcel arrived at the customer's door."),
        (11, "- broken zips"),
        (11, "- torn seams"),
    ]:  # fmt: skip
        pdf.set_font("Helvetica", size=size)
        pdf.multi_cell(0, size * 0.5, text, new_x="LMARGIN", new_y="NEXT")
        pdf.ln(0 if text.startswith("- broken") else 4)
    with pdf.table(width=80) as table:
        for cells in (("Item", "Years"), ("Tent", "5")):
            row = table.row()
            for cell in cells:
                row.cell(cell)
    pdf.output(str(path))
