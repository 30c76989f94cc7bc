from __future__ import annotations

import base64
import hashlib
import time
from typing import Any

import pytest

from components.masking import Masker, map_strings, mask_event

POSTCODE = ("postcode", r"\b[A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2}\b")


@pytest.fixture(scope="module")
def masker() -> Masker:
    return Masker("GB", [POSTCODE])


@pytest.mark.parametrize(
    ("written", "masked"),
    [
        ("my card is 4111 1111 1111 1111, thanks", "my card is [card], thanks"),
        ("4111-1111-1111-1111", "[card]"),
        ("call 07911 123456 or +44 1539 720000", "call [phone] or [phone]"),
        ("emma.o'neill+shop@mail.example.co.uk!", "[email]!"),
        ("EMMA@EXAMPLE.COM", "[email]"),
        ("I live at LA9 4QQ", "I live at [postcode]"),
        ("la94qq", "[postcode]"),
        ("GB82 WEST 1234 5698 7654 32", "[iban]"),
        ("mail a@b.co, ring 07911123456", "mail [email], ring [phone]"),
    ],
)
def test_personal_data_is_replaced_by_its_kind(masker: Masker, written: str, masked: str) -> None:
    assert masker.mask(written) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "where is FH-1001?",
        "orders 1001, 1002, 1003 and FH-1004",
        "#1001 and T-2001",
        "it cost £134.95 on 12/03/2026 at 10:30",
        "4111 1111 1111 1112 is no card number",
        "size 9.5, 40 litres, 2 pairs",
        "@fernhill me@home",
        "👍 日本語 \x00\x07 \ud83d",
    ],
)
def test_order_numbers_prices_and_all_else_stay(masker: Masker, text: str) -> None:
    assert masker.mask(text) == text


@pytest.mark.parametrize("text", ["a" * 200_000, "a." * 100_000, "x@" * 50_000, "1 " * 50_000])
def test_a_hostile_text_does_not_stop_the_bot(masker: Masker, text: str) -> None:
    began = time.perf_counter()
    masker.mask(text)
    assert time.perf_counter() - began < 5


def test_strings_are_changed_at_any_depth_and_keys_stay() -> None:
    nest = {"a": ["x", {"x": "x"}], "b": 1, "c": None, "d": ("x",)}
    assert map_strings(nest, str.upper) == {"a": ["X", {"x": "X"}], "b": 1, "c": None, "d": ["X"]}


def user(text: str, **fields: Any) -> dict[str, Any]:
    intent = {"name": "inform", "confidence": 0.9}
    parse_data = {"text": text, "intent": intent, "entities": [{"entity": "email", "value": text}], **fields}
    return {
        "event": "user",
        "text": text,
        "parse_data": parse_data,
        "metadata": {"page": text},
        "message_id": "07911123456",
    }


def test_a_message_is_masked_wherever_it_stands_and_ids_are_left_alone(masker: Masker) -> None:
    event = user(
        "a@b.co",
        message_id="07911123456",
        also={"text": "a@b.co"},
        repeat={"question": "a@b.co"},
        route={"why": "x"},
    )
    masked = mask_event(event, masker, [], None)
    assert "a@b.co" not in str(masked)
    assert masked["message_id"] == masked["parse_data"]["message_id"] == "07911123456"
    assert masked["parse_data"]["intent"] == {"name": "inform", "confidence": 0.9}
    assert event["text"] == "a@b.co"


def test_the_answer_to_a_personal_question_is_masked_whole(masker: Masker) -> None:
    event = user("12 High Street", also={"text": "12 High Street"}, route={"band": "form"})
    event["metadata"] = {"page": "a@b.co"}
    masked = mask_event(event, masker, ["new_address"], "new_address")
    assert "High Street" not in str(masked) and "a@b.co" not in str(masked)
    assert masked["text"] == masked["parse_data"]["text"] == "[new_address]"
    assert masked["parse_data"]["entities"] == []
    assert masked["parse_data"]["route"] == {"band": "form"}


