"""A German customer over REST: identity check, an answer with its source, a change of language."""

from tests.integration.talking import Customer


def test_an_order_is_tracked_in_german(customer: Customer) -> None:
    asked = customer.say("Wo bleibt meine Bestellung 1001?")
    assert customer.said() == ["utter_ask_identity"]
    assert "Postleitzahl" in asked.text
    status = customer.say("emma.hartley@example.com")
    assert customer.said() == ["utter_order_out_for_delivery"]
    assert "Sendung verfolgen" in status.text
    assert customer.tracker()["slots"]["language"] == "de"


def test_a_german_question_is_answered_from_a_german_article(customer: Customer) -> None:
    answer = customer.say("Wie lange kann ich etwas zurückgeben?")
    assert customer.said() == ["utter_answer"]
    assert "30 Tagen" in answer.text and "rueckgabe" in answer.text + str(answer.citations)


def test_a_sentence_in_english_is_answered_in_english_from_then_on(customer: Customer) -> None:
    customer.say("Guten Tag")
    assert customer.tracker()["slots"]["language"] == "de"
    assert "£3.95" in customer.say("how much is standard delivery please").text
    assert customer.tracker()["slots"]["language"] == "en"


def test_another_language_is_told_in_both_what_is_spoken(customer: Customer) -> None:
    reply = customer.say("Bonjour, je voudrais savoir combien coûte la livraison en France")
    assert customer.said() == ["utter_foreign_language"]
    assert "English" in reply.text and "Englisch" in reply.text
    assert "/request_person" in reply.buttons.values()
