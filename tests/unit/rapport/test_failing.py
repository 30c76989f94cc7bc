from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from learning.learned import DROPPED, LABEL, Learned, learned_id
from learning.signals import Flag
from learning.store import LearningStore
from learning.stories.failure import NotShown, failure_of
from learning.stories.steps import Expected
from learning.stories.writing import Draft
from learning.tables import learned
from learning.turn import Turn
from rapport.errors import RapportError
from rapport.failing import Case, _is_met, _reduced, _say_outcome, accepted_intent, find_case, unmasked
from rapport.rehearsing import turns_of
from tests.unit.learning.conftest import acted, replied, said

TURNS = [
    Turn("aaaa111100", "conversation1", 1, 1.0, text="hello"),
    Turn("aaaa111122", "conversation1", 2, 2.0, text="my mail is [email]", routed="inform"),
    Turn("bbbb222200", "conversation1", 3, 3.0, text="what now"),
    Turn("cccc333300", "conversation2", 1, 4.0, text="what else"),
]


@pytest.fixture
def store() -> LearningStore:
    made = LearningStore("sqlite://")
    flag = Flag("aaaa111122", "fallback", "why", 8, "conversation1")
    with made.writing() as connection:
        made.put_turns(TURNS, connection)
        flags = [replace(flag, turn="bbbb222200", priority=3), flag]
        made.replace_flags(["conversation1"], flags, connection)
    return made


def test_a_turn_is_found_by_the_beginning_of_its_name_with_what_was_written_before(
    store: LearningStore,
) -> None:
    case = find_case(store, "aaaa111122")
    assert case.turn.text == "my mail is [email]"
    assert case.texts == ("hello", "my mail is emma.hartley@example.com")
    assert find_case(store, "bbbb22").texts[-1] == "what now"


def test_of_a_conversation_the_most_urgent_turn_is_taken(store: LearningStore) -> None:
    assert find_case(store, "conversation1").turn.id == "aaaa111122"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("aaaa11", "2 turns begin"),
        ("a", "too short"),
        ("conversation2", "no conversation with a flagged one"),
        ("%aaaa%%", "There is no turn"),
    ],
)
def test_a_name_that_is_none_or_several_is_refused(store: LearningStore, name: str, said: str) -> None:
    with pytest.raises(RapportError, match=said):
        find_case(store, name)


def test_what_reviewers_said_of_a_message_is_expected_unless_it_was_dropped(store: LearningStore) -> None:
    def keep(text: str, intent: str, **more: str) -> None:
        content = {"text": text, "intent": intent}
        values = vars(Learned(learned_id(LABEL, content), LABEL, content, **more))  # type: ignore[arg-type]
        lists = {"conversations": [], "approved_by": []}
        with store.writing() as connection:
            connection.execute(sa.insert(learned).values(**{**values, **lists}))

    keep("What  NOW", "ask_now")
    keep("what else", "ask_else", status=DROPPED)
    assert accepted_intent(store, "what now") == "ask_now"
    assert accepted_intent(store, "what else") == ""


def test_masks_are_replaced_and_what_is_no_mask_stays() -> None:
    assert unmasked("[postcode] and [unknown]") == "LA9 4QQ and [unknown]"


def test_an_expectation_is_met_by_the_intent_acted_on_an_action_or_a_response() -> None:
    turn = replace(TURNS[1], actions=(("action_x", 0.1),), responses=("utter_y",))
    met = [
        name
        for name in ("inform", "action_x", "utter_y", "utter_z", "greet")
        if _is_met(Expected.of(name), turn)
    ]
    assert met == ["inform", "action_x", "utter_y"]


TEXTS = ("hello", "where is my order 1001", "thanks", "I am in a hurry. And the engraving? Please answer.")


def forgetful(name: str, texts: Sequence[str]) -> list[dict[str, Any]]:
    """An assistant that takes an engraving for an order once somebody has asked about one."""
    events, asked = [], False
    for number, text in enumerate(texts):
        at, wrong = float(10 * number), asked and "engraving" in text
        intent = "track_order" if wrong or "order" in text else "greet"
        asked = asked or "order" in text
        route = {"band": "do", "intent": intent, "confidence": 0.9, "why": "sure"}
        events += [
            said(text, at, intent, route=route),
            acted("action_track" if wrong else "action_greet", at + 1),
            replied("…", at + 2, "utter_track" if wrong else "utter_greet"),
        ]
    return events


def turn_of_it() -> Turn:
    (last,) = [one for one in turns_of(forgetful("", TEXTS)) if "engraving" in one.text]
    return last


def test_a_failure_keeps_only_the_messages_and_sentences_that_it_needs() -> None:
    turn = turn_of_it()
    draft, runs = _reduced(Case(turn, TEXTS), failure_of(turn), Expected.of("ask_engraving"), forgetful)
    assert [step["user"] for step in draft.steps if "user" in step] == [
        "where is my order 1001",
        "And the engraving?",
    ]
    assert draft.steps[-1]["intent"] == "ask_engraving" and draft.is_known and runs < 20
    assert {"action": "action_track"} in draft.now

    draft, _ = _reduced(Case(turn, TEXTS), failure_of(turn), Expected(), forgetful)
    assert draft.steps[-1] == {"action": "action_track"} and not draft.is_known


def test_what_ends_otherwise_by_now_is_no_failure() -> None:
    failure = replace(failure_of(turn_of_it()), said=("utter_once",))
    with pytest.raises(NotShown, match=r"no longer ends like that: then it was .*utter_once"):
        _reduced(Case(turn_of_it(), TEXTS), failure, Expected(), forgetful)


@pytest.mark.parametrize(
    ("is_known", "problems", "sentence"),
    [
        (True, ["expected ask_x"], "fails now: expected ask_x"),
        (True, [], "passes already"),
        (False, ["went on"], "the suite goes another way: went on"),
        (False, [], "give --expect"),
    ],
)
def test_whoever_made_the_test_is_told_what_it_is_worth(
    is_known: bool, problems: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _say_outcome(Draft("a story", ({"user": "hi"},), (), is_known), problems)
    assert sentence in capsys.readouterr().out
