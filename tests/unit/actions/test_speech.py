"""The shop's values in German."""

from __future__ import annotations

import pytest

from actions.speech import said_in, speech
from actions.turn import Turn, looks_like_a_question
from actions.wording import Reply, Say
from tests.unit.actions.chat import Chat

GERMAN = speech("de")


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("Tuesday 12 March", "Dienstag, 12. März"),
        ("Sunday 1 May 2025", "Sonntag, 1. Mai 2025"),
        ("£1,089.50", "1.089,50 £"),
        ("£60", "60 £"),
        ("out for delivery", "in Zustellung"),
        ("2 × Scafell Rain Jacket (blue, M)", "2 × Scafell Rain Jacket (blau, M)"),
        ("red jackets for hiking, L, under £200.00", "Jacken in Rot zum Wandern, L, unter 200,00 £"),
        ("- black\n- teal: S, M", "- schwarz\n- petrol: S, M"),
        ("one size", "Einheitsgröße"),
        ("2 × Patterdale Merino Socks (grey, M)", "2 × Patterdale Merino Socks (grau, M)"),
        ("Jackets, Boots", "Jacken, Stiefel"),
        ("Bluebell Redwood delivered-ish", "Bluebell Redwood delivered-ish"),
        ("Someday 3 Marchember", "Someday 3 Marchember"),
    ],
)  # fmt: skip
def test_a_value_is_said_in_german(english: str, german: str) -> None:
    assert GERMAN is not None and GERMAN.say(english) == german


def test_what_somebody_wrote_stays_as_it_is() -> None:
    reply = Reply((Say("utter_x", {"description": "A blue jacket", "status": "lost", "left": 2}),))
    (said,) = said_in(reply, "de").says
    assert said.values == {"description": "A blue jacket", "status": "verloren", "left": 2}


def test_buttons_are_said_in_german_and_do_the_same() -> None:
    reply = Reply((Say("utter_x", {}, ({"title": "1 × Latrigg Boots (brown, 9)", "payload": "brown"},)),))
    (said,) = said_in(reply, "de").says
    assert said.buttons == ({"title": "1 × Latrigg Boots (braun, 9)", "payload": "brown"},)


@pytest.mark.parametrize("language", ["en", "fr", "../de", ""])
def test_a_language_without_a_file_changes_nothing(language: str) -> None:
    reply = Reply((Say("utter_x", {"status": "lost"}),))
    assert said_in(reply, language) is reply


def test_a_title_is_the_one_of_the_conversation_s_language() -> None:
    german = {"text": "Ja", "condition": [{"type": "slot", "name": "language", "value": "de"}]}
    responses = {"utter_yes": [{"text": "Yes"}, german], "utter_only": [{"text": "Only"}]}
    english = Turn("emma", responses=responses)
    turn = Turn("emma", slots={"language": "de"}, responses=responses)
    assert (english.wording("utter_yes"), turn.wording("utter_yes")) == ("Yes", "Ja")
    assert turn.wording("utter_only") == "Only" and turn.wording("utter_none") is None


@pytest.mark.parametrize(
    "text",
    ["wo ist mein paket", "Und wann kommt es", "kann ich umtauschen", "welche größe", "gibts das in rot"],
)
def test_a_german_question_is_one_without_its_mark(text: str) -> None:
    assert looks_like_a_question(text)


@pytest.mark.parametrize("text", ["ist mir zu klein", "die Jacke ist kaputt", "wollte ich nicht"])
def test_a_german_statement_is_none(text: str) -> None:
    assert not looks_like_a_question(text)


async def test_a_whole_order_is_spoken_of_in_german(chat: Chat) -> None:
    await chat.hear("wo ist 1002", "track_order", order_number="FH-1002", language="de")
    assert await chat.do("order_form") == ["utter_ask_identity"]
    assert "Postleitzahl" in chat.text
    await chat.hear("LA9 4QQ", "inform", postcode="LA9 4QQ")
    await chat.do("order_form", "action_order_task")
    assert "Samstag, 14. März" in chat.text and "stornieren" in chat.text
    await chat.hear("was war da drin", "order_details", order_number="FH-1002")
    await chat.do("order_form", "action_order_task")
    assert "schwarz" in chat.text and " £" in chat.text and "£1" not in chat.text


async def test_the_language_is_no_entity_to_the_actions(chat: Chat) -> None:
    await chat.hear("hm", "nlu_fallback", [("start_return", 0.4), ("track_order", 0.3)], language="de")
    await chat.do("action_answer_or_clarify")
    assert chat.buttons["Etwas zurückschicken"] == "/start_return"
