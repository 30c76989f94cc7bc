import random

import pytest

from components.intent_model import Ranking
from components.phrases import words_of
from components.segments import MAX_PARTS, Part, QuestionSplitter, Rules, questions_in, without_courtesy
from tests.unit.components.conftest import entity

SPLITTER = QuestionSplitter(words_of(["en", "de"]), ["order_number"])
RULES = Rules(0.7, frozenset({"greet", "affirm"}), frozenset({"order_number"}))


def numbers(text: str) -> list[dict[str, object]]:
    found = [word.strip(",.?") for word in text.split() if word.strip(",.?").isdigit()]
    return [entity("order_number", number, text) for number in found if len(number) == 4]


def parts(text: str) -> list[str]:
    return [text[part.start : part.end] for part in SPLITTER.parts(text, numbers(text))]


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
        ("where's 1001 and cancel 1002", ["where's 1001", "cancel 1002"]),
        ("where is 1001, 1002 and 1003", ["where is 1001", "1002", "1003"]),
        ("refund for 1322? also 1323?", ["refund for 1322?", "1323?"]),
        ("do u ship abroad n how do i pay", ["do u ship abroad", "how do i pay"]),
        ("1) where is it 2) can I pay later", ["where is it", "can I pay later"]),
        ("tell me about repairs and the loyalty club", ["tell me about repairs", "the loyalty club"]),
        ("wo ist 1001 und kann ich 1002 stornieren", ["wo ist 1001", "kann ich 1002 stornieren"]),
    ],
)
def test_questions_are_cut_where_something_new_is_asked(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "hi", "🙂", "boots and socks", "where is my order?", "? ? ?", "\n\n", "and", "and and and"),
        "I want to return my boots and get a refund",
        "do you have it in size 8 and 9",
        "do you sell black and decker stoves",
        "do you ship to France and Germany",
        "I bought boots last week, they leak. can I return them?",
        "the tent leaks at the seams. it is 8 months old. is that covered?",
        "exchange the blue medium for a black large and be quick",
        "my boots leak and smell",
        "is the Scafell available in blue, size M?",
        "i cancelled 1010, wheres the money",
        "cancel 1001, sorry, 1002",
        "ich möchte meine Schuhe zurückgeben und mein Geld zurück",
    ],
)
def test_one_wish_is_not_cut(text: str) -> None:
    assert parts(text) == []


def test_a_part_that_stands_twice_in_the_text_is_found_at_its_own_place() -> None:
    found = SPLITTER.parts("can I return it and what is it? is it on sale?")
    assert [part.start for part in found] == [0, 20, 32]


def test_a_long_message_is_judged_by_its_first_parts() -> None:
    assert len(parts("where is it? " * 5_000)) == MAX_PARTS


def test_parts_are_in_order_and_never_overlap_whatever_is_written() -> None:
    pieces = [
        "where is 1001",
        "and",
        "also",
        ",",
        "?",
        ".",
        "\n",
        ";",
        "1002",
        "it",
        "can I pay",
        "🙂",
        "1)",
        "  ",
    ]
    drawn = random.Random(7)
    for _ in range(500):
        text = " ".join(drawn.choices(pieces, k=drawn.randint(0, 14)))
        found = SPLITTER.parts(text, numbers(text)[:1])
        assert len(found) != 1
        places = [place for part in found for place in (part.start, part.end)]
        assert places == sorted(places)
        assert all(text[part.start : part.end].strip() == text[part.start : part.end] != "" for part in found)


def test_two_sure_parts_with_different_intents_are_two_questions() -> None:
    text = "where is it and is it insured"
    found = questions_in(
        text, SPLITTER.parts(text), [ranked("track_order", 0.9), ranked("ask_warranty", 0.8)], [], RULES
    )
    assert [(one.text, one.intent, one.confidence) for one in found] == [
        ("where is it", "track_order", 0.9),
        ("is it insured", "ask_warranty", 0.8),
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
    cut = [Part(0, 3, "asks"), Part(4, 7, "asks")]
    assert len(questions_in("a b c d", cut, rankings, [], RULES)) < 2


def test_what_only_tells_something_must_be_surer() -> None:
    rankings = [ranked("track_order", 0.8), ranked("ask_warranty", 0.8)]
    told = [Part(0, 3, "tells"), Part(4, 7, "asks")]
    assert len(questions_in("a b c d", told, rankings, [], RULES)) == 1


def test_a_statement_near_many_intents_and_a_part_that_belongs_to_none_do_not_count() -> None:
    sure = ranked("ask_warranty", 0.9)
    strange = Ranking(["track_order", "other"], [0.95, 0.0], unknown=0.5)
    parts_of = {kind: [Part(0, 3, kind), Part(4, 7, "asks")] for kind in ("tells", "asks")}
    assert len(questions_in("a b c d", parts_of["tells"], [strange, sure], [], RULES)) == 1
    assert len(questions_in("a b c d", parts_of["asks"], [strange, sure], [], RULES)) == 2
    nobody = Ranking(["track_order", "other"], [0.95, 0.0], unknown=0.9, is_unknown=True)
    assert len(questions_in("a b c d", parts_of["asks"], [nobody, sure], [], RULES)) == 1


@pytest.mark.parametrize("replies", [frozenset(), frozenset({"affirm"})])
def test_a_yes_before_a_question_counts_where_something_was_asked(replies: frozenset[str]) -> None:
    cut, rankings = (
        [Part(0, 3, "other"), Part(4, 7, "asks")],
        [ranked("affirm", 1.0), ranked("ask_warranty", 0.9)],
    )
    rules = Rules(0.7, RULES.small_talk, RULES.single, replies)
    assert len(questions_in("a b c d", cut, rankings, [], rules)) == 1 + bool(replies)


def test_the_same_question_about_two_orders_is_two_questions() -> None:
    text = "where is 1001 and 1002"
    rankings = [ranked("track_order", 0.9), ranked("inform", 0.9)]
    found = questions_in(text, SPLITTER.parts(text, numbers(text)), rankings, numbers(text), RULES)
    assert [(one.text, one.intent, dict(one.entities)) for one in found] == [
        ("where is 1001", "track_order", {"order_number": "1001"}),
        ("where is 1002", "track_order", {"order_number": "1002"}),
    ]


def test_the_same_order_twice_is_one_question() -> None:
    text = "where is 1001 and when is 1001 coming"
    rankings = [ranked("track_order", 0.9), ranked("track_order", 0.9)]
    entities = [
        {"entity": "order_number", "value": "1001", "start": start, "end": start + 4} for start in (9, 26)
    ]
    assert len(questions_in(text, SPLITTER.parts(text, entities), rankings, entities, RULES)) == 1


def test_courtesy_around_a_question_does_not_count() -> None:
    cut = [Part(0, 3, "other"), Part(4, 7, "asks")]
    wanted = ranked("track_order", 0.6)
    assert without_courtesy(cut, [ranked("greet", 0.9), wanted], ["greet"]) is wanted
    assert without_courtesy(cut, [ranked("greet", 0.5), wanted], ["greet"]) is None
    assert without_courtesy(cut[:1], [wanted], ["greet"]) is None
    number = Part(0, 5, "value")
    assert without_courtesy([number, cut[1]], [ranked("inform", 0.9), wanted], ["greet"]) is wanted
