from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rapport.errors import SettingsError
from rapport.settings import Settings, load_settings


def write(text: str) -> None:
    Path("rapport.yml").write_text(text, encoding="utf-8")


def problem(text: str) -> str:
    write(text)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    return str(caught.value)


def test_without_a_file_all_defaults_hold(project: Path) -> None:
    settings = load_settings()
    assert (settings.server.host, settings.server.rasa_port) == ("127.0.0.1", 5005)
    assert settings.shop.today is None


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("server:\n  rasa_port: 5100\n  actions_port: 5101\n")
    monkeypatch.setenv("RAPPORT_SERVER__RASA_PORT", "5200")
    server = load_settings().server
    assert (server.rasa_port, server.actions_port, server.start_timeout_seconds) == (5200, 5101, 120)


def test_an_empty_variable_counts_as_not_set(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("shop:\n  today: 2026-05-18\n")
    monkeypatch.setenv("RAPPORT_SHOP__TODAY", "")
    assert load_settings().shop.today == date(2026, 5, 18)


def test_an_unknown_key_is_named_with_its_line_and_the_likely_one(project: Path) -> None:
    text = problem("server:\n  host: 127.0.0.1\n  rasa_prt: 5005\n")
    assert text.startswith("rapport.yml, line 3:")
    assert "'server.rasa_prt'" in text and "'server.rasa_port'" in text


def test_a_wrong_value_is_named_with_key_value_and_what_is_right(project: Path) -> None:
    text = problem("server:\n  rasa_port: 80\n")
    assert text == (
        "rapport.yml, line 2: server.rasa_port is 80, but should be greater than or equal to 1024 "
        "(port of Rasa and the web chat; by default 5005)."
    )


def test_every_mistake_gets_its_own_sentence(project: Path) -> None:
    assert len(problem("server:\n  rasa_port: 80\nshop:\n  seed: many\n").split("\n")) == 2


def test_a_wrong_variable_is_blamed_and_not_the_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_SERVER__RASA_PORT", "high")
    assert problem("server:\n  rasa_port: 5005\n").startswith(
        "RAPPORT_SERVER__RASA_PORT: server.rasa_port is 'high'"
    )


def test_a_variable_of_no_section_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_SEVER__RASA_PORT", "5015")
    assert "did you mean RAPPORT_SERVER__RASA_PORT" in problem("")


def test_a_section_that_is_a_value_is_refused(project: Path) -> None:
    assert "the section 'server' holds 5005" in problem("server: 5005\n")


def test_broken_yaml_is_said_with_its_line(project: Path) -> None:
    assert problem("server:\n  host: a: b\n").startswith("rapport.yml, line 2, is not valid YAML")


def test_what_stands_wrong_in_a_list_is_said_with_its_line_and_all_that_it_may_be(project: Path) -> None:
    said = problem("prompts:\n  examples: 2\n  context: [mood, address]\n")
    assert said.startswith("rapport.yml, line 3: prompts.context is 'address', but should be 'mood', 'topic'")


def test_the_file_of_the_repository_holds_the_defaults_and_every_key(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[3]
    ours = load_settings(root / "rapport.yml")
    # The demo speaks German too and has responses; a new project begins with one language and no response.
    assert ours.knowledge.languages.keys() == {"de"}
    ours.knowledge.languages.clear()
    assert ours.style.transitions.keys() == {"asking", "telling", "done"}
    ours.style.transitions.clear()
    # It has a name, and its questions have roles.
    neutral = ours.prompts.model_copy(update={"company": "", "role": "", "roles_by_intent": {}})
    # And slots that only its domain has.
    answers = ours.answers.model_copy(update={"slots": ()})
    assert ours.model_copy(update={"prompts": neutral, "answers": answers}) == Settings()
    text = (root / "rapport.yml").read_text(encoding="utf-8")
    for section in Settings.model_fields.values():
        for key in section.annotation.model_fields:  # type: ignore[union-attr]
            assert f"\n  {key}:" in text
