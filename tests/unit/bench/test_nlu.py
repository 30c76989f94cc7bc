from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.labelled import DataError, Labelled, few_shots, read_labelled
from bench.nlu import score


def answer(
    name: str, confidence: float, *others: tuple[str, float], unknown: float = 0.0, caught: bool = False
) -> dict[str, Any]:
    places = [{"name": name, "confidence": confidence}, *({"name": n, "confidence": c} for n, c in others)]
    return {
        "intent": places[0],
        "intent_ranking": places,
        "unknown": {"probability": unknown, "is_unknown": caught},
    }


def test_a_question_out_of_scope_is_caught_where_two_points_are_given_up() -> None:
    known = [answer("a", 0.9, unknown=0.1 + 0.001 * n) for n in range(99)]
    lost = answer("a", 0.9, unknown=0.9)
    strange = [answer("a", 0.5, unknown=u) for u in (0.95, 0.8, 0.15)]
    figures = score([*known, lost, *strange], ["a"] * 100 + ["oos"] * 3, "oos")
    assert figures["in_scope_accuracy"] == 1.0
    assert figures["ece"] == pytest.approx(0.1)
    assert figures["oos_recall"] == pytest.approx(2 / 3)
    assert figures["oos_recall_own"] == 0.0


def test_the_best_known_intent_counts_in_scope_also_where_the_message_was_caught() -> None:
    figures = score([answer("oos", 0.9, ("a", 0.8), caught=True)] * 2, ["a", "b"], "oos")
    assert figures["accuracy"] == 0.0
    assert figures["in_scope_accuracy"] == 0.5
    assert figures["given_up_own"] == 0.5


def test_messages_come_from_csv_and_json(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('text,category\n"hi, there",greet\nbye,goodbye\n', encoding="utf-8")
    assert read_labelled(tmp_path / "a.csv", "train") == Labelled(["hi, there", "bye"], ["greet", "goodbye"])
    parts = {"train": [["hi", "greet"]], "oos_train": [["42", "oos"]], "test": [["yo", "greet"]]}
    (tmp_path / "a.json").write_text(json.dumps(parts), encoding="utf-8")
    assert read_labelled(tmp_path / "a.json", "train").labels == ["greet", "oos"]
    assert read_labelled(tmp_path / "a.json", "test").texts == ["yo"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "message,label\nhi,greet\n", "no column 'text', only message, label: give --text-column"),
        ("a.csv", "text,label\nhi,\n", "line 2: a message and a label are needed"),
        ("a.csv", "text,label\n", "holds no messages"),
        ("a.json", "[]", "is not JSON of the form"),
        ("none.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(
    tmp_path: Path, name: str, content: str | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=words):
        read_labelled(tmp_path / name, "train")


def test_few_shots_are_drawn_by_seed_and_leave_those_out_of_scope_alone() -> None:
    data = Labelled(
        [f"{label}{n}" for label in ("a", "b", "oos") for n in range(9)], ["a"] * 9 + ["b"] * 9 + ["oos"] * 9
    )
    drawn = few_shots(data, 2, 0, "oos")
    assert [drawn.labels.count(label) for label in ("a", "b", "oos")] == [2, 2, 9]
    assert drawn == few_shots(data, 2, 0, "oos") != few_shots(data, 2, 1, "oos")
    assert few_shots(data, None, 0, None) is data
