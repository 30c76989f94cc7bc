from collections.abc import Iterator

import pytest

from llm.errors import GeneratorCutOff, GeneratorInterrupted
from llm.generators.thoughts import shown, without_thoughts

REPLIES = [
    ("<think>Is it £9?\nNo.</think>\nIt is £3.95.", "It is £3.95."),
    ("<think>Is it £9", ""),
    ("<Reasoning>a</reasoning> b <think>c</think> d", "b  d"),
    ("It is £3.95.", "It is £3.95."),
    ("<thinking>I end with </thinking>, or not?</thinking>It is £3.95.", "It is £3.95."),
    ("<answer>\nIt is £3.95.\n</answer>", "It is £3.95."),
    ("Under 3 < 4 kg it is free, a <b>must</b>.", "Under 3 < 4 kg it is free, a <b>must</b>."),
    ("It is free <", "It is free <"),
]


@pytest.mark.parametrize(
    ("text", "left"),
    [*REPLIES, ("Is it £9? No.</think>It is £3.95.", "It is £3.95."), ("Answer: Yes.", "Yes.")],
)
def test_what_a_model_thinks_aloud_is_never_in_a_reply(text: str, left: str) -> None:
    assert without_thoughts(text) == left


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize(("text", "left"), REPLIES)
def test_nor_in_one_that_is_being_written_however_it_is_cut(text: str, left: str, size: int) -> None:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert "".join(shown(iter(pieces), thinking=False)).strip() == left


@pytest.mark.parametrize("size", [1, 4, 1000])
@pytest.mark.parametrize(
    ("text", "left"), [*REPLIES, ("Is it £9? No.</thinking>It is £3.95.", "It is £3.95.")]
)
def test_a_model_that_was_told_to_think_shows_nothing_before_it_has_ended(
    text: str, left: str, size: int
) -> None:
    pieces = (text[start : start + size] for start in range(0, len(text), size))
    assert list(shown(pieces, thinking=True)) == [left] * bool(left)


def test_what_is_no_thought_is_shown_at_once() -> None:
    said: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in ("It ", "costs 3 < 4 ", "pounds, ", "<thin", "king>hm", "</thinking>"):
            yield piece
            said.append(piece)

    reading = shown(pieces(), thinking=False)
    assert (next(reading), len(said)) == ("It ", 0)
    assert next(reading) == "costs 3 "
    assert "".join(reading) == "< 4 pounds, "


def test_what_was_held_back_of_a_reply_that_was_cut_off_is_not_lost() -> None:
    def cut_off() -> Iterator[str]:
        yield "<thinking>hm</thinking>It costs £3.95."
        raise GeneratorCutOff("too long")

    reading = shown(cut_off(), thinking=True)
    assert next(reading) == "It costs £3.95."
    with pytest.raises(GeneratorCutOff):
        next(reading)


def test_a_thought_that_broke_off_is_not_shown_either() -> None:
    def broken() -> Iterator[str]:
        yield "<thinking>the secret"
        raise GeneratorInterrupted("gone")

    with pytest.raises(GeneratorInterrupted):
        assert list(shown(broken(), thinking=False)) == []
