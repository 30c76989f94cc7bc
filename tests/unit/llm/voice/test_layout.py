"""Paragraphs and lines: white space moves, nothing else does."""

import pytest

from llm.voice.layout import laid_out, sentences
from llm.voice.style import Style

LONG = "One thing is here. A second is there. A third comes. A fourth, too. And a fifth."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It costs £3.95. It is free over £60.", ["It costs £3.95.", "It is free over £60."]),
        ("Ask e.g. Mr. Hill. He knows.", ["Ask e.g. Mr. Hill.", "He knows."]),
        ("Am 12. Mai, z. B. um 9 Uhr. Danach nicht.", ["Am 12. Mai, z. B. um 9 Uhr.", "Danach nicht."]),
        ("She said “Stop. Now.” and left. Then rain.", ["She said “Stop. Now.” and left.", "Then rain."]),
        (
            "Er sagte „Halt. Sofort.“ und ging. Dann Regen.",
            ["Er sagte „Halt. Sofort.“ und ging.", "Dann Regen."],
        ),
        ("It works (see page. Two) well. Yes.", ["It works (see page. Two) well.", "Yes."]),
        ("", []),
    ],
)
def test_sentences_end_where_readers_see_them_end(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


def test_short_paragraphs_hold_two_sentences_or_three() -> None:
    assert [len(sentences(p)) for p in laid_out(LONG, Style({"paragraphs": 0.8})).split("\n\n")] == [2, 2, 1]
    assert [len(sentences(p)) for p in laid_out(LONG, Style({"paragraphs": 0.4})).split("\n\n")] == [3, 2]


def test_a_long_sentence_is_a_paragraph_of_its_own() -> None:
    text = f"Short. {'Very ' * 40}long. Short again."
    assert laid_out(text, Style({"paragraphs": 0.8})).split("\n\n")[0] == "Short."


def test_the_other_end_is_one_block_unless_there_is_a_list() -> None:
    assert laid_out("One.\n\nTwo.", Style({"paragraphs": -0.8})) == "One. Two."
    assert laid_out("Take:\n- a\n- b\n\nDone.", Style({"paragraphs": -0.8})) == "Take:\n- a\n- b\n\nDone."


def test_items_of_a_list_stand_on_lines() -> None:
    text = "Before. You need: a rope; a map; a friend. After."
    said = laid_out(text, Style({"structure": 0.5}))
    assert said == "Before.\n\nYou need:\na rope;\na map;\na friend.\n\nAfter."


def test_steps_stand_on_lines() -> None:
    text = "Do this. 1. Open it. 2. Close it."
    assert laid_out(text, Style({"structure": 0.5})) == "Do this.\n1. Open it.\n2. Close it."


@pytest.mark.parametrize(
    "text", ["You need: a rope; a map.", "He said “take: a; b; c; d” to me.", "Open at 9:00; 10:00; 11:00."]
)
def test_what_is_no_list_is_not_broken(text: str) -> None:
    assert laid_out(text, Style({"structure": 1})) == text


def test_lists_are_not_taken_apart_again() -> None:
    text = "Take:\n- one thing. It is good.\n- another. It is better."
    assert laid_out(text, Style({"paragraphs": 1, "structure": 1})) == text


def test_a_style_without_wishes_leaves_white_space_alone() -> None:
    assert laid_out("a  b.\n C.\n\n\nD", Style({"warmth": 1})) == "a  b.\n C.\n\n\nD"
