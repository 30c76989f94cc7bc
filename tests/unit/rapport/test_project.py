from __future__ import annotations

from pathlib import Path

import pytest

from rapport.errors import RapportError
from rapport.project import find_root


def test_the_nearest_folder_with_settings_is_the_project(project: Path) -> None:
    (project / "a/b").mkdir(parents=True)
    (project / "rapport.yml").touch()
    assert find_root(project / "a/b") == project
    (project / "a/rapport.yml").touch()
    assert find_root(project / "a/b") == project / "a"


def test_a_variable_names_the_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "rapport.yml").touch()
    monkeypatch.setenv("RAPPORT_HOME", str(project))
    assert find_root(Path("/")) == project
    monkeypatch.setenv("RAPPORT_HOME", "/nowhere")
    with pytest.raises(RapportError, match=r"RAPPORT_HOME is '/nowhere', which holds no rapport\.yml"):
        find_root(project)


def test_elsewhere_it_is_said_where_to_go() -> None:
    with pytest.raises(RapportError, match=r"hold no rapport\.yml: change into"):
        find_root(Path("/"))
