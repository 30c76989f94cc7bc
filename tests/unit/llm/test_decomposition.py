"""Questions that need several articles."""

from __future__ import annotations

import pytest

from llm.answerability import Answerability
from llm.answering import Answerer
from llm.decomposition import MAX_PARTS, sub_questions
from llm.followups import rewrite_follow_up
from llm.knowledge.index import KnowledgeIndex

# The hashing encoder's similarities are not MiniLM's: answer whenever half of the words are covered.
BY_COVERAGE = Answerability((0.0, 0.0, 10.0, 0.0), -5.0, 0.5)


def parts(question: str) -> list[str]:
    return sub_questions(question, rewrite_follow_up)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "Can I return socks and how long does it take?",
            ["Can I return socks", "How long does returning socks take?"],
        ),
        ("how much is delivery? and when do you open", ["how much is delivery?", "when do you open"]),
        (
            "is my dog ok in the shop, and can he come on a walk?",
            ["is my dog ok in the shop", "can he come on a walk? (dog shop)"],
        ),
        (
            "was kostet der Versand und wie lange kann ich etwas zurückgeben?",
            ["was kostet der Versand", "wie lange kann ich etwas zurückgeben?"],
        ),
    ],
)
def test_a_message_is_cut_where_something_asks(question: str, expected: list[str]) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Can I bring a dog and a cat?",
        "student discount on second hand stuff?",
        "I bought boots, which I wore once, and they leak",
        "what happens when I return something and it is worn",
        "",
        "???",
        "and and and",
    ],
)
def test_one_question_stays_whole(question: str) -> None:
    assert parts(question) == [question]


def test_a_flood_of_questions_is_cut_a_few_times_only() -> None:
    assert len(parts("how much is it, " * 500 + "when do you open, where are you, do you ship")) <= MAX_PARTS


def test_each_part_is_answered_from_its_own_article(index: KnowledgeIndex) -> None:
    answerer = Answerer(index, answerability=BY_COVERAGE)
    answer = answerer.answer("How much is standard delivery in the UK, and how long can I return something?")
    assert "£3.95" in answer.text and "30 days" in answer.text
    assert {citation.document for citation in answer.citations} == {"delivery.md", "returns.md"}
    assert answer.grounded


def test_where_a_part_has_no_answer_the_whole_is_asked(index: KnowledgeIndex) -> None:
    answerer = Answerer(index, answerability=BY_COVERAGE)
    whole = answerer.answer("How much is standard delivery, and who won the football championship?")
    assert {citation.document for citation in whole.citations} <= {"delivery.md"}
