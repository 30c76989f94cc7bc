from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from llm.answering import Answerer
from llm.errors import KnowledgeError
from llm.knowledge.as_of import past_index
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.loading import load_folder
from llm.knowledge.versions import Versions
from tests.unit.llm.conftest import HashingEncoder

MARCH, JUNE, JULY = (datetime(2026, month, 10, 12, tzinfo=UTC) for month in (3, 6, 7))


@pytest.fixture
def versions(tmp_path: Path, knowledge: Path) -> Versions:
    """Two articles since March; in June returns went from 30 to 60 days."""
    kept = Versions(tmp_path / "kept" / "knowledge.db")
    kept.record(load_folder(knowledge), MARCH)
    returns = knowledge / "returns.md"
    returns.write_text(returns.read_text("utf-8").replace("30 days", "60 days"), encoding="utf-8")
    kept.record(load_folder(knowledge), JUNE)
    return kept


def test_an_article_is_given_back_as_it_was(versions: Versions, knowledge: Path) -> None:
    before = {one.path: one for one in versions.at(MARCH)}
    now = {one.path: one for one in versions.at(JUNE)}
    assert "30 days" in before["returns.md"].text and "60 days" in now["returns.md"].text
    assert list(now.values()) == list(load_folder(knowledge).documents)


def test_the_first_version_counts_from_its_own_date_later_ones_from_when_they_were_indexed(
    versions: Versions,
) -> None:
    first, second = versions.history("returns.md")
    assert (first.since, first.until) == (datetime(2026, 2, 1, tzinfo=UTC), JUNE)
    assert (second.since, second.until) == (JUNE, None)
    assert [one.path for one in versions.at(datetime(2026, 1, 20, tzinfo=UTC))] == ["delivery.md"]


def test_a_date_to_come_or_none_is_the_day_of_indexing(tmp_path: Path, knowledge: Path) -> None:
    kept, loaded = Versions(tmp_path / "k.db"), load_folder(knowledge)
    own = ("2030-01-01", "some day")
    documents = tuple(replace(one, updated=date) for one, date in zip(loaded.documents, own))
    kept.record(replace(loaded, documents=documents), MARCH)
    assert [one.since for one in kept.history()] == [MARCH, MARCH]


def test_what_did_not_change_gets_no_second_version(versions: Versions, knowledge: Path) -> None:
    versions.record(load_folder(knowledge), JULY)
    assert len(versions.history()) == 3


def test_a_removed_article_has_an_end_and_can_come_back(versions: Versions, knowledge: Path) -> None:
    text = (knowledge / "returns.md").read_text("utf-8")
    (knowledge / "returns.md").unlink()
    versions.record(load_folder(knowledge), JULY)
    assert versions.history("returns.md")[-1].until == JULY
    assert [one.path for one in versions.at(JULY)] == ["delivery.md"]
    (knowledge / "returns.md").write_text(text, encoding="utf-8")
    versions.record(load_folder(knowledge), JULY + timedelta(days=1))
    assert [one.path for one in versions.at(JULY + timedelta(days=2))] == ["delivery.md", "returns.md"]


def test_an_article_that_cannot_be_read_just_now_stays(versions: Versions, knowledge: Path) -> None:
    (knowledge / "returns.md").write_bytes(b"---\ntitle: [broken\n---\n")
    versions.record(load_folder(knowledge), JULY)
    assert versions.history("returns.md")[-1].until is None


def test_a_version_is_shown_by_the_beginning_of_its_hash(versions: Versions) -> None:
    first, second = versions.history("returns.md")
    assert versions.show("returns.md", first.version[:6]) == first
    assert versions.show("returns.md") == second
    with pytest.raises(
        KnowledgeError, match=f"no version 'xyz'. Known are {first.version}, {second.version}"
    ):
        versions.show("returns.md", "xyz")


def test_unknown_articles_and_times_say_what_is_known(versions: Versions, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"No version of return\.md is known: did you mean returns\.md"):
        versions.history("return.md")
    with pytest.raises(
        KnowledgeError, match="stood there on 2025-01-01: the oldest version is of 2026-01-05"
    ):
        versions.at(datetime(2025, 1, 1, tzinfo=UTC))
    with pytest.raises(KnowledgeError, match="run `rapport index` first"):
        Versions(tmp_path / "none.db").at(JUNE)


def test_pruning_forgets_what_ended_long_ago_and_nothing_else(versions: Versions) -> None:
    assert versions.prune(JUNE) == 0
    assert versions.prune(JUNE + timedelta(seconds=1)) == 1
    assert [one.version for one in versions.history()] == [one.version for one in versions.at(JULY)]
    assert b"30 days" not in versions.file.read_bytes()


def test_a_damaged_file_says_what_to_do(versions: Versions, knowledge: Path) -> None:
    versions.file.write_bytes(b"no database at all" * 100)
    for use in (lambda: versions.record(load_folder(knowledge), JULY), lambda: versions.at(JULY)):
        with pytest.raises(KnowledgeError, match="Restore the file from a backup, or move it away"):
            use()


def test_questions_are_answered_from_what_stood_there(
    versions: Versions, knowledge: Path, index: KnowledgeIndex, encoder: HashingEncoder
) -> None:
    index.update(knowledge)
    encoder.encoded.clear()
    past = past_index(index, versions.at(MARCH))
    assert not any("delivery in the UK" in text for text in encoder.encoded), "the same as now: not embedded"
    question = "How long can I return something?"
    then, now = Answerer(past).answer(question), Answerer(index).answer(question)  # type: ignore[arg-type]
    assert "30 days" in then.text and "60 days" in now.text
    assert versions.show("returns.md", then.citations[0].version).until == JUNE


def test_a_past_index_of_the_present_holds_the_same_as_the_index(
    knowledge: Path, index: KnowledgeIndex, tmp_path: Path
) -> None:
    kept = Versions(tmp_path / "k.db")
    kept.record(load_folder(knowledge), MARCH)
    past = past_index(index, kept.at(MARCH))
    assert past.contents.chunks == index.contents.chunks
    assert (past.contents.vectors == index.contents.vectors).all()
