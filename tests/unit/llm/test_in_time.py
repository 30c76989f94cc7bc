import threading
import time
from collections.abc import Callable

import pytest

from llm.errors import GeneratorGarbage, GeneratorInterrupted, GeneratorTimeout, GeneratorUnavailable
from llm.generators.base import Emit
from llm.generators.in_time import MAX_CHARACTERS, pieces_in_time
from llm.prompts.prompt import Prompt

PROMPT = Prompt("test/1", "", "")


class Writing:
    """A model that writes as a function says."""

    name = "writing"

    def __init__(self, write: Callable[[Emit], None]) -> None:
        self._write = write
        self.ended = threading.Event()

    def write(self, prompt: Prompt, emit: Emit) -> None:
        try:
            self._write(emit)
        finally:
            self.ended.set()


def forever(emit: Emit) -> None:
    while True:
        emit("on ")
        time.sleep(0.005)


def raises(error: BaseException) -> Callable[[Emit], None]:
    def write(emit: Emit) -> None:
        emit("half a ")
        raise error

    return write


def test_pieces_come_in_order() -> None:
    model = Writing(lambda emit: [emit(piece) for piece in ("a", "", "b")] and None)
    assert "".join(pieces_in_time(model, PROMPT, 5)) == "ab"


def test_each_piece_is_read_while_the_next_is_not_yet_written() -> None:
    go_on = [threading.Event(), threading.Event()]

    def write(emit: Emit) -> None:
        emit("a")
        assert go_on[0].wait(5)
        emit("b")
        assert go_on[1].wait(5)
        emit("c")

    pieces = pieces_in_time(Writing(write), PROMPT, 4)
    assert next(pieces) == "a"
    go_on[0].set()
    assert next(pieces) == "b"
    go_on[1].set()
    assert list(pieces) == ["c"]


def test_nothing_is_lost_at_the_end() -> None:
    def write(emit: Emit) -> None:
        emit("a")
        time.sleep(0.001)
        emit("b")

    assert {"".join(pieces_in_time(Writing(write), PROMPT, 5)) for _ in range(100)} == {"ab"}


def test_a_model_that_hangs_is_left_in_time_and_ends_with_its_next_piece() -> None:
    let_go = threading.Event()

    def write(emit: Emit) -> None:
        let_go.wait(10)
        emit("too late")
        raise AssertionError("nobody reads this")

    model = Writing(write)
    started = time.perf_counter()
    with pytest.raises(GeneratorTimeout, match=r"writing.*0\.2 seconds"):
        list(pieces_in_time(model, PROMPT, 0.2))
    assert time.perf_counter() - started < 1
    let_go.set()
    assert model.ended.wait(2)


def test_a_model_that_never_ends_is_stopped_though_pieces_keep_coming() -> None:
    model = Writing(forever)
    with pytest.raises(GeneratorTimeout):
        list(pieces_in_time(model, PROMPT, 0.2))
    assert model.ended.wait(2)


def test_a_reader_that_goes_away_stops_the_writer() -> None:
    model = Writing(forever)
    pieces = pieces_in_time(model, PROMPT, 30)
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert model.ended.wait(2)


def test_a_flood_is_garbage() -> None:
    model = Writing(lambda emit: [emit("x" * 1000) for _ in range(MAX_CHARACTERS)] and None)
    with pytest.raises(GeneratorGarbage):
        list(pieces_in_time(model, PROMPT, 30))
    assert model.ended.wait(2)


@pytest.mark.parametrize("error", [KeyError("the words of the customer"), SystemExit(3), MemoryError()])
def test_whatever_a_library_raises_becomes_one_error_without_its_text(error: BaseException) -> None:
    pieces = pieces_in_time(Writing(raises(error)), PROMPT, 5)
    assert next(pieces) == "half a "
    with pytest.raises(GeneratorInterrupted, match=type(error).__name__) as caught:
        next(pieces)
    assert "customer" not in str(caught.value)


def test_errors_of_ours_stay_what_they_are() -> None:
    with pytest.raises(GeneratorUnavailable, match="make models"):
        list(pieces_in_time(Writing(raises(GeneratorUnavailable("run `make models`"))), PROMPT, 5))
