from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rasa.shared.core.events import ConversationPaused

from actions.context import NotConfigured, PersonalMemory, Services, configure, current
from actions.people import is_open
from tests.unit.actions.chat import Chat


async def verify(chat: Chat) -> None:
    await chat.hear("1001, LA9 4QQ", "track_order", order_number="FH-1001", postcode="LA9 4QQ")
    await chat.do("order_form", "action_order_task")


async def test_a_stranger_is_greeted_kindly_and_a_known_customer_by_name(chat: Chat) -> None:
    await chat.hear("hi", "greet")
    assert await chat.do("action_greet") == ["utter_greet"]
    await verify(chat)
    await chat.hear("hello again", "greet")
    assert await chat.do("action_greet") == ["utter_greet_with_order"]
    assert "Emma" in chat.text and "FH-1002" in chat.text


async def test_a_handover_is_queued_with_a_summary_and_silences_the_bot(
    chat: Chat, services: Services
) -> None:
    await verify(chat)
    await chat.hear("I want a human", "request_person")
    assert await chat.do("action_handover") == ["utter_handover"]
    queued = services.crm.open_handover("c1")
    assert queued is not None and "FH-1001" in queued.summary and "I want a human" in queued.summary
    assert chat.slot("handed_over") is True and chat.tracker.is_paused()
    assert await chat.do("action_handover") == ["utter_handover_already"]


async def test_a_fourth_repeat_says_why_a_person_is_needed(chat: Chat, services: Services) -> None:
    await chat.hear("where?", "request_person", parsed={"repeat": {"tier": 4, "question": "where"}})
    await chat.do("action_handover")
    assert services.crm.open_handover("c1").reason == "asked 4 times"  # type: ignore[union-attr]


async def test_out_of_hours_the_customer_is_told_when(chat: Chat, services: Services) -> None:
    configure(replace(services, now=lambda: datetime(2026, 3, 14, 12, tzinfo=UTC)))
    await chat.hear("a person please", "request_person")
    assert await chat.do("action_handover") == ["utter_handover_out_of_hours"]


async def test_a_failed_handover_does_not_silence_the_bot(chat: Chat, services: Services, tmp_path) -> None:  # type: ignore[no-untyped-def]
    services.shop._engine.dispose()  # type: ignore[attr-defined]
    (tmp_path / "shop.db").write_bytes(b"no database")
    await chat.hear("a person please", "request_person")
    assert await chat.do("action_handover") == ["utter_handover_failed"]
    assert not chat.tracker.is_paused()


@pytest.mark.parametrize(
    ("day", "hour", "expected"), [(11, 9, True), (11, 17, False), (11, 8, False), (15, 12, False)]
)
def test_the_team_is_there_on_weekdays_nine_to_five(day: int, hour: int, expected: bool) -> None:
    assert is_open(datetime(2026, 3, day, hour, tzinfo=UTC)) is expected


async def test_a_new_session_knows_nothing_of_the_last(chat: Chat) -> None:
    await verify(chat)
    await chat.do("action_session_start")
    kept = {name: slot.value for name, slot in chat.tracker.slots.items() if slot.value is not None}
    assert kept == {"identity_tries": 0, "language": "en"}
    assert chat.tracker.latest_action_name == "action_listen"


async def test_a_conversation_with_a_colleague_stays_silent_over_a_new_session(
    chat: Chat, services: Services
) -> None:
    await chat.hear("a person please", "request_person")
    await chat.do("action_handover", "action_session_start")
    assert chat.tracker.is_paused() and chat.slot("handed_over") is True
    services.crm.close_handover("c1")
    await chat.do("action_session_start")
    assert not chat.tracker.is_paused()
    assert len(chat.events(ConversationPaused.type_name)) == 2


def test_an_action_without_services_says_how_to_start_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.context._services", None)
    with pytest.raises(NotConfigured, match="rapport up"):
        current()


def test_personal_memory_forgets_after_its_time_and_on_demand() -> None:
    now = [0.0]
    memory = PersonalMemory(seconds=10, clock=lambda: now[0])
    memory.put("c1", "identity", "a@example.com")
    memory.put("c1", "postcode", "LA9 4QQ")
    assert memory.get("c1", "identity") == "a@example.com" and memory.get("c2", "identity") is None
    memory.drop("c1", "identity")
    assert memory.get("c1", "identity") is None
    now[0] = 11
    assert memory.get("c1", "postcode") is None
    memory.put("c2", "identity", "x")
    assert ("c1", "postcode") not in memory._values


def test_the_teams_clock_follows_summer_time() -> None:
    assert is_open(datetime(2026, 6, 17, 8, 30, tzinfo=UTC)) and not is_open(
        datetime(2026, 6, 17, 16, 30, tzinfo=UTC)
    )