def test_the_answer_to_any_other_question_is_kept(masker: Masker) -> None:
    assert mask_event(user("it is too small"), masker, ["identity"], "reason")["text"] == "it is too small"


def test_personal_slots_are_never_written_but_that_they_are_empty_is(masker: Masker) -> None:
    slot = {"event": "slot", "name": "identity", "value": "12 High Street"}
    assert mask_event(slot, masker, ["identity"], None)["value"] == "[identity]"
    assert mask_event({**slot, "value": None}, masker, ["identity"], None)["value"] is None
    assert mask_event({**slot, "name": "size"}, masker, ["identity"], None)["value"] == "12 High Street"


def test_a_message_without_parse_data_is_masked_too(masker: Masker) -> None:
    masked = mask_event({"event": "user", "text": "x", "parse_data": None}, masker, ["identity"], "identity")
    assert masked["text"] == "[identity]"


def test_a_personal_value_that_is_read_back_is_not_written(masker: Masker) -> None:
    said = {"utter_action": "utter_ask", "new_address_text": "12 High Street", "order_number": "FH-1012"}
    event = {"event": "bot", "text": "FH-1012 goes to:\n12 High Street\nRight?", "metadata": said}
    masked = mask_event(event, masker, ["identity", "new_address"], "address_confirmed")
    assert masked["text"] == "FH-1012 goes to:\n[new_address]\nRight?"
    assert masked["metadata"] == {**said, "new_address_text": "[new_address]"}


def test_a_customers_name_and_street_are_masked_and_a_products_name_is_not(masker: Masker) -> None:
    text = "I'm Emma Hartley, 12 High Street. Is the Anna Tent in stock?"
    marks = [{"start": 4, "end": 16, "kind": "person"}, {"start": 18, "end": 32, "kind": "address"}]
    product = {"entity": "product", "value": "Anna Tent", "start": 41, "end": 50, "extractor": "Regex"}
    masked = mask_event(user(text, pii=marks, entities=[product]), masker, [], None)
    said = "I'm [person], [address]. Is the Anna Tent in stock?"
    assert masked["text"] == masked["parse_data"]["text"] == said
    assert masked["parse_data"]["entities"] == [product]
    assert "Hartley" not in str(masked)


def test_a_personal_entity_is_masked(masker: Masker) -> None:
    name = {"entity": "name", "value": "Emma", "start": 0, "end": 4, "extractor": "PersonalDataSpans"}
    masked = mask_event(user("Emma", entities=[name], pii=[]), masker, [], None)
    assert masked["parse_data"]["entities"][0]["value"] == "[name]"


def test_a_message_that_no_pipeline_marked_is_searched(masker: Masker) -> None:
    masked = mask_event({"event": "user", "text": "my name is Emma", "parse_data": None}, masker, [], None)
    assert masked["text"] == "my name is [person]"


def test_the_assistant_may_name_shops_and_people(masker: Masker) -> None:
    event = {"event": "bot", "text": "Hello Emma, we are at 12 High Street, Kendal", "metadata": {}}
    assert mask_event(event, masker, [], None)["text"] == event["text"]


def test_what_is_masked_is_a_setting() -> None:
    assert Masker("GB", kinds=["phone"]).mask_said("I'm Emma, 07911 123456") == "I'm Emma, [phone]"


def test_how_an_answer_was_made_is_kept_as_it_is(masker: Masker) -> None:
    for number in range(300):
        digest = base64.b32encode(hashlib.sha256(str(number).encode()).digest())[:8].decode().lower()
        passage = {
            "document": "a/b.md",
            "anchor": "c-d",
            "version": hashlib.sha256(b"x").hexdigest(),
            "score": 0.5,
        }
        answered = {"prompt": f"answer/2+role=sales+shots=3#{digest}", "passages": [passage]}
        event = {"event": "bot", "text": "Yes.", "metadata": {"answered": answered}}
        assert mask_event(event, masker, [], None) == event
