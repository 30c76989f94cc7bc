from __future__ import annotations

import time

import pytest

from components.personal_data import KINDS, PersonalData, PersonalSpan, without_overlaps


@pytest.fixture(scope="module")
def detector() -> PersonalData:
    return PersonalData("GB")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("my name is Harriet Benson, hello", "person", "Harriet Benson"),
        ("my name is harriet and I need help", "person", "harriet"),
        ("hi, I'm Susan Clarke", "person", "Susan Clarke"),
        ("Please ask for Mr. O'Brien about it", "person", "O'Brien"),
        ("ich heiße Jürgen von der Heide", "person", "Jürgen von der Heide"),
        ("it was signed by Ingrid S. Halvorsen", "person", "Ingrid S. Halvorsen"),
        ("Many thanks\nKind regards, Paul", "person", "Paul"),
        ("frank is wrong, emma hartley ordered it", "person", "emma hartley"),
        ("send it to 14 Crown Street, Leeds LS1 4AB please", "address", "14 Crown Street, Leeds LS1 4AB"),
        ("I live at 221b upper baker street", "address", "221b upper baker street"),
        ("Lange Straße 7, 10243 Berlin bitte", "address", "Lange Straße 7, 10243 Berlin"),
        ("12 rue de la Paix, Paris", "address", "12 rue de la Paix, Paris"),
        ("P.O. Box 104", "address", "P.O. Box 104"),
        ("my zip code is 90210", "postcode", "90210"),
        ("ich wohne in PLZ 10243", "postcode", "10243"),
        ("it's LA9 4QQ", "postcode", "LA9 4QQ"),
        ("I was born on 12 March 1984", "date_of_birth", "12 March 1984"),
        ("Geburtsdatum: 12.03.1984", "date_of_birth", "12.03.1984"),
        ("my ssn is 219-09-9999", "national_id", "219-09-9999"),
        ("national insurance number AB 12 34 56 C", "national_id", "AB 12 34 56 C"),
        ("my driver's license number is D1234567", "driver_license", "D1234567"),
        ("I was at 192.168.0.1 then", "ip", "192.168.0.1"),
        ("from 2001:db8::ff00:42:8329", "ip", "2001:db8::ff00:42:8329"),
        ("see https://example.com/a?b=1, please", "url", "https://example.com/a?b=1"),
        ("my iban is gb82 west 1234 5698 7654 32", "iban", "gb82 west 1234 5698 7654 32"),
        ("card 4111-1111-1111-1111", "card", "4111-1111-1111-1111"),
        ("please call me at 555 0142 99", "phone", "555 0142 99"),
    ],
)
def test_each_kind_is_found_with_its_place(detector: PersonalData, text: str, kind: str, value: str) -> None:
    assert [text[span.start : span.end] for span in detector.find(text) if span.kind == kind] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I'm waiting for my order",
        "I am from Leeds and this is urgent",
        "this is great, it's May already",
        "i'm sorry, call me tomorrow",
        "Will you mark it as a gift for my mum",
        "the name is wrong on the label",
        "WHERE IS MY ORDER, PLEASE ANSWER",
        "order FH-1001, ticket T-2001, invoice 778",
        "2 pairs in size 42, 40 litres, £134.95 on 12/03/2026",
        "version 1.2.3 at 10:30:15",
        "During 2017 the shop had 3 floors",
        "my order number is 20261121",
        "Do you have the Down Jacket in Blue",
        "4111 1111 1111 1112",
    ],
)
def test_ordinary_messages_hold_nothing_personal(detector: PersonalData, text: str) -> None:
    assert detector.find(text) == []


def test_a_name_from_the_lists_alone_is_not_sure(detector: PersonalData) -> None:
    [named] = detector.find("my name is Anna")
    [listed] = detector.find("your colleague Anna was wonderful")
    assert named.sure and not listed.sure


def test_a_name_is_found_again_in_parts(detector: PersonalData) -> None:
    text = "My name is Aantje Mourik but write Aantje on the parcel"
    assert [text[s.start : s.end] for s in detector.find(text)] == ["Aantje Mourik", "Aantje"]


def test_only_the_kinds_that_are_wanted_are_found() -> None:
    text = "I'm Emma Hartley, emma@example.com"
    assert [span.kind for span in PersonalData(kinds=["email"]).find(text)] == ["email"]
    with pytest.raises(ValueError, match=r"\['mail'\] are unknown; there are person, email"):
        PersonalData(kinds=["mail"])


def test_more_kinds_come_by_patterns() -> None:
    [span] = PersonalData(patterns=[("customer", r"\bC\d{5}\b")]).find("I'm customer c12345")
    assert span.kind == "customer"


def test_of_two_spans_the_longer_one_is_kept() -> None:
    short, longer, other = PersonalSpan(0, 4, "a"), PersonalSpan(2, 9, "b"), PersonalSpan(9, 12, "c")
    assert without_overlaps([other, short, longer]) == [longer, other]


@pytest.mark.parametrize(
    "text",
    ["Ab " * 50_000, "A.b@" * 20_000, "12 High " * 20_000, "1 " * 50_000, "Emma " * 40_000, "\ud83d" * 1000],
    ids=lambda text: text[:8].encode("ascii", "replace").decode(),
)
def test_a_hostile_text_takes_no_long(detector: PersonalData, text: str) -> None:
    began = time.process_time()
    detector.find(text)
    assert time.process_time() - began < 3


def test_every_kind_has_a_finder(detector: PersonalData) -> None:
    text = (
        "My name is Emma Hartley, emma@example.com, 07911 123456, card 4111 1111 1111 1111, "
        "GB82 WEST 1234 5698 7654 32. I live at 12 High Street. My zip is 90210, ip 10.0.0.1, "
        "www.example.com, born 12.03.1984, ssn 219-09-9999, driving licence D1234567"
    )
    assert {span.kind for span in detector.find(text)} == set(KINDS)
