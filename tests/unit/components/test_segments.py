import pytest

from components.intent_model import Ranking
from components.segments import split_questions, two_questions


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in split_questions(text)]


def ranked(intent: str, confidence: float) -> Ranking:
    return Ranking([intent, "other"], [confidence, 0.0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where is my order and do you ship to France", ["where is my order", "do you ship to France"]),
        ("Where is my order? Do you ship to France?", ["Where is my order?", "Do you ship to France?"]),
        ("cancel 1001\n\nwhat is the warranty", ["cancel 1001", "what is the warranty"]),
        ("cancel my order; is it too late", ["cancel my order", "is it too late"]),
        ("I want a refund, also can I pay later", ["I want a refund", "can I pay later"]),
    ],
)
def test_two_questions_are_two_parts(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text", ["", "hi", "🙂", "boots and socks", "Thanks! Bye", "where is my order?", "? ? ?", "\n\n"]
)
def test_a_single_question_is_not_split(text: str) -> None:
    assert parts(text) == []


def test_a_part_that_stands_twice_in_the_text_is_found_at_its_own_place() -> None:
    text = "can I return it and what is it? is it on sale?"
    for start, end in split_questions(text):
        assert text[start:end] == text[start:end].strip()
    assert [start for start, _ in split_questions(text)] == [0, 20, 32]


def test_a_long_message_is_judged_by_its_first_parts() -> None:
    assert len(split_questions("where is it? " * 5_000)) == 6


def test_two_sure_parts_with_different_intents_are_two_questions() -> None:
    found = two_questions(["a b", "c d"], [ranked("track_order", 0.9), ranked("ask_warranty", 0.8)], 0.7, [])
    assert found is not None
    assert [(part.text, part.intent, part.confidence) for part in found] == [
        ("a b", "track_order", 0.9),
        ("c d", "ask_warranty", 0.8),
    ]


@pytest.mark.parametrize(
    "rankings",
    [
        [ranked("track_order", 0.9), ranked("ask_warranty", 0.6)],
        [ranked("track_order", 0.9), ranked("track_order", 0.9)],
        [ranked("greet", 0.9), ranked("track_order", 0.9)],
        [],
    ],
)
def test_unsure_alike_and_small_talk_parts_do_not_count(rankings: list[Ranking]) -> None:
    assert two_questions(["a b", "c d"], rankings, 0.7, ["greet"]) is None
