from rasa.shared.core.events import BotUttered, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from components.salience import distinct, latest_list, things_named


def user(*orders: str, continued: bool = False, also: list[dict[str, object]] | None = None) -> UserUttered:
    entities = [{"entity": "order_number", "value": number} for number in orders]
    event = UserUttered("…", entities=entities, parse_data={"entities": entities, "also": also})
    event.metadata = {"continued": True} if continued else {}
    return event


def bot(**fields: object) -> BotUttered:
    return BotUttered("…", data={"buttons": fields.get("buttons")}, metadata={"things": fields.get("things")})


def named(*events: Event) -> list[tuple[str, int, bool, int | None]]:
    tracker = DialogueStateTracker.from_events("c", list(events))
    found = things_named(tracker, {"order_number", "product"})
    return [(one.value, one.turn, one.by_customer, one.place) for one in found]


def test_customers_and_the_assistant_name_things() -> None:
    button = {"title": "FH-1002", "payload": '/track_order{"order_number": "FH-1002"}'}
    assert named(user("FH-1001"), bot(buttons=[button])) == [
        ("FH-1001", 1, True, None),
        ("FH-1002", 1, False, None),
    ]


def test_things_named_together_have_places() -> None:
    assert named(user("1", "2"), user("3")) == [("1", 1, True, 0), ("2", 1, True, 1), ("3", 2, True, None)]


def test_a_further_question_belongs_to_the_same_turn_and_its_things_count_at_once() -> None:
    also = [{"text": "…", "entities": {"order_number": "2"}}]
    assert named(user("1", also=also), user("2", continued=True)) == [
        ("1", 1, True, 0),
        ("2", 1, True, 1),
        ("2", 1, True, None),
    ]


def test_what_an_action_describes_goes_before_its_buttons() -> None:
    things = [{"entity": "product", "value": "A", "attributes": {"price": 1.0}}]
    assert named(bot(things=things, buttons=[{"payload": '/x{"order_number": "1"}'}])) == [
        ("A", 0, False, None)
    ]


def test_odd_buttons_and_an_earlier_session_name_nothing() -> None:
    odd = [{"payload": "words"}, {"payload": "/x{broken"}, {"payload": '/x["a"]'}, {"title": "link"}]
    assert named(user("9"), SessionStarted(), bot(buttons=odd)) == []
    assert things_named(None, {"order_number"}) == []


def test_the_latest_list_is_what_was_shown_last_and_a_thing_is_known_once() -> None:
    tracker = DialogueStateTracker.from_events(
        "c",
        [
            user("1", "2"),
            bot(things=[{"entity": "product", "value": name, "attributes": {"price": 2.0}} for name in "AB"]),
            user("1"),
        ],
    )
    things = things_named(tracker, {"order_number", "product"})
    assert [one.value for one in latest_list(things)] == ["A", "B"]
    assert [(one.value, one.turn) for one in distinct(things)] == [("2", 1), ("A", 1), ("B", 1), ("1", 2)]
