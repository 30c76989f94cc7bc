from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from learning.errors import StoreError
from learning.stories.steps import Expected, steps_of, with_entities
from learning.stories.writing import Draft, as_yaml, story_name, write

Event = dict[str, Any]


def said(text: str, intent: str, entities: list[dict[str, Any]] | None = None, **more: Any) -> Event:
    parsed = {"intent": {"name": intent}, "entities": entities or []}
    return {"event": "user", "text": text, "parse_data": parsed, **more}


NUMBER = {"entity": "order_number", "value": "FH-1001", "start": 6, "end": 10}
EVENTS: list[Event] = [
    {"event": "action", "name": "action_session_start"},
    {"event": "action", "name": "action_listen"},
    said("where 1001", "track_order", [NUMBER, {"entity": "language", "value": "en"}]),
    {"event": "slot", "name": "order_number", "value": "FH-1001"},
    {"event": "action", "name": "order_form"},
    {"event": "active_loop", "name": "order_form"},
    {"event": "slot", "name": "requested_slot", "value": "identity"},
    {"event": "slot", "name": "requested_slot", "value": "identity"},
    {"event": "bot", "text": "Who are you?"},
    {"event": "action", "name": "action_listen"},
    said("/stop", "stop"),
    {"event": "action", "name": "action_stop"},
    said("and taken up", "greet", metadata={"continued": True}),
    {"event": "action", "name": "action_listen"},
]  # fmt: skip
BEFORE = [
    {"user": 'where [1001]{"entity": "order_number", "value": "FH-1001"}', "intent": "track_order"},
    {"action": "order_form"},
    {"active_loop": "order_form"},
    {"slot_was_set": [{"requested_slot": "identity"}]},
]


def test_a_conversation_becomes_the_steps_of_a_story() -> None:
    steps, now = steps_of(EVENTS, Expected())
    assert steps == [*BEFORE, {"intent": "stop"}, {"action": "action_stop"}]
    assert now == [{"intent": "stop"}, {"action": "action_stop"}]


def test_the_last_turn_is_as_it_should_be() -> None:
    steps, now = steps_of(EVENTS, Expected.of("goodbye"))
    assert steps == [*BEFORE, {"intent": "goodbye"}]
    assert now[-1] == {"action": "action_stop"}
    assert steps_of(EVENTS, Expected.of("utter_bye"))[0][-2:] == [{"intent": "stop"}, {"action": "utter_bye"}]


def test_entities_are_marked_where_they_stand_with_their_roles() -> None:
    entities = [
        {"entity": "size", "value": "M", "start": 0, "end": 1, "role": "from"},
        {"entity": "size", "value": "L", "start": 5, "end": 6, "role": "to"},
    ]
    of_m = '[m]{"entity": "size", "role": "from", "value": "M"}'
    of_l = '[l]{"entity": "size", "role": "to", "value": "L"}'
    assert with_entities("m to l", entities) == f"{of_m} to {of_l}"


def draft(text: str = "where 1001: it's #1?", known: bool = True) -> Draft:
    steps = ({"user": text, "intent": "track_order"}, {"action": "utter_x"})
    return Draft(story_name(text, "abcdef99"), steps, ({"user": text, "intent": "nlu_fallback"},), known)


def test_the_file_says_what_happens_now_and_reads_back_as_it_was() -> None:
    text = as_yaml(draft())
    assert "# Now: intent: nlu_fallback" in text
    story = yaml.safe_load(text)["stories"][0]
    assert story["story"] == "learned - where 1001: it's #1? (abcdef)"
    assert story["steps"] == [dict(step) for step in draft().steps]
    assert "Write below what should happen" not in text
    assert "Write below what should happen" in as_yaml(draft(known=False))


@pytest.mark.parametrize("text", ["ja: nein\nzwei", "- [x]", "'\"", "😀 #", "a" * 300])
def test_whatever_a_customer_wrote_is_kept_letter_by_letter(text: str, tmp_path: Path) -> None:
    file = write(draft(text), tmp_path)
    assert file.name.startswith("test_") and len(file.name) < 80
    assert yaml.safe_load(file.read_text())["stories"][0]["steps"][0]["user"] == text
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StoreError, match="taken"):
        write(draft(), tmp_path / "taken")
