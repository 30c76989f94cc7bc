"""`rapport thresholds fit` on made-up models: what it shows, keeps and writes."""

from __future__ import annotations

import io
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner

from rapport import threshold_tables, thresholds
from rapport.cli import app
from rapport.config_bands import ROUTER
from rapport.errors import RapportError
from rapport.thresholds import BudgetError, fit
from tests.unit.rapport.test_model_report import REPORT, archive

CONFIG = f"""\
pipeline:
  - name: components.intent_head.IntentHead
  - name: {ROUTER}
    confirm: 0.4     # ask
    do: 0.7          # act
    unknown_share: 0.0
    intents:
      greet: {{do: 0.4}}   # harmless
"""
INTENTS = ["greet", "track_order", "refund"]


def rows(intent: str, n: int, mistakes_below: float) -> list[dict[str, Any]]:
    """Confidences over 0.3–1; every third one below a limit is wrong."""
    chance = random.Random(intent)
    found = []
    for number in range(n):
        confidence = round(chance.uniform(0.3, 1.0), 3)
        right = confidence >= mistakes_below or number % 3 > 0
        found.append(
            {
                "text": f"{intent} message [b]{number}[/b]", "expected": intent if right else "refund",
                "ranked": intent, "confidence": confidence, "unknown": 0.0, "known": True,
            }
        )  # fmt: skip
    return found


@pytest.fixture
def model(project: Path) -> Path:
    Path("rapport.yml").write_text("{}")
    Path("config.yml").write_text(CONFIG)
    Path("data").mkdir()
    examples = [*rows("greet", 300, 0.9), *rows("track_order", 300, 0.6), *rows("refund", 4, 0.0)]
    return archive({**REPORT, "rows": examples}, INTENTS)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    buffer = io.StringIO()
    for module in (thresholds, threshold_tables):
        monkeypatch.setattr(module, "console", Console(file=buffer, width=80))
    return buffer


def router() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(Path("config.yml").read_text())["pipeline"][-1]
    return content


def test_it_shows_old_and_new_bands_and_writes_nothing(model: Path, printed: io.StringIO) -> None:
    proposal = fit(model, 0.1)
    said = printed.getvalue()
    new = proposal.new.fitted["track_order"]
    [line] = [line for line in said.splitlines() if line.startswith("track_order")]
    assert f"0.70→{new.do:.2f}" in line
    assert f"0.40→{new.confirm:.2f}" in line
    assert "Nothing was written: add --write" in said
    assert Path("config.yml").read_text() == CONFIG


def test_bands_that_the_designer_wrote_are_shown_and_kept(model: Path, printed: io.StringIO) -> None:
    proposal = fit(model, 0.1, write=True)
    [line] = [line for line in printed.getvalue().splitlines() if line.startswith("greet")]
    assert f"0.40 ({proposal.fit.bands['greet'].do:.2f})" in line
    assert "†" in line
    assert "--own fits them, too" in printed.getvalue(), "greet is wrong too often for that budget"
    assert router()["intents"] == {"greet": {"do": 0.4}}
    assert set(router()["fitted"]) == {"track_order", "refund"}


def test_they_are_changed_only_on_request(model: Path, printed: io.StringIO) -> None:
    proposal = fit(model, 0.1, change_own=True, write=True)
    assert router()["intents"]["greet"]["do"] == proposal.fit.bands["greet"].do > 0.6
    assert "# harmless" in Path("config.yml").read_text()
    assert proposal.new.bands_of["greet"] == proposal.fit.bands["greet"]


def test_the_share_of_mistakes_before_and_after_is_that_of_the_messages(
    model: Path, printed: io.StringIO
) -> None:
    proposal = fit(model, 0.1, change_own=True)

    def share(do: dict[str, float]) -> str:
        acted = [m for m in proposal.messages if m.confidence >= do.get(m.ranked, 0.7)]
        wrong = sum(m.expected != m.ranked for m in acted)
        return f"{wrong / len(acted):.1%} of {len(acted)}"

    before, after = share({"greet": 0.4}), share({name: b.do for name, b in proposal.fit.bands.items()})
    assert f"wrong: now {before}, then {after}" in " ".join(printed.getvalue().split())


def test_intents_with_few_messages_are_named_so(model: Path, printed: io.StringIO) -> None:
    fit(model, 0.1)
    [line] = [line for line in printed.getvalue().splitlines() if line.startswith("refund")]
    assert line.split()[1:3] == ["*", "4"]
    assert "1 of 3 intents have fewer than 20" in printed.getvalue()


def test_messages_that_go_elsewhere_are_shown_as_they_are_written(model: Path, printed: io.StringIO) -> None:
    fit(model, 0.1, change_own=True, examples=4)
    said = printed.getvalue()
    assert said.count("message [b]") == 4
    assert "→ ask for a yes" in said
    assert {line.split("“")[1].split()[0] for line in said.splitlines() if "“" in line} >= {
        "greet",
        "track_order",
    }


def test_what_was_fitted_before_is_the_old_band(model: Path, printed: io.StringIO) -> None:
    once = fit(model, 0.1, write=True)
    again = fit(model, 0.1, write=True)
    assert again.old.fitted == again.new.fitted == once.new.fitted


@pytest.mark.parametrize("budget", [0.0, 1.0, -0.1, 5])
def test_a_budget_that_is_no_share_is_refused(model: Path, budget: float) -> None:
    with pytest.raises(BudgetError, match=rf"error budget is {budget:g}, .* like 0\.05"):
        fit(model, budget)


def test_a_budget_that_cannot_be_kept_says_which_can(model: Path) -> None:
    with pytest.raises(BudgetError, match=r"0\.001 cannot be shown .*; 0\.\d\d can be shown"):
        fit(model, 0.001)


def test_a_config_without_a_router_is_named(model: Path) -> None:
    Path("config.yml").write_text("pipeline:\n- name: Other\n")
    with pytest.raises(RapportError, match="ConfidenceRouter in its pipeline"):
        fit(model, 0.1)


def test_a_broken_reviewed_file_is_named_before_the_model_is_run(model: Path) -> None:
    Path("turns.jsonl").write_text(json.dumps({"text": "hi", "intent": "greett"}))
    with pytest.raises(RapportError, match=r"turns\.jsonl:1: 'greett' .* did you mean greet\?"):
        fit(model, 0.1, reviewed=Path("turns.jsonl"))


def test_reviewed_turns_that_are_examples_do_not_count(model: Path, printed: io.StringIO) -> None:
    Path("data/a.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - Hello there!\n    - hey\n")
    Path("turns.csv").write_text("text,intent\nhello there,greet\nHEY,greet\n")
    fit(model, 0.1, reviewed=Path("turns.csv"))  # the archive holds no model that could be run
    assert "0 of 2 reviewed turns are no examples" in printed.getvalue()


def test_without_a_model_the_command_says_how_to_get_one(model: Path) -> None:
    ended = CliRunner().invoke(app, ["thresholds", "fit"])
    assert isinstance(ended.exception, RapportError)
    assert "There is no model in models/: run `rapport train`." in str(ended.exception)


def test_the_command_takes_the_newest_model(model: Path) -> None:
    Path("models").mkdir()
    shutil.move(model, "models/a.tar.gz")
    ended = CliRunner().invoke(
        app, ["thresholds", "fit", "--error-budget", "0.1", "--write", "--examples", "0"]
    )
    assert ended.exit_code == 0, ended.exception
    assert "track_order" in router()["fitted"]
