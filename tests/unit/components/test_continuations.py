import pytest

from components.continuations import ContinuationFinder
from components.phrases import words_of
from tests.unit.components.conftest import entity

FINDER = ContinuationFinder(words_of(["en", "de"]))


def goes_on(text: str, value: str) -> bool:
    return FINDER.continues(text, [entity("order_number", value, text)] if value else [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("and 1002?", "1002"),
        ("what about 1002", "1002"),
        ("and to Ireland?", "Ireland"),
        ("and in blue?", "blue"),
        ("the same for 1003 please", "1003"),
        ("1016 too", "1016"),
        ("how about the jacket?", "jacket"),
        ("und 1002?", "1002"),
        ("was ist mit 1002", "1002"),
        ("und nach Irland?", "Irland"),
    ],
)
def test_another_thing_alone_goes_on_with_the_question(text: str, value: str) -> None:
    assert goes_on(text, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1002", "1002"),
        ("and cancel 1002", "1002"),
        ("and how long does it take?", ""),
        ("not 1001 but 1002", "1002"),
        ("and where is 1002", "1002"),
        ("sorry, and 1002", "1002"),
        ("and my cousin Ireland told me", "Ireland"),
        ("and " + "so " * 20 + "1002", "1002"),
        ("", ""),
    ],
)
def test_whatever_says_more_is_a_message_of_its_own(text: str, value: str) -> None:
    assert not goes_on(text, value)
