import numpy as np
import pytest

from components.encoder import MessageEncoder
from components.repeats import Likeness, Question, Repeat, find_repeat, spelling_likeness

PARAPHRASES = [
    ("can I pay with paypal", "do you take paypal"),
    ("how do I wash a down jacket", "what's the best way to clean my down jacket"),
    ("I want to cancel my order", "please cancel the order I placed"),
    ("do you ship to France", "can you deliver to France"),
    ("I forgot my password", "I can't remember my password"),
    ("my parcel hasn't arrived", "I still haven't received my parcel"),
    ("are the catbells boots in stock", "do you have the catbells boots in stock"),
    ("where is my order", "where is my order now"),
    ("is there a discount for students", "do you have a student discount"),
    ("what is your return policy", "tell me about your returns policy"),
    ("what are your opening hours", "tell me the opening hours please"),
    ("how long does delivery take", "how long will delivery take"),
]
NEAR_MISSES = [
    ("where is my order", "cancel my order"),
    ("how much is delivery", "how long does delivery take"),
    ("do you ship to France", "do you ship to Norway"),
    ("when will I get my refund", "how do I get a refund"),
    ("can I pay with paypal", "can I pay with klarna"),
    ("do you repair tents", "do you sell tents"),
    ("how do I wash a down jacket", "how do I wash a rain jacket"),
    ("I want to return my boots", "I want to exchange my boots"),
    ("what does the warranty cover", "how long is the warranty"),
    ("do you have the catbells boots in size 9", "do you have the catbells boots in size 8"),
    ("where are your shops", "when are your shops open"),
    ("can I collect my order in Kendal", "can I return my order in Kendal"),
    ("where is order 1001?", "where is order 1002?"),
    ("how do I use a gift card", "how long is a gift card valid"),
    ("do you deliver on sundays", "do you deliver on saturdays"),
    ("is the shop open on Monday", "is the Kendal shop open on Friday"),
    ("do you have a tent for two people", "do you have tents for four people"),
    ("how do I subscribe to the newsletter", "how do I unsubscribe from the newsletter"),
    ("how do I subscribe", "how do I unsubscribe"),
    ("can I return worn boots", "can I exchange worn boots"),
    ("I can't log in", "I can't log out"),
    ("how do I read my gift card number", "how do I send you my gift card"),
    ("why was my order cancelled", "how do I cancel my order"),
    ("where can I park", "where can I pay"),
]
# Free ways to ask the one question of an intent.
ONE_QUESTION = [
    ("where's my delivery", "my order hasn't arrived yet"),
    ("where is my order", "has my order been shipped"),
    ("how much is shipping", "postage cost?"),
    ("how much is shipping", "what do you charge for delivery"),
]


def question(text: str, intent: str | None = "same", tier: int = 1, **entities: str) -> Question:
    return Question(text, intent, frozenset(entities.items()), tier)


def repeat(encoder: MessageEncoder, current: Question, *earlier: Question) -> Repeat | None:
    return find_repeat(current, earlier, encoder.encode, Likeness())


@pytest.mark.parametrize(("first", "second"), PARAPHRASES)
def test_the_same_question_in_other_words_is_a_repeat(
    encoder: MessageEncoder, first: str, second: str
) -> None:
    assert repeat(encoder, question(second), question(first)) is not None


@pytest.mark.parametrize(("first", "second"), NEAR_MISSES)
@pytest.mark.parametrize("turned", [False, True])
def test_a_question_that_only_sounds_alike_is_no_repeat(
    encoder: MessageEncoder, first: str, second: str, turned: bool
) -> None:
    first, second = (second, first) if turned else (first, second)
    assert repeat(encoder, question(second), question(first)) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("where is my order", "WHERE IS MY ORDER???"),
        ("where is my order", "wher is my ordr"),
        ("how long is the waranty", "how long is the warranty"),
        ("where is the parcel", "where is my parcel"),
        ("👍 where is my order", "where is my order 👍👍"),
    ],
)
def test_the_same_words_with_typos_are_a_repeat_whatever_the_intent(
    encoder: MessageEncoder, first: str, second: str
) -> None:
    assert repeat(encoder, question(second, "one"), question(first, "other")) is not None


@pytest.mark.parametrize(("first", "second"), ONE_QUESTION)
def test_in_an_intent_of_one_question_much_less_likeness_is_enough(
    encoder: MessageEncoder, first: str, second: str
) -> None:
    single = Likeness(single_question_intents=frozenset({"same"}))
    assert find_repeat(question(second), [question(first)], encoder.encode, single) is not None


@pytest.mark.parametrize(
    ("current", "earlier"),
    [
        (
            question("where is 1001", order_number="FH-1001"),
            question("where is 1002", order_number="FH-1002"),
        ),
        (question("and the parcel to Berlin", city="Berlin"), question("where is my parcel")),
        (question("how much is delivery to France", country="France"), question("how much is delivery")),
        (question("is delivery free over 50 pounds"), question("how much is shipping")),
        (question("which courier brings it"), question("where is my parcel")),
    ],
)
def test_in_an_intent_of_one_question_another_thing_still_is_another_question(
    encoder: MessageEncoder, current: Question, earlier: Question
) -> None:
    single = Likeness(single_question_intents=frozenset({"same"}))
    assert find_repeat(current, [earlier], encoder.encode, single) is None


def alike(texts: list[str]) -> np.ndarray:
    """An encoder to which all texts mean the same."""
    return np.ones((len(texts), 1), dtype=np.float32)


def test_different_values_of_one_entity_are_different_questions() -> None:
    first = [question("is it there in blue", colour="blue")]
    navy, blue = question("got navy ones left", colour="navy"), question("got blue ones left", colour="blue")
    assert find_repeat(navy, first, alike, Likeness()) is None
    assert find_repeat(blue, first, alike, Likeness()) is not None


def test_a_question_that_says_more_than_before_is_no_repeat_but_one_that_says_less_is(
    encoder: MessageEncoder,
) -> None:
    vague = question("do you have the catbells boots", product="Catbells")
    narrow = question("do you have the catbells boots for wide feet", product="Catbells", size="wide")
    assert repeat(encoder, narrow, vague) is None
    assert repeat(encoder, vague, narrow) is not None


def test_a_number_that_was_not_there_before_makes_another_question(encoder: MessageEncoder) -> None:
    assert repeat(encoder, question("where is my order 1001"), question("where is my order")) is None


def test_other_intents_need_more_likeness(encoder: MessageEncoder) -> None:
    first, second = "how do I wash a down jacket", "what's the best way to clean my down jacket"
    assert repeat(encoder, question(second), question(first)) is not None
    assert repeat(encoder, question(second, "two"), question(first, "one")) is None
    assert repeat(encoder, question(second, None), question(first, None)) is None


def test_the_tier_counts_every_time_it_was_asked(encoder: MessageEncoder) -> None:
    earlier = [question("where is my order"), question("where's my order", tier=2)]
    found = repeat(encoder, question("where is my order"), *earlier)
    assert found is not None
    assert (found.tier, found.question) == (3, "where is my order")


def test_nothing_earlier_and_nothing_alike_is_no_repeat(encoder: MessageEncoder) -> None:
    assert repeat(encoder, question("where is my order")) is None
    assert repeat(encoder, question("where is my order"), question("how do I wash wool")) is None


def test_two_endless_messages_are_compared_in_no_time(encoder: MessageEncoder) -> None:
    endless = "where is my order " * 10_000
    assert spelling_likeness(endless, endless) == 1.0
    assert repeat(encoder, question(endless), question(endless)) is not None
