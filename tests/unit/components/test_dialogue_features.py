from __future__ import annotations

from typing import Any

from components.dialogue_features import TURN_INTENT, conversation_features, new_intent


def state(action: str, intent: str = "borrow", **more: Any) -> dict[str, Any]:
    return {"user": {"intent": intent}, "prev_action": {"action_name": action}, **more}


def test_what_lies_further_back_counts_less() -> None:
    features = conversation_features([state("utter_ask_borrow"), state("action_listen", "yes_please")])
    assert features["0 action action_listen"] > features["1 action utter_ask_borrow"] > 0


def test_the_intent_counts_as_new_only_right_after_the_message() -> None:
    assert new_intent([state("action_listen")]) == "borrow"
    assert new_intent([state("utter_ask_borrow")]) is None
    assert new_intent([]) is None


def test_within_a_turn_its_intent_is_still_known() -> None:
    features = conversation_features([state("action_listen"), state("utter_ask_borrow")])
    assert features["turn borrow"] == TURN_INTENT
    assert "turn borrow" not in conversation_features([state("action_listen")])


def test_names_that_share_a_word_share_a_feature() -> None:
    borrow = conversation_features([state("utter_ask_borrow")])
    prolong = conversation_features([state("utter_ask_prolong")])
    assert "0 action word ask" in borrow.keys() & prolong.keys()
    assert not any("utter" in name for name in borrow if "word" in name)


def test_slots_the_form_and_entities_are_seen() -> None:
    here = state("action_listen", slots={"has_card": (1.0, 0.0)}, active_loop={"name": "card_form"})
    here["user"]["entities"] = ("title",)
    features = conversation_features([here])
    assert {"0 slot has_card 1.0 0.0", "0 loop card_form", "0 entity title"} <= features.keys()


def test_a_message_without_intent_and_an_empty_history_do_no_harm() -> None:
    assert new_intent([{"user": {"text": "hm"}, "prev_action": {"action_name": "action_listen"}}]) == "-"
    assert conversation_features([]) == {}
