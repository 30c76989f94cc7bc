from __future__ import annotations

import pytest

from learning.stories.failure import Failure, NotShown, failure_of, shrink
from learning.turn import Turn

WRONG = Failure("ask_shops", "ask_shops", ("utter_answer",))


def assistant(*needed: str, calls: list[list[str]] | None = None):  # type: ignore[no-untyped-def]
    """An assistant that is wrong in its last turn once it has been told all of `needed`."""

    def attempt(texts: list[str]) -> list[Turn]:
        if calls is not None:
            calls.append(texts)
        heard = " ".join(texts)
        wrong = all(word in heard for word in needed)
        intent = "ask_shops" if wrong else "greet"
        said = ("utter_answer",) if wrong else ("utter_greet",)
        return [Turn("t", "c", n, 0.0, text=text, intent=intent, routed=intent, responses=said)
                for n, text in enumerate(texts, 1)]  # fmt: skip

    return attempt


def test_messages_that_do_not_matter_are_left_out() -> None:
    texts = ["hello", "order 1001", "thanks", "a tent", "where is it"]
    found = shrink(texts, WRONG, assistant("1001", "where"))
    assert found.texts == ("order 1001", "where is it")


def test_sentences_of_the_last_message_that_do_not_matter_are_left_out_but_never_its_last() -> None:
    found = shrink(["Hi there! Where is it? I am in a hurry."], WRONG, assistant("Where"))
    assert found.texts == ("Where is it?",)
    assert shrink(["Whatever. I say."], WRONG, assistant()).texts != ("",)


def test_what_does_not_go_wrong_any_more_is_said() -> None:
    with pytest.raises(NotShown, match=r"then it was taken for ask_shops.*now it is taken for greet"):
        shrink(["hello"], WRONG, assistant("1001"))


def test_without_a_failure_what_happens_now_is_kept() -> None:
    assert shrink(["bla", "hello"], None, assistant("1001")).texts == ("hello",)


def test_a_turn_that_nobody_understood_may_have_been_anything() -> None:
    lost = Turn("t", "c", 1, 0.0, intent="ask_shops", routed="nlu_fallback", responses=("utter_dont_know",))
    other = Turn("t", "c", 1, 0.0, intent="greet", routed="nlu_fallback", responses=("utter_dont_know",))
    assert failure_of(lost) == failure_of(other)
    asked = Turn("t", "c", 1, 0.0, intent="greet", routed="nlu_fallback", responses=("utter_clarify",))
    assert failure_of(lost) != failure_of(asked)
