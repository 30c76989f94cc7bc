from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from learning.learned import DROPPED, LABEL, Learned, learned_id
from learning.signals import Flag
from learning.store import LearningStore
from learning.stories.steps import Expected
from learning.tables import learned
from learning.turn import Turn
from rapport.errors import RapportError
from rapport.failing import _is_met, accepted_intent, find_case, unmasked

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
