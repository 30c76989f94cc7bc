from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from llm.overrides import Override, Overrides, names_the_same, retire
from tests.unit.llm.conftest import HashingEncoder

PAIRS = Path(__file__).parents[3] / "bench" / "override_pairs.yml"
COST = {
    "id": "a1",
    "question": "How much is delivery to Ireland?",
    "answer": "It is £9.50.",
    "language": "en",
}


def put(file: Path, *entries: dict[str, str]) -> None:
    file.write_text(yaml.safe_dump({"overrides": list(entries)}), encoding="utf-8")


def encode(texts: list[str], language: str) -> object:
    return HashingEncoder().encode(texts)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    put(tmp_path / "overrides.yml", COST)
    return tmp_path / "overrides.yml"


def test_the_same_question_is_answered_in_its_language_alone(file: Path) -> None:
    found = Overrides(file).find("how much is  delivery to ireland", "en")
    assert found and (found.answer, found.id) == ("It is £9.50.", "a1")
    assert Overrides(file).find("how much is delivery to ireland", "de") is None
    assert Overrides(file).find("?", "en") is None


def test_other_words_for_it_are_answered_if_they_are_like_it(file: Path) -> None:
    asked = "and how much is the delivery to Ireland please"
    assert Overrides(file).find(asked, "en") is None
    assert Overrides(file, encode, 0.5).find(asked, "en")
    assert Overrides(file, encode, 1.01).find(asked, "en") is None


def test_a_changed_file_is_read_at_once_and_a_broken_one_changes_nothing(file: Path) -> None:
    overrides = Overrides(file)
    assert len(overrides.all()) == 1
    put(file, COST, {**COST, "id": "b2", "question": "Do you wrap gifts?"})
    assert overrides.find("do you wrap gifts", "en")
    file.write_text("overrides: [", encoding="utf-8")
    assert len(overrides.all()) == 2
    file.unlink()
    assert not overrides.all() and not Overrides(file).all()


def test_near_misses_name_something_else() -> None:
    pairs = yaml.safe_load(PAIRS.read_text(encoding="utf-8"))
    for part in pairs.values():
        missed = {kind in ("yes", True): of_kind for kind, of_kind in part.items()}[False]
        assert len(missed) >= 24
        assert not [pair for pair in missed if names_the_same(*pair)]


def test_what_the_assistant_says_by_itself_retires() -> None:
    one = Override("a", "How much is delivery?", "It is £3.95.", "en")
    assert retire([one], lambda question, language: "it is £3.95") == [one]
    assert retire([one], lambda question, language: "Well: it is £3.95, as said.") == [one]
    assert retire([one], lambda question, language: "It is £9.") == []
    assert retire([one], lambda question, language: "") == []
