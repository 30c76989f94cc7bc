from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import policy
from rapport.errors import RapportError
from tests.unit.components.small_library import write_library


def test_the_last_line_holds_the_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy.run(write_library(tmp_path), ["memoization"], seeds=1, share=0.3)
    result = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert {"accuracy", "train_seconds", "peak_mb", "story_accuracy", "ms_per_prediction"} <= result.keys()
    assert 0 < result["against"]["memoization"]["accuracy"] <= result["accuracy"] <= 1
    assert result["peak_mb"] > 50


def test_a_folder_without_a_project_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RapportError, match="is no Rasa project"):
        policy.run(tmp_path, [], seeds=1, share=0.5)


def test_an_unknown_policy_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(RapportError, match="'tedd' is no policy"):
        policy.run(tmp_path, ["tedd"], seeds=1, share=0.5)
