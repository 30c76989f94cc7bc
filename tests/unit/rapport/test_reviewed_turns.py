"""Files of reviewed turns: three kinds, and what is said of broken ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from rapport.reviewed_turns import ReviewedError, ReviewedTurn, read_reviewed

INTENTS = ["track_order", "greet"]
TURNS = [ReviewedTurn("where is it, please", "track_order"), ReviewedTurn("sing a song", "")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", 'id,text,intent\n1,"where is it, please",track_order\n2,sing a song,\n'),
        (
            "a.jsonl",
            '{"text": "where is it, please", "intent": "track_order"}\n\n'
            '{"text": "sing a song", "intent": null}\n',
        ),
        ("a.yml", "- text: where is it, please\n  intent: track_order\n- {text: sing a song, intent: }\n"),
    ],
)
def test_all_kinds_say_the_same(project: Path, name: str, text: str) -> None:
    Path(name).write_text(text)
    assert read_reviewed(Path(name), INTENTS) == TURNS


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "text,label\nx,y\n", r"a\.csv:1: the header lacks intent"),
        ("a.csv", "text,intent\nhi,greet\nhello, you,greet\n", r"a\.csv:3: .* double quotes"),
        ("a.csv", "text,intent\nhi\n", r"a\.csv:2: .* double quotes"),
        ("a.csv", "text,intent\nhi,greet\nwhere,trak_order\n", r"a\.csv:3: .*did you mean track_order"),
        ("a.csv", "text,intent\n,greet\n", r"a\.csv:2: the text is empty"),
        ("a.csv", "text,intent\n", "holds no turns"),
        ("a.jsonl", '{"text": "hi", "intent": "greet"}\n{"text"\n', r"a\.jsonl:2: not valid JSON"),
        ("a.jsonl", '{"text": "hi"}\n', r"a\.jsonl:1: a turn needs text and intent"),
        ("a.jsonl", "[1]\n", r"a\.jsonl:1: a turn needs text and intent"),
        ("a.yml", "- text: hi\n  intent: greet\n\n- text: ho\n  intent: [a]\n", r"a\.yml:4: .* is no intent"),
        ("a.yml", "- text: 'hi\n", r"a\.yml, line \d+, is not valid YAML"),
        ("a.yml", "text: hi\n", r"a\.yml:1: not a list"),
        ("a.txt", "hi", "of no known kind"),
    ],
)
def test_a_broken_file_is_named_with_its_line(project: Path, name: str, text: str, said: str) -> None:
    Path(name).write_text(text)
    with pytest.raises(ReviewedError, match=said):
        read_reviewed(Path(name), INTENTS)


def test_a_missing_file_is_named(project: Path) -> None:
    with pytest.raises(ReviewedError, match=r"none\.csv cannot be read"):
        read_reviewed(Path("none.csv"), INTENTS)
