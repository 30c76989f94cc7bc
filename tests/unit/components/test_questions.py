"""Reading messages with a head that is played: a test says what each stretch of a message is ranked as."""

from typing import Any

from components.intent_model import Ranking
from components.questions import QuestionReader
from tests.unit.components.conftest import entity

CONFIG: dict[str, Any] = {
    "second_question": 0.6,
    "small_talk": ["greet", "affirm", "deny"],
    "courtesy": ["greet"],
    "replies": ["deny"],
    "one_at_a_time": ["order_number"],
    "asked_first": ["request_person"],
    "languages": ["en"],
}


def read(text: str, in_form: bool = False, **known: Ranking) -> tuple[str, list[str]]:
    """The first intent, and the intents of all questions if there are several."""
    asked_about: list[str] = []

    def rank(texts: list[str], inside: list[list[dict[str, Any]]]) -> list[Ranking]:
        asked_about.extend(texts)
        found = [[one for word, one in known.items() if word in text.lower()] for text in texts]
        return [(one or [Ranking(["nothing", "other"], [0.1, 0.0])])[-1] for one in found]

    entities = [entity("order_number", word, text) for word in ("1001", "1002") if word in text]
    reading = QuestionReader(CONFIG).read(text, entities, rank, in_form)
    return reading.ranking.names[0], [one.intent for one in reading.asked]


def sure(intent: str, confidence: float = 0.9, unknown: float = 0.0) -> Ranking:
    return Ranking([intent, "other"], [confidence, 0.0], unknown)


def test_a_greeting_beside_a_question_does_not_make_it_strange() -> None:
    calm = sure("track_order", 0.9)

    def rank(texts: list[str], inside: list[list[dict[str, Any]]]) -> list[Ranking]:
        whole = [sure("track_order", 0.95, unknown=0.8)]
        return whole + [sure("greet", 0.99) if text.startswith("Hello") else calm for text in texts[1:]]

    reading = QuestionReader(CONFIG).read("Hello there! Where is it?", [], rank, False)
    assert reading.ranking is calm


def test_no_i_want_a_person_is_what_is_wanted_and_no_is_an_answer_only_in_a_form() -> None:
    text = "no. I want a person"
    known = {"no": sure("deny"), "person": sure("request_person")}
    assert read(text, in_form=True, **known) == ("request_person", [])
    known = {"no": sure("deny"), "repair": sure("ask_repair")}
    assert read("no. do you repair tents?", in_form=True, **known) == ("deny", ["deny", "ask_repair"])
    assert read("no. do you repair tents?", **known)[1] == []


def test_how_much_is_it_is_read_with_what_it_points_back_to_if_that_is_surer_than_sure() -> None:
    text = "do you ship to France and how much does it cost"
    known = {"cost": sure("price"), "france": sure("ship"), "cost?": sure("ship_cost", 0.97)}
    known["how much does it cost"] = sure("price", 0.99)
    assert read(text, **{**known, "shipping to france": sure("ship_cost", 0.97)})[1] == ["ship", "ship_cost"]
    assert read(text, **{**known, "shipping to france": sure("ship_cost", 0.9)})[1] == ["ship", "price"]
