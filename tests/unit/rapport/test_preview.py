from __future__ import annotations

import json
from pathlib import Path

import pytest

import rapport.preview
from learning.store import LearningStore
from learning.stories.changes import Change, Read
from learning.turn import Turn
from rapport.errors import RapportError
from rapport.preview import Preview, _last_turns, _print, _trained, _values, _write_html, make
from rapport.settings import Settings

BEFORE = Read("ask_price", 0.9, "do", "ask_price")
AFTER = Read("ask_price", 0.2, "fallback", "nlu_fallback")
PREVIEW = Preview(
    10, 2, [Change("<b>[how] much</b>", 3, BEFORE, AFTER)],
    {"utter_a": (["Same", "Old"], ["Same", "New"], 4)}, "live.tar.gz", "edited.tar.gz",
)  # fmt: skip


def settings(folder: Path) -> Settings:
    return Settings(
        learning={"database_url": f"sqlite:///{folder}/learning.db"},  # type: ignore[arg-type]
        server={"models_folder": folder / "models"},  # type: ignore[arg-type]
    )


def test_what_changes_is_printed_with_what_customers_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    _print(PREVIEW)
    said = capsys.readouterr().out
    assert "3 of the last 10 turns would go another way" in said
    assert "[how]" in said
    assert "- Old" in said and "+ New" in said and "Same" not in said


def test_the_page_escapes_what_customers_wrote(tmp_path: Path) -> None:
    _write_html(PREVIEW, tmp_path / "new" / "page.html")
    page = (tmp_path / "new/page.html").read_text()
    assert "&lt;b&gt;[how] much&lt;/b&gt;" in page and "<b>[how]" not in page
    assert "<del>Old</del>" in page and "<ins>New</ins>" in page


def test_json_holds_everything() -> None:
    values = json.loads(json.dumps(_values(PREVIEW)))
    assert values["changed"][0]["kind"] == "falls back now"
    assert values["changed"][0]["after"] == {
        "intent": "ask_price", "confidence": 0.2, "band": "fallback", "routed": "nlu_fallback",
    }  # fmt: skip
    assert values["responses"]["utter_a"][2] == 4


def test_without_a_model_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    with pytest.raises(RapportError, match="no model to compare with"):
        make(settings(tmp_path), 10)


def test_the_last_turns_are_taken_the_newest_first(tmp_path: Path) -> None:
    store = LearningStore(settings(tmp_path).learning.database_url)
    with store.writing() as connection:
        store.put_turns([Turn(f"t{n}", "c", n, float(n), text=str(n)) for n in range(5)], connection)
    assert [turn.text for turn in _last_turns(settings(tmp_path), 2)] == ["4", "3"]


def test_a_model_is_trained_once_for_the_same_files_and_never_among_the_live_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = tmp_path / "models/live.tar.gz"
    live.parent.mkdir()
    live.write_text("live")
    parts = {"data": "1"}
    monkeypatch.setattr("rapport.training.model_parts", lambda: dict(parts))
    monkeypatch.setattr("rapport.steps.LOCK", tmp_path / "setup.lock")
    trained: list[Path] = []

    def train(folder: Path, *_: object, **__: object) -> Path:
        model = folder / f"{len(trained)}.tar.gz"
        model.write_text("edited")
        rapport.training.write_parts(rapport.training.parts_file(model), parts)
        trained.append(model)
        return model

    monkeypatch.setattr(rapport.preview, "train", train)
    folder = tmp_path / "preview"
    assert _trained(live, folder) == _trained(live, folder) == trained[0]
    assert len(trained) == 1
    parts["data"] = "2"
    assert _trained(live, folder).read_text() == "edited"
    assert len(trained) == 2
    assert [file.name for file in live.parent.iterdir()] == ["live.tar.gz"]
