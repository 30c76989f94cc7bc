"""A small project of its own, trained by Rasa and talked to through Rasa's agent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from rasa.core.agent import Agent
from rasa.model_training import train_core

from tests.unit.components.small_library import LIGHT, RULES, write_library

RULES_LAST = """- name: RulePolicy
  core_fallback_threshold: 0.3
  core_fallback_action_name: action_default_fallback
"""
MEMORY = "- {name: MemoizationPolicy, max_history: 5}"

Talk = Callable[[list[str]], list[str]]


def assistant(folder: Path, policies: str) -> Talk:
    """Trains the library's assistant; gives a function that says things and returns all replies."""
    write_library(folder, f"{policies}\n{RULES_LAST}", RULES)
    model = train_core(
        str(folder / "domain.yml"), str(folder / "config.yml"), str(folder / "data"), str(folder / "models")
    )
    agent = Agent.load(str(model))

    def talk(intents: list[str]) -> list[str]:
        async def conversation() -> list[str]:
            replies = [
                await agent.handle_text(f"/{intent}", sender_id=" ".join(intents)) for intent in intents
            ]
            return [message["text"] for reply in replies for message in reply or []]

        return asyncio.run(conversation())

    return talk


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Talk:
    return assistant(tmp_path_factory.mktemp("light"), f"{MEMORY}\n{LIGHT}")


MIX = ["hello", "opening_hours", "prolong", "no_thanks"]


def test_stories_are_carried_on_in_a_mix_that_none_has(talk: Talk, tmp_path: Path) -> None:
    wanted = ["Good morning.", "Ten to six.", "Two more weeks?", "Then please bring it back on Monday."]
    assert talk(MIX) == wanted
    assert assistant(tmp_path, MEMORY)(MIX) != wanted, "memorising alone would do"


def test_a_rule_wins_over_what_stories_suggest(talk: Talk) -> None:
    assert talk(["prolong", "bye"]) == ["Two more weeks?", "Goodbye."]


def test_an_intent_that_neither_story_nor_rule_has_gets_the_fallback(talk: Talk) -> None:
    assert talk(["hello", "weather"]) == ["Good morning."]
