from llm.knowledge.gaps import gaps
from llm.knowledge.index import KnowledgeIndex


def test_like_questions_are_one_gap_the_most_frequent_first(index: KnowledgeIndex) -> None:
    asked = [
        "Do you rent kayaks?",
        "rent kayaks",
        "Delivery to Mars",
        "Do you rent kayaks?",
        "can I rent kayaks?",
    ]
    first, second = gaps(asked, index)
    assert (first.count, second.count) == (4, 1)
    assert first.examples[0] == "Do you rent kayaks?" and len(first.examples) == 3
    assert second.examples == ("Delivery to Mars",)
    assert second.closest.startswith("delivery.md: ") and 0 < second.score <= 1


def test_without_questions_there_is_no_gap(index: KnowledgeIndex) -> None:
    assert gaps([], index) == [] and gaps(["  "], index) == []


def test_a_question_that_nothing_is_close_to_has_no_article(index: KnowledgeIndex) -> None:
    (one,) = gaps(["xyzzy"], index)
    assert (one.closest, one.score) == ("", 0.0)
