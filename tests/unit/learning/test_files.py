from __future__ import annotations

from pathlib import Path

import pytest

from learning.files import beside


def test_what_was_made_takes_the_place_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    with beside(target) as partial:
        partial.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new" and list(tmp_path.iterdir()) == [target]


def test_what_fails_leaves_the_old_one_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with pytest.raises(OSError, match="disk"), beside(target) as partial:
        partial.mkdir()
        (partial / "half").write_text("half")
        raise OSError("the disk is full")
    with pytest.raises(OSError, match="disk"), beside(target) as partial:
        partial.write_text("half")
        raise OSError("the disk is full")
    assert list(tmp_path.iterdir()) == []


def test_nothing_made_is_an_error_and_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("old")
    with pytest.raises(FileNotFoundError), beside(target):
        pass
    assert target.read_text() == "old"
