"""A model's own report, read from its archive and shown after a training."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from rapport import reliability
from rapport.model_report import ReportError, read_report

MODEL = Path("model.tar.gz")
HEAD = "components/train_components.intent_head.IntentHead7"
REPORT: dict[str, Any] = {
    "examples": 30, "intents": 2, "accuracy": 0.75, "ece": 0.0625,
    "unknown_auroc": 0.875, "unknown_caught": 0.5, "given_up": 0.02,
    "bins": [
        {"count": 3, "confidence": 0.5, "accuracy": 0.3333},
        {"count": 9, "confidence": 0.92, "accuracy": 0.8889},
    ],
    "rows": [
        *[{"text": "a", "expected": "x", "ranked": "x", "confidence": 0.9, "unknown": 0.1, "known": True}]
        * 12,
        {"text": "b", "expected": "y", "ranked": "x", "confidence": 0.4, "unknown": 0.8, "known": False},
    ],
    "from_a_later_version": 1,
}  # fmt: skip


def archive(report: dict[str, Any] | None = REPORT, names: Any = ("x", "y")) -> Path:
    files = {
        f"{HEAD}/intents.json": {"names": list(names)},
        f"{HEAD}/report.json": report,
        "metadata.json": {},
    }
    with tarfile.open(MODEL, "w:gz") as file:
        for name, content in files.items():
            data = json.dumps(content).encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            if content is not None:
                file.addfile(info, io.BytesIO(data))
    return MODEL


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is printed, good and bad."""
    buffer = io.StringIO()
    console = Console(file=buffer, width=80)
    monkeypatch.setattr(reliability, "console", console)
    monkeypatch.setattr("rapport.console.errors", console)
    return buffer


def test_a_report_is_read_with_what_later_versions_add(project: Path) -> None:
    report = read_report(archive())
    assert (report.accuracy, report.names, len(report.rows)) == (0.75, ["x", "y"], 13)


def test_a_training_prints_its_figures_a_table_with_bars_and_draws_a_picture(
    project: Path, printed: io.StringIO
) -> None:
    reliability.show_training(archive())
    said = printed.getvalue()
    assert "held out: 12 of 30 examples of 2 intents" in said
    assert "accuracy 75.0%, calibration error (ECE) 0.062" in said
    assert "AUROC 0.875, 50% caught with 2.0%" in said
    [low, high] = [line for line in said.splitlines() if "▇▇" in line]
    assert low.split()[:3] == ["3", "0.50", "0.33"]
    assert low.rstrip().endswith("▇" * 10 + " " * 5 + "│"), "ten cells of thirty are right, half was promised"
    assert high.split()[:3] == ["9", "0.92", "0.89"]
    assert "picture: var/reports/reliability.png" in said
    picture = Path("var/reports/reliability.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") >= 600, "wide enough to read"


def test_without_unknown_questions_none_are_spoken_of(project: Path, printed: io.StringIO) -> None:
    reliability.show_training(archive({**REPORT, "rows": REPORT["rows"][:12]}))
    assert "unknown questions" not in printed.getvalue()


def test_a_model_without_figures_is_no_failure(project: Path, printed: io.StringIO) -> None:
    reliability.show_training(archive(None))
    reliability.show_training(archive({**REPORT, "bins": []}))
    said = printed.getvalue()
    assert "No figures of this training" in said
    assert "write more examples" in said
    assert not Path("var/reports/reliability.png").exists()


def test_a_missing_or_damaged_model_says_what_to_do(project: Path) -> None:
    with pytest.raises(ReportError, match=r"none\.tar\.gz is no model.*rapport train"):
        read_report(Path("none.tar.gz"))
    whole = archive().read_bytes()
    for broken in (b"no archive", whole[: len(whole) // 2], b""):
        MODEL.write_bytes(broken)
        with pytest.raises(ReportError, match=r"is damaged .*rapport train --force"):
            read_report(MODEL)


def test_a_model_without_the_intent_head_or_of_another_version_says_what_to_do(project: Path) -> None:
    with pytest.raises(ReportError, match=r"holds no report\.json .*config\.yml needs"):
        read_report(archive(None))
    with pytest.raises(ReportError, match=r"lacks 'bins': train anew"):
        read_report(archive({key: value for key, value in REPORT.items() if key != "bins"}))
