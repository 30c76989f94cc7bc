import pytest

from llm.followups import rewrite_follow_up

CASES = [
    ("How much is delivery to the UK?", "and to Ireland?", "How much is delivery to Ireland?"),
    ("How much is delivery in the UK?", "What about Ireland?", "How much is delivery in Ireland?"),
    ("how much is standard delivery?", "and to Ireland?", "How much is standard delivery to Ireland?"),
    ("how much is express delivery?", "what about click and collect?", "How much is click and collect?"),
    ("how long is the warranty on tents?", "what about boots?", "How long is the warranty on boots?"),
    ("what is the warranty?", "what about boots?", "What is the warranty for boots?"),
    ("can I return socks?", "and boots?", "Can I return boots?"),
    ("can I pay with PayPal?", "and Apple Pay?", "Can I pay with Apple Pay?"),
    ("can I return my boots?", "how long does that take?", "How long does returning my boots take?"),
    ("can I return my boots?", "is it free?", "Is returning my boots free?"),
    ("can I return my boots?", "can I exchange them?", "Can I exchange my boots?"),
    ("hi, do you sell gift cards?", "how long are they valid?", "How long are gift cards valid?"),
    ("what is the trail club?", "how do I join it?", "How do I join the trail club?"),
    ("do you deliver to Ireland?", "how much?", "How much does delivering to Ireland cost?"),
    ("do you deliver to Ireland?", "is there a fee?", "Is there a fee for delivering to Ireland?"),
    ("do you deliver to Ireland?", "do you have shops there?", "Do you have shops in Ireland?"),
    ("can I return a climbing rope?", "why not?", "Why not (returning a climbing rope)?"),
    ("how do I wash my down jacket?", "can I tumble dry it?", "Can I tumble dry my down jacket?"),
    ("do you have a student discount", "same for teachers?", "Do you have a student discount for teachers?"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "question", "standalone"), CASES)
def test_a_follow_up_takes_what_it_lacks_from_the_question_before(
    before: str, question: str, standalone: str
) -> None:
    assert rewrite_follow_up(question, [before]) == standalone


@pytest.mark.parametrize(
    "question",
    [
        "What are your opening hours?",
        "How long does it take to get a refund?",
        "Is it possible to pay with PayPal?",
        "My tent has a hole, can you repair it?",
        "I bought it yesterday",
        "gift cards",
        "Is there a shop in Keswick?",
        "Does that jacket come in blue?",
    ],
)
def test_a_standalone_question_is_left_alone(question: str) -> None:
    assert rewrite_follow_up(question, ["can I return a climbing rope?"]) == question


def test_follow_ups_of_follow_ups_keep_the_topic() -> None:
    history = ["Do you deliver to Ireland?", "how long does it take?"]
    assert rewrite_follow_up("and to Germany?", history) == "How long does delivering to Germany take?"


def test_small_talk_between_questions_is_passed_over() -> None:
    history = ["How much is delivery to the UK?", "ok thanks", "1001", "/greet"]
    assert rewrite_follow_up("and to Ireland?", history) == "How much is delivery to Ireland?"


@pytest.mark.parametrize("history", [[], ["hi", "yes"], [""]])
def test_without_an_earlier_question_nothing_is_made_up(history: list) -> None:
    assert rewrite_follow_up("and to Ireland?", history) == "and to Ireland?"


def test_empty_text_stays_empty() -> None:
    assert rewrite_follow_up("", ["can I return a rope?"]) == ""


def test_what_was_just_found_is_meant_where_the_customer_did_not_say_it() -> None:
    known = ["Wasdale Two Tent"]
    assert rewrite_follow_up("is it waterproof?", ["the second one"], known=known) == (
        "is it waterproof (Wasdale Two Tent)"
    )
    assert rewrite_follow_up("ist es wasserdicht?", ["das zweite"], "de", known) == (
        "ist es wasserdicht (Wasdale Two Tent)"
    )
    # Said in words, or not pointed at: nothing is added.
    said = "tell me about the Wasdale Two Tent"
    assert "(" not in rewrite_follow_up("is it waterproof?", [said], known=known)
    for question in ("What are your opening hours?", "is it possible to pay by card", "1016", ""):
        assert rewrite_follow_up(question, ["the second one"], known=known) == question
