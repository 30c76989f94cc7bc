"""Versions of articles on the command line: the real index and file, a small encoder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llm.errors import KnowledgeError
from rapport.errors import RapportError
from rapport.knowledge import ask, show_answer
from rapport.knowledge_past import moment_of, prune, show_history, show_version, versions_of
from rapport.settings import Knowledge, Settings
from tests.unit.rapport.test_knowledge import ARTICLE, index, settings

__all__ = ["settings"]
QUESTION = "How much is delivery to Ireland?"


@pytest.fixture
def changed(settings: Settings) -> Settings:
    """The price rose today; the article was written in May."""
    dated = f"---\nupdated: 2026-05-01\n---\n{ARTICLE}"
    Path("knowledge/delivery.md").write_text(dated, encoding="utf-8")
    index(settings)
    Path("knowledge/delivery.md").write_text(dated.replace("£9.50", "£11"), encoding="utf-8")
    index(settings)
    return settings


def test_a_question_is_answered_as_of_a_day(changed: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    then = ask(changed, QUESTION, "2026-05-01")
    assert "£9.50" in then["text"] and "£11" in ask(changed, QUESTION)["text"]
    with pytest.raises(KnowledgeError, match="oldest version is of 2026-05-01"):
        ask(changed, QUESTION, "2026-04-30")
    show_answer(then, as_json=False, as_of="2026-05-01")
    cited = then["citations"][0]
    assert f"rapport knowledge show delivery.md --version {cited['version']}" in capsys.readouterr().out
    show_version(changed, cited["document"], cited["version"], "")
    assert "costs £9.50" in capsys.readouterr().out


def test_two_versions_are_compared_line_by_line(
    changed: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    show_history(changed, "delivery.md", as_json=True)
    old, new = json.loads(capsys.readouterr().out)
    assert (old["since"][:10], old["until"], new["until"]) == ("2026-05-01", new["since"], None)
    show_version(changed, "delivery.md", "", old["version"])
    shown = capsys.readouterr().out.splitlines()
    assert any(line.startswith("-Delivery") and "£9.50" in line for line in shown)
    assert any(line.startswith("+Delivery") and "£11" in line for line in shown)


def test_old_versions_go_when_the_settings_or_a_person_say_so(changed: Settings) -> None:
    with pytest.raises(RapportError, match="name --days, as --days 365"):
        prune(changed, None)
    prune(changed, 1)
    assert len(versions_of(changed).history()) == 2
    strict = changed.model_copy(update={"knowledge": Knowledge(keep_versions_days=0)})
    index(strict)
    assert len(versions_of(changed).history()) == 1


def test_a_damaged_file_of_versions_does_not_stop_indexing(changed: Settings) -> None:
    changed.knowledge.versions_file.write_bytes(b"garbage" * 1000)
    (sentence,) = index(changed).skipped
    assert "move it away" in sentence
    assert ask(changed, QUESTION)["found"]


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "01.05.2026", ""])
def test_what_is_no_day_is_refused(day: str) -> None:
    with pytest.raises(KnowledgeError, match="is no day: write it as 2026-05-01"):
        moment_of(day)


def test_a_day_means_its_end_and_none_to_come_is_known() -> None:
    assert moment_of("2026-05-01").isoformat() == "2026-05-01T23:59:59.999999+00:00"
    assert moment_of("2026-05-01T14:30").isoformat() == "2026-05-01T14:30:00+00:00"
    with pytest.raises(KnowledgeError, match="lies ahead"):
        moment_of("2999-01-01")
