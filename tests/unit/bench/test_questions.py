from pathlib import Path

import pytest

from bench.questions import OWN_SET, Judged, figures_of, read_messages
from rapport.errors import RapportError


def test_a_wrong_split_costs_precision_and_a_missed_one_recall() -> None:
    judged = [
        Judged("both", ["a", "b"], ["a", "b"]),
        Judged("missed", ["a", "b"], ["a"]),
        Judged("other intents", ["a", "b", "c"], ["a", "c"]),
        Judged("wrong split", ["a"], ["a", "b"]),
        Judged("one", ["a"], ["a"]),
    ]
    assert figures_of(judged) == {
        "messages": 5, "several": 3, "precision": 0.667, "recall": 0.667, "both_right": 0.333
    }  # fmt: skip


def test_nothing_split_is_no_division_by_zero() -> None:
    assert figures_of([])["precision"] == 0.0


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("dev: [{text: hi, asked: [greet]}]", "no messages under 'test' \\(it has: dev\\)"),
        ("test: [{text: hi}]", "test, message 1: expected"),
        ("test: [hi]", "found 'hi'"),
        ("- hi", "no messages under 'test'"),
        ("test: [", "cannot be read"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "messages.yml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(RapportError, match=problem):
        read_messages(file, "test")


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(RapportError, match=r"nowhere\.yml cannot be read"):
        read_messages(tmp_path / "nowhere.yml", "test")


def test_our_own_set_is_as_large_and_as_balanced_as_the_docs_say() -> None:
    splits = {split: read_messages(OWN_SET, split) for split in ("dev", "test")}
    assert all(len(messages) >= 75 for messages in splits.values())
    for messages in splits.values():
        assert 0.4 <= sum(len(one["asked"]) > 1 for one in messages) / len(messages) <= 0.6
    assert not {one["text"] for one in splits["dev"]} & {one["text"] for one in splits["test"]}
