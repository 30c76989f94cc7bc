from __future__ import annotations

from pathlib import Path

from rapport.settings import Settings
from rapport.settings_docs import main, render

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_every_setting_has_a_meaning() -> None:
    for name, section in Settings.model_fields.items():
        assert section.annotation and section.annotation.__doc__, f"{name} has no docstring"
        for key, field in section.annotation.model_fields.items():  # type: ignore[attr-defined]
            assert field.description, f"{name}.{key} is undocumented: give it a description"


def test_every_setting_stands_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for section in Settings.model_fields.values():
        for key in section.annotation.model_fields:  # type: ignore[union-attr]
            assert f"| `{key}` |" in page, f"{key} is not in docs/settings.md: run `make docs`"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make docs`"


def test_an_old_page_fails_the_check(tmp_path: Path) -> None:
    page = tmp_path / "settings.md"
    assert main(["--check", str(page)]) == 1
    assert main([str(page)]) == 0
    assert main(["--check", str(page)]) == 0
    page.write_text("old", encoding="utf-8")
    assert main(["--check", str(page)]) == 1
