"""Word files as Markdown: headings, lists and tables by mammoth, which looks at what a style is called."""

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

# What a small file may unpack to: more would fill the memory.
MAX_UNPACKED_BYTES = 300_000_000

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STYLES = "word/styles.xml"
# What mammoth reads of a style; the rest is how it looks.
_READ_OF_STYLES = {f"{_WORD}{name}" for name in ("name", "basedOn", "pPr")}


def docx_to_markdown(path: Path) -> str:
    """The text of a Word file; pictures are left out.

    Raises:
        ValueError: it unpacks to more than `MAX_UNPACKED_BYTES`.
    """
    import mammoth
    from markdownify import markdownify

    html = mammoth.convert_to_html(_without_looks(path), convert_image=lambda image: []).value
    return markdownify(_first_row_as_head(html), heading_style="ATX", bullets="-").strip()


def docx_properties(path: Path) -> dict[str, str]:
    """What a Word file says about itself: title, subject, keywords, created, modified …"""
    with zipfile.ZipFile(path) as archive:
        if "docProps/core.xml" not in archive.namelist():
            return {}
        root = ElementTree.fromstring(archive.read("docProps/core.xml"))
    return {tag.tag.rpartition("}")[2].lower(): (tag.text or "").strip() for tag in root}


def _without_looks(path: Path) -> io.BytesIO:
    """The file without pictures, and with nothing of its styles but their names and lists.

    Word writes hundreds of styles into each file; reading them took five times as long as all else.
    """
    slim = io.BytesIO()
    with zipfile.ZipFile(path) as file, zipfile.ZipFile(slim, "w") as copy:
        parts = [part for part in file.infolist() if not part.filename.startswith("word/media/")]
        unpacked = sum(part.file_size for part in parts)
        if unpacked > MAX_UNPACKED_BYTES:
            raise ValueError(
                f"it unpacks to {unpacked / 1e6:.0f} MB; up to {MAX_UNPACKED_BYTES / 1e6:.0f} are read"
            )
        for name in (part.filename for part in parts):
            content = file.read(name)
            copy.writestr(name, _names_of_styles(content) if name == _STYLES else content)
    slim.seek(0)
    return slim


def _names_of_styles(content: bytes) -> bytes:
    root = ElementTree.fromstring(content)
    for style in list(root):
        if style.tag != f"{_WORD}style":
            root.remove(style)
        for part in list(style):
            if part.tag not in _READ_OF_STYLES:
                style.remove(part)
    return ElementTree.tostring(root)


def _first_row_as_head(html: str) -> str:
    # Word knows no header cells unless the author marked the row; Markdown tables always have them.
    from bs4 import BeautifulSoup

    # A root of its own: text that looks like XML (a firmware note, a code sample) would be warned about.
    soup = BeautifulSoup(f"<html>{html}</html>", "html.parser")
    for row in (table.find("tr") for table in soup.find_all("table")):
        for cell in row.find_all("td") if row and not row.find("th") else []:
            cell.name = "th"
    for cell in soup.find_all(["td", "th"]):
        cell.string = cell.get_text(" ", strip=True)  # paragraphs inside a cell would break the table's line
    return str(soup)
