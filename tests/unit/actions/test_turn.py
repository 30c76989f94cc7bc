from typing import Any

from rasa_sdk import Tracker

from actions.turn import entities_at_start, turn_of


def tracker(entities: list[dict[str, Any]], events: list[dict[str, Any]] | None = None) -> Tracker:
    return Tracker("someone", {}, {"entities": entities}, events or [], False, None, {}, None)


def size(value: str, role: str | None = None) -> dict[str, Any]:
    return {"entity": "size", "value": value, **({"role": role} if role else {})}


def test_of_two_sizes_the_one_that_is_wanted_counts_wherever_it_stands() -> None:
    assert turn_of(tracker([size("9", "to"), size("8", "from")])).entity("size") == "9"
    assert turn_of(tracker([size("8", "from"), size("9", "to")])).entity("size") == "9"
    assert turn_of(tracker([size("9"), size("8", "from")])).entity("size") == "9"


def test_without_roles_the_last_one_counts_and_one_with_from_is_better_than_none() -> None:
    assert turn_of(tracker([size("8"), size("9")])).entity("size") == "9"
    assert turn_of(tracker([size("8", "from")])).entity("size") == "8"


def test_roles_count_in_the_message_that_started_a_form() -> None:
    said = {"intent": {"name": "start_exchange"}, "entities": [size("9", "to"), size("8", "from")]}
    events = [{"event": "user", "parse_data": said}, {"event": "active_loop", "name": "return_form"}]
    assert entities_at_start(turn_of(tracker([], events)), "return_form") == ("start_exchange", {"size": "9"})
