from __future__ import annotations

from pathlib import Path

from rapport.fingerprint import changed_parts, fingerprint, read_parts, write_parts


def test_it_changes_with_content_name_and_number_of_files(project: Path) -> None:
    folder = Path("data")
    folder.mkdir()
    (folder / "a.yml").write_text("one")
    seen = {fingerprint([folder])}
    (folder / "a.yml").write_text("two")
    seen.add(fingerprint([folder]))
    (folder / "a.yml").rename(folder / "b.yml")
    seen.add(fingerprint([folder]))
    (folder / "c.yml").write_text("")
    seen.add(fingerprint([folder]))
    assert len(seen) == 4


def test_touching_a_file_or_compiling_it_changes_nothing(project: Path) -> None:
    folder = Path("components")
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "a.py").write_text("one")
    before = fingerprint([folder], "*.py")
    (folder / "a.py").touch()
    (folder / "__pycache__" / "a.py").write_text("x")
    (folder / "notes.txt").write_text("x")
    assert fingerprint([folder], "*.py") == before


def test_parts_are_kept_and_compared(project: Path) -> None:
    file = Path("var/x.json")
    assert read_parts(file) == {}
    write_parts(file, {"data": "1", "domain": "2"})
    assert changed_parts({"data": "1", "domain": "3", "rasa": "4"}, read_parts(file)) == ["domain", "rasa"]


def test_a_damaged_file_counts_as_nothing_saved(project: Path) -> None:
    Path("x.json").write_text("{")
    assert read_parts(Path("x.json")) == {}
