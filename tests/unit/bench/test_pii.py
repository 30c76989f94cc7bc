from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.pii import Span, figures, measure, run
from bench.pii_files import Marked, SpansFileError, read_spans

CLAIMED = frozenset({"person", "email", "date_of_birth"})


def write(folder: Path, rows: Any) -> Path:
    file = folder / "spans.json"
    file.write_text(json.dumps(rows), encoding="utf-8")
    return file


def test_both_formats_read_alike(tmp_path: Path) -> None:
    own = [{"text": "I'm Emma", "spans": [{"start": 4, "end": 8, "kind": "person"}]}]
    theirs = [
        {
            "full_text": "I'm Emma",
            "spans": [{"entity_type": "PERSON", "start_position": 4, "end_position": 8}],
        }
    ]
    assert read_spans(write(tmp_path, own)) == read_spans(write(tmp_path, theirs))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "one text or more"),
        ({"text": "a"}, "must be a list"),
        ([{"text": "a"}], "text 0: KeyError"),
        ([{"text": "a", "spans": [{"start": 0, "end": 5, "kind": "person"}]}], "outside its text"),
        ([{"text": "a", "spans": [{"start": "x", "end": 5, "kind": "person"}]}], "text 0: ValueError"),
    ],
)
def test_a_wrong_file_is_said_with_the_place(tmp_path: Path, rows: Any, said: str) -> None:
    with pytest.raises(SpansFileError, match=said):
        read_spans(write(tmp_path, rows))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpansFileError, match=r"nowhere\.json cannot be read"):
        read_spans(tmp_path / "nowhere.json")


def test_half_of_a_span_is_enough_and_less_is_not() -> None:
    texts = [Marked("0123456789" * 2, (Span(0, 10, "person"), Span(10, 20, "email"), Span(0, 2, "GPE")))]
    result = measure("ours", lambda _: [Span(0, 5, "person"), Span(10, 14, "email")], texts, CLAIMED)
    found = figures(result, CLAIMED)
    assert (found["recall"], found["precision"], found["masked"]) == (0.5, 1.0, 0.45)
    assert found["kinds"]["email"]["recall"] == 0
    assert found["not_claimed"] == {"GPE": {"marked": 1, "masked": 1.0}}


def test_a_span_of_the_wrong_kind_is_not_right_but_masks() -> None:
    texts = [Marked("0123456789", (Span(0, 10, "person"),))]
    found = figures(measure("ours", lambda _: [Span(0, 10, "email")], texts, CLAIMED), CLAIMED)
    assert (found["recall"], found["precision"], found["masked"]) == (0, 0, 1.0)


def test_a_date_of_birth_is_right_where_a_date_is_marked() -> None:
    texts = [Marked("0123456789", (Span(0, 10, "DATE_TIME"),))]
    found = figures(measure("ours", lambda _: [Span(0, 10, "date_of_birth")], texts, CLAIMED), CLAIMED)
    assert found["precision"] == 1.0


def test_the_last_line_is_one_json_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "my name is Emma Hartley, write to emma@example.com"
    spans = [{"start": 11, "end": 23, "kind": "person"}, {"start": 34, "end": 50, "kind": "email"}]
    run(write(tmp_path, [{"text": text, "spans": spans}]))
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last["recall"] == last["precision"] == 1.0
    assert last["kinds"]["email"]["found"] == 1


def test_no_text_left_is_said(tmp_path: Path) -> None:
    with pytest.raises(SpansFileError, match="leave no text"):
        run(write(tmp_path, [{"text": "a", "spans": []}]), first=0.5)
