from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActiveLoop, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.training_data.message import Message

from components.confidence_router import ConfidenceRouter
from tests.unit.components.conftest import Rasa, entity, said


def message(intent: str | None, confidence: float = 0.9, text: str = "that one", **fields: Any) -> Message:
    ranking = (
        [{"name": intent, "confidence": confidence}, {"name": "other", "confidence": 0.05}] if intent else []
    )
    return said(text, intent=dict(ranking[0]) if ranking else None, intent_ranking=ranking, **fields)


def offered(**reading: Any) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("emma", [SlotSet("readings", {"current": reading, "next": []})])


@pytest.fixture
def router(rasa: Rasa) -> ConfidenceRouter:
    component: ConfidenceRouter = rasa.create(
        ConfidenceRouter, intents={"greet": {"do": 0.3}, "cancel_order": None}
    )
    return component


def routed(router: ConfidenceRouter, given: Message, tracker: DialogueStateTracker | None = None) -> Message:
    (result,) = router.process([given], tracker)
    return result


def test_a_sure_intent_stays_and_the_route_says_why(router: ConfidenceRouter) -> None:
    result = routed(router, message("track_order"))
    assert result.get("intent") == {"name": "track_order", "confidence": 0.9}
    assert result.get("route") == {
        "band": "do", "intent": "track_order", "confidence": 0.9, "why": "track_order at 0.90 reaches 0.70",
    }  # fmt: skip
    assert "route" in result.output_properties


def test_an_unsure_intent_is_replaced_and_the_ranking_stays(router: ConfidenceRouter) -> None:
    result = routed(router, message("track_order", 0.5))
    assert result.get("intent") == {"name": "nlu_confirm", "confidence": 0.5}
    assert result.get("intent_ranking")[0]["name"] == "track_order"
    assert result.get("route")["intent"] == "track_order"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my tent arrived torn", "nlu_fallback"),
        ("where is my tent", "report_damaged"),
        ("My tent arrived torn. What now?", "report_damaged"),
    ],
)
def test_a_form_that_asks_what_happened_is_told_what_happened(rasa: Rasa, text: str, expected: str) -> None:
    router = rasa.create(ConfidenceRouter, told_slots=["description"])
    asked = [ActiveLoop("ticket_form"), SlotSet("requested_slot", "description")]
    tracker = DialogueStateTracker.from_events("emma", asked)
    assert routed(router, message("report_damaged", text=text), tracker).get("intent")["name"] == expected
    tracker.update(SlotSet("requested_slot", "email"))
    assert (
        routed(router, message("report_damaged", text=text), tracker).get("intent")["name"] != "nlu_fallback"
    )


@pytest.mark.parametrize("given", [message(None), said(""), said("", intent_ranking=None)])
def test_a_message_without_a_ranking_is_not_understood(router: ConfidenceRouter, given: Message) -> None:
    result = routed(router, given)
    assert result.get("intent") == {"name": "nlu_fallback", "confidence": 0.0}
    assert result.get("route")["intent"] is None


def test_an_intent_with_a_lower_do_band_confirms_below_it(router: ConfidenceRouter) -> None:
    assert routed(router, message("greet", 0.31)).get("intent")["name"] == "greet"
    assert routed(router, message("greet", 0.29)).get("intent")["name"] == "nlu_fallback"
    assert routed(router, message("cancel_order", 0.5)).get("intent")["name"] == "nlu_confirm"


def test_a_form_is_seen_in_the_tracker(router: ConfidenceRouter) -> None:
    asking = DialogueStateTracker.from_events("emma", [ActiveLoop("order_form")])
    assert routed(router, message("track_order", 0.5), asking).get("intent")["name"] == "nlu_fallback"
    assert routed(router, message("track_order", 0.5), asking).get("route")["band"] == "form"


def test_a_repeat_is_seen_in_the_message(router: ConfidenceRouter) -> None:
    result = routed(router, message("track_order", repeat={"tier": 3}))
    assert result.get("intent") == {"name": "question_repeated_again", "confidence": 1.0}


def test_a_yes_takes_the_entities_of_the_reading(router: ConfidenceRouter) -> None:
    result = routed(
        router, message("affirm"), offered(intent="track_order", entities={"order_number": "FH-1001"})
    )
    assert result.get("intent") == {"name": "track_order", "confidence": 1.0}
    assert [(e["entity"], e["value"]) for e in result.get("entities")] == [("order_number", "FH-1001")]


def test_what_the_yes_itself_names_is_kept_and_wins(router: ConfidenceRouter) -> None:
    tracker = offered(intent="track_order", entities={"order_number": "FH-1001", "size": "M"})
    own = entity("order_number", "FH-1002", "yes, FH-1002")
    result = routed(router, message("affirm", entities=[own]), tracker)
    assert [(e["entity"], e["value"]) for e in result.get("entities")] == [
        ("order_number", "FH-1002"),
        ("size", "M"),
    ]


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"confirm": 0.8, "do": 0.7}, "all intents: confirm is 0.8, do is 0.7"),
        ({"do": 1.2}, "do is 1.2"),
        ({"intents": {"greet": {"confirm": -0.1}}}, "greet: confirm is -0.1"),
    ],
)
def test_bands_that_make_no_sense_are_refused_by_name(rasa: Rasa, config: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidConfigException, match=named):
        rasa.create(ConfidenceRouter, **config)
