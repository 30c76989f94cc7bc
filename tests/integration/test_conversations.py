import httpx
import pytest

from tests.integration.home import Home
from tests.integration.talking import Customer, Visitor, is_wording

EMMA, TOM = "emma.hartley@example.com", "tom.birkett@example.com"
RETURNS_OF = """
    SELECT returns.id FROM returns JOIN order_lines ON order_lines.id = order_line_id
    JOIN orders ON orders.id = order_id WHERE number = ?
"""


def test_an_order_is_tracked_once_its_number_and_an_e_mail_address_are_known(customer: Customer) -> None:
    customer.say("where is my order?")
    assert customer.said() == ["utter_ask_order_number"]
    asked = customer.say("FH-1001")
    assert customer.said() == ["utter_ask_identity"]
    assert "FH-1001" in asked.text
    status = customer.say(EMMA)
    assert customer.said() == ["utter_order_out_for_delivery"]
    assert "FH-1001" in status.text


def test_the_number_in_the_first_message_is_not_asked_for_again(customer: Customer) -> None:
    customer.say("where is order 1001?")
    assert customer.said() == ["utter_ask_identity"]
    customer.say("LA9 4QQ")
    assert customer.said() == ["utter_order_out_for_delivery"]


def test_a_wrong_identity_three_times_ends_in_the_offer_of_a_person_and_says_nothing_personal(
    customer: Customer,
) -> None:
    replies = [customer.say("where is order FH-1001?")]
    replies += [customer.say(f"wrong{number}@example.com") for number in range(3)]
    assert customer.said() == ["utter_identity_failed"]
    assert "/request_person" in replies[-1].buttons.values()
    said = "\n".join(reply.text for reply in replies).lower()
    for personal in ("emma", "hartley", "kendal", "la9", "scafell", "fellrunner", "deliver", "van", "£"):
        assert personal not in said


def test_an_unknown_order_is_answered_in_the_words_of_a_wrong_identity(home: Home) -> None:
    answers = {}
    for number in ("FH-1001", "FH-9876"):
        customer = Customer(home)
        customer.say(f"where is order {number}?")
        assert customer.said() == ["utter_ask_identity"]
        replies = [customer.say(f"wrong{attempt}@example.com") for attempt in range(3)]
        assert all(is_wording(home, reply.text, "utter_ask_identity") for reply in replies[:2])
        answers[number] = (customer.said(), [reply.buttons for reply in replies])
    assert answers["FH-1001"] == answers["FH-9876"]


def test_an_item_outside_the_window_is_not_returned_but_kindly_refused(
    customer: Customer, home: Home
) -> None:
    customer.says("I want to send something back", "FH-1004", TOM)
    assert customer.said() == ["utter_return_outside_window"]
    assert home.rows("shop.db", RETURNS_OF, "FH-1004") == []


def test_a_question_asked_again_gets_readings_then_other_help_and_never_the_same_text(
    customer: Customer,
) -> None:
    replies, names = [], []
    for question in (
        "How long does delivery take?",
        "how long does delivery take",
        "How long will the delivery take??",
        "how long does delivery take?",
    ):
        replies.append(customer.say(question))
        names.append(customer.said())
    assert names[0] == ["utter_answer"]
    assert names[1] == ["utter_readings_ask_delivery_time"]
    assert replies[1].buttons
    assert names[2][0] == "utter_offer_other_help"
    assert {"/request_person", "/open_ticket"} <= set(replies[2].buttons.values())
    assert names[3][0] in ("utter_handover", "utter_handover_out_of_hours")
    assert len({reply.text for reply in replies}) == 4


def test_where_is_order_1001_and_then_where_is_1002_is_no_repeat(customer: Customer) -> None:
    customer.says("where is order 1001?", EMMA)
    reply = customer.say("where is order 1002?")
    assert customer.said() == ["utter_order_placed"]
    assert "FH-1002" in reply.text


def test_a_vague_word_is_answered_with_buttons_and_a_button_does_what_it_says(customer: Customer) -> None:
    offered = customer.say("order")
    assert len(offered.buttons) >= 2
    first = next(iter(offered.buttons.values()))
    assert first.startswith("/")
    assert customer.say(first).text
    assert customer.said()[0].startswith(("utter_ask_", "utter_answer"))


def test_of_two_questions_in_one_message_both_are_answered(customer: Customer) -> None:
    customer.say("where is my order FH-1001 and do you ship to France?")
    reply = customer.say(EMMA)
    assert customer.said() == ["utter_order_out_for_delivery", "utter_answer"]
    assert reply.citations


def test_a_second_wish_that_changes_something_is_offered_first(customer: Customer) -> None:
    customer.say("where is my order FH-1001 and cancel FH-1002")
    reply = customer.say(EMMA)
    assert customer.said() == ["utter_order_out_for_delivery", "utter_offer_second_question"]
    customer.say(next(iter(reply.buttons.values())))
    assert customer.said() == ["utter_ask_cancel_confirmed"]


def test_the_other_one_is_the_order_that_was_not_spoken_of_last(customer: Customer) -> None:
    customer.say("where are FH-1001 and FH-1002?")
    customer.say(EMMA)
    assert customer.said() == ["utter_order_out_for_delivery", "utter_order_placed"]
    reply = customer.say("cancel the other one")
    assert "FH-1001" in reply.text


def test_an_answer_that_stands_in_the_pdf_is_given_and_cites_it(customer: Customer) -> None:
    reply = customer.say("How many volume adjusters may I put into one boot?")
    assert customer.said() == ["utter_answer"]
    assert "two volume adjusters" in reply.text
    assert reply.citations[0]["title"] == "Boot fitting guide"
    page, _, anchor = reply.citations[0]["url"].partition("#")
    shown = httpx.get(customer.home.rasa + page, trust_env=False)
    assert shown.status_code == 200
    assert f'id="{anchor}"' in shown.text


@pytest.mark.parametrize(
    "question", ["Can you teach me to play the guitar?", "How many moons does Jupiter have?"]
)
def test_what_stands_nowhere_is_not_made_up(customer: Customer, question: str) -> None:
    reply = customer.say(question)
    assert reply.text
    assert reply.citations == []
    assert not {"utter_answer", "utter_action_failed"} & set(customer.said())


def test_after_the_request_for_a_person_the_assistant_is_silent_until_handed_back(
    customer: Customer, home: Home
) -> None:
    customer.say("I want to talk to a human being")
    assert customer.said()[0] in ("utter_handover", "utter_handover_out_of_hours")
    assert customer.say("hello?") == []
    assert customer.say("what are your opening times?") == []
    handed_back = home.run("handback", customer.sender)
    assert handed_back.returncode == 0, handed_back.stderr
    assert customer.say("what are your opening times?").text != ""
    again = home.run("handback", customer.sender)
    assert again.returncode == 1
    assert "not with a person" in again.stderr


def test_the_chat_page_speaks_to_the_same_assistant(visitor: Visitor) -> None:
    reply = visitor.say("How long does delivery take?")
    assert "working days" in reply.text
    assert visitor.history() == ["How long does delivery take?", reply.text]


def test_two_customers_at_once_keep_to_their_own_orders(home: Home) -> None:
    emma, tom = Customer(home), Customer(home)
    emma.say("where is order 1001?")
    tom.say("where is order 1003?")
    emma.say(EMMA)
    tom.say(TOM)
    assert emma.said() == ["utter_order_out_for_delivery"]
    assert tom.said() == ["utter_order_delivered"]
    assert emma.tracker()["slots"]["verified_customer"] != tom.tracker()["slots"]["verified_customer"]
