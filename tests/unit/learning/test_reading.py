from __future__ import annotations

from learning.reading import State, read_turns
from learning.turn import FIELDS
from tests.unit.learning.conftest import acted, replied, said, slot


def read(*events, **state):  # type: ignore[no-untyped-def]
    return read_turns(list(enumerate(events, 1)), "c", State(**state))


def test_a_turn_is_a_message_with_everything_until_the_next(dialogue) -> None:  # type: ignore[no-untyped-def]
    turns, before, _ = read(*dialogue(100.0))
    first, second = turns
    assert len(FIELDS) >= 30
    assert (first.text, first.reply, first.number, first.at) == (
        "how much is delivery",
        "It costs £3.95.",
        1,
        101.0,
    )
    assert first.actions == (("action_answer", 0.2),) and first.policies == ("RulePolicy",)
    assert first.responses == ("utter_delivery",) and first.seconds == 0.3
    assert (first.intent, first.confidence, first.band, first.routed) == (
        "ask_delivery",
        0.9,
        "do",
        "ask_delivery",
    )
    assert first.ranking == (("ask_delivery", 0.9), ("other", 0.1))
    assert (first.channel, first.language, first.model) == ("web", "en", "model-1")
    assert second.citations == ("delivery.md#ireland",) and second.number == 2
    assert (first.first_event, first.last_event, second.first_event) == (2, 5, 6)
    # The last turn may go on: reading goes on from before it.
    assert before.number == 1


def test_what_nobody_wrote_is_no_turn() -> None:
    further = said("and do you ship to france", 2.0)
    further["metadata"]["continued"] = True
    turns, _, _ = read(said("where is 1016", 1.0), replied("On its way.", 1.5), further, replied("Yes.", 2.5))
    assert [turn.text for turn in turns] == ["where is 1016"]
    assert turns[0].reply == "On its way.\nYes."


def test_forms_are_known_before_and_after() -> None:
    events = (
        said("return my boots", 1.0, intent="start_return"),
        {"event": "active_loop", "name": "return_form", "timestamp": 1.1},
        slot("requested_slot", "order_number", 1.2),
        replied("Which order?", 1.3),
        said("1016", 2.0, intent="inform"),
        {"event": "active_loop", "name": None, "timestamp": 2.1},
        slot("requested_slot", None, 2.2),
        said("thanks", 3.0),
    )
    asked, told, thanked = read(*events)[0]
    assert (asked.form, asked.form_after) == ("", "return_form")
    assert (told.form, told.requested_slot, told.form_after) == ("return_form", "order_number", "")
    assert told.is_answer_to_form and not thanked.is_answer_to_form


def test_what_a_person_and_a_customer_thought_of_it_is_read() -> None:
    turns, _, feedback = read(
        said("is it free", 1.0, message_id="a1"),
        replied("It is free.", 1.2, answered={"generator": "openai", "prompt": "a/2", "confidence": 0.8}),
        replied("No, £3.95.", 60.0, author="colleague", corrects="a1.0"),
        slot("handed_over", True, 61.0),
        slot("feedback", {"message_id": "a1.0", "value": "down"}, 62.0),
    )
    turn = turns[0]
    assert (turn.generator, turn.prompt, turn.answer_confidence) == ("openai", "a/2", 0.8)
    assert (turn.by_person, turn.correction, turn.handed_over) == (True, "No, £3.95.", True)
    assert feedback == {"a1": "down"}


def test_odd_events_are_read_too() -> None:
    turns, _, _ = read(
        {"event": "user"}, {"event": "bot", "text": None}, {"event": "slot"}, {}, acted("action_listen", 1.0)
    )
    assert len(turns) == 1 and turns[0].text == "" and turns[0].reply == ""
