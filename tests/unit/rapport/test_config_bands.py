"""Bands are written into config.yml, and nothing else in it changes."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import yaml

from components.routing import Bands
from rapport.config_bands import ROUTER, ConfigError, router_settings, with_bands, write_bands

REAL = (Path(__file__).parents[3] / "config.yml").read_text(encoding="utf-8")
BLOCK = """\
pipeline:
- name: components.confidence_router.ConfidenceRouter
  intents:
    greet:
      confirm: 0.2   # low
      do: 0.4        # lower than others

    # the money
    pay: {confirm: 0.5}
    bye:
# the end
"""
NEW = {"track": Bands(0.31, 0.55), "no": Bands(0.4, 1.0)}


def router(text: str) -> dict[str, dict[str, float]]:
    pipeline: list[dict[str, dict[str, float]]] = yaml.safe_load(text)["pipeline"]
    return next(component for component in pipeline if str(component["name"]) == ROUTER)


def lines_changed(old: str, new: str) -> list[str]:
    return [line for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line[0] in "+-"]


def test_new_bands_are_added_at_the_end_of_the_router_and_every_other_line_stays() -> None:
    changed = with_bands(REAL, NEW, {})
    assert lines_changed(REAL, changed) == [
        "+     fitted:  # by `rapport thresholds fit`; bands in `intents` win",
        "+       'no': {confirm: 0.4, do: 1}",
        "+       track: {confirm: 0.31, do: 0.55}",
    ]
    assert router(changed)["fitted"] == {
        "no": {"confirm": 0.4, "do": 1},
        "track": {"confirm": 0.31, "do": 0.55},
    }


def test_writing_again_replaces_what_was_fitted() -> None:
    once = with_bands(REAL, {"old": Bands(0.1, 0.2), "track": Bands(0.1, 0.2)}, {})
    assert with_bands(once, NEW, {}) == with_bands(REAL, NEW, {})


def test_own_bands_keep_their_comments_and_their_form() -> None:
    changed = with_bands(REAL, {}, {"affirm": Bands(0.4, 0.8)})
    assert (
        '      affirm: {do: 0.8}               # a yes cancels orders: "hm" is none' in changed.splitlines()
    )
    block = with_bands(BLOCK, {}, {"greet": Bands(0.3, 0.6), "pay": Bands(0.45, 0.8), "bye": Bands(0.4, 0.9)})
    assert "      confirm: 0.3   # low\n      do: 0.6        # lower than others\n\n    # the money" in block
    assert "    pay: {do: 0.8, confirm: 0.45}\n" in block
    assert router(block)["intents"]["bye"] == {"confirm": 0.4, "do": 0.9}


def test_a_block_without_an_end_of_line_is_written_to() -> None:
    text = "pipeline:\n- name: components.confidence_router.ConfidenceRouter\n  do: 0.7"
    assert router(with_bands(text, NEW, {}))["fitted"]["track"]["do"] == 0.55


def test_comments_behind_a_block_stay_behind_it() -> None:
    changed = with_bands(BLOCK, NEW, {})
    assert changed.endswith("# the end\n")
    assert router(changed)["fitted"]["track"]["do"] == 0.55
    assert with_bands(changed, NEW, {}) == changed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pipeline:\n- name: Other\n", "has no components.confidence_router"),
        ("language: en\n", "has no components.confidence_router"),
        ("pipeline: a: b\n", "config.yml, line 1, is not valid YAML"),
    ],
)
def test_a_config_without_a_router_is_named(project: Path, text: str, said: str) -> None:
    Path("config.yml").write_text(text)
    with pytest.raises(Exception, match=said):
        router_settings(Path("config.yml"))


def test_a_router_in_braces_is_refused_and_stays(project: Path) -> None:
    text = "pipeline:\n- {name: components.confidence_router.ConfidenceRouter, do: 0.7}\n"
    Path("config.yml").write_text(text)
    with pytest.raises(ConfigError, match="line of its own"):
        write_bands(Path("config.yml"), NEW, {})
    assert Path("config.yml").read_text() == text
