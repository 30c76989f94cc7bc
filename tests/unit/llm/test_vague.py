import pytest

from llm.vague import is_vague


@pytest.mark.parametrize(
    "question", ["is it free?", "how long does it take", "can i change it", "when", "it's wrong"]
)
def test_a_question_that_names_nothing_is_vague(question: str) -> None:
    assert is_vague(question)


@pytest.mark.parametrize(
    "question", ["is delivery free?", "can i return it", "opening hours", "do you ship to Spain"]
)
def test_one_noun_is_enough(question: str) -> None:
    assert not is_vague(question)
