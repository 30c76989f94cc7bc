from __future__ import annotations

from datetime import date

import pytest

from components.dates import read_date
from components.numbers import read_number, read_size
from components.values import known_format, normalise
from tests.unit.components.conftest import entity

SATURDAY = date(2026, 11, 21)
LANGUAGES = ["en", "de"]


@pytest.mark.parametrize(
    ("kind", "wanted", "written", "expected"),
    [
        ("order_number", "FH-{digits}", "fh 1001", "FH-1001"),
        ("order_number", "FH-{digits}", "none", "none"),
        ("postcode", "postcode", "la94qq", "LA9 4QQ"),
        ("postcode", "postcode", "la9", "LA9"),
        ("email", "lower", "Emma@Example.COM", "emma@example.com"),
        ("size", "size", "UK 8", "8"),
        ("size", "size", "huge", "huge"),
        ("quantity", "number", "3 pairs", "3"),
        ("quantity", "number", "several", "several"),
        ("date", "past_date", "last Monday", "2026-11-16"),
        ("date", "date", "last week", "last week"),
        ("colour", "upper", " blue ", "BLUE"),
    ],
)
def test_values_get_the_form_that_the_shop_uses(kind: str, wanted: str, written: str, expected: str) -> None:
    assert normalise(entity(kind, written), {kind: wanted}, LANGUAGES, SATURDAY)["value"] == expected


def test_other_kinds_and_empty_values_stay_as_they_are() -> None:
    assert normalise(entity("colour", "Blue"), {"size": "size"}, LANGUAGES, SATURDAY)["value"] == "Blue"
    assert normalise(entity("size", "  "), {"size": "size"}, LANGUAGES, SATURDAY)["value"] == "  "


def test_a_value_changes_and_its_place_does_not() -> None:
    text = "ordered it yesterday, in two parcels"
    formats = {"date": "date", "quantity": "number"}
    found = [entity("date", "yesterday", text), entity("quantity", "two", text)]
    values = [normalise(one, formats, LANGUAGES, SATURDAY) for one in found]
    assert [value["value"] for value in values] == ["2026-11-20", "2"]
    assert [text[value["start"] : value["end"]] for value in values] == ["yesterday", "two"]


def test_formats_are_known_by_name_or_by_their_digits() -> None:
    assert all(map(known_format, ("lower", "date", "coming_date", "size", "number", "T-{digits}")))
    assert not known_format("dates")


@pytest.mark.parametrize(
    ("written", "past", "coming"),
    [
        ("next Tuesday", "2026-11-24", "2026-11-24"),
        ("since last thursday", "2026-11-19", "2026-11-19"),
        ("Monday", "2026-11-16", "2026-11-23"),
        ("on Saturday", "2026-11-14", "2026-11-28"),
        ("the 3rd", "2026-11-03", "2026-11-03"),
        ("12.11.", "2026-11-12", "2027-11-12"),
        ("12/11/2025", "2025-11-12", "2025-11-12"),
        ("2026-01-31", "2026-01-31", "2026-01-31"),
        ("march 12th", "2026-03-12", "2027-03-12"),
        ("2 weeks ago", "2026-11-07", "2026-11-07"),
        ("a couple of weeks ago", "2026-11-07", "2026-11-07"),
        ("in two weeks", "2026-12-05", "2026-12-05"),
        ("tomorrow morning", "2026-11-22", "2026-11-22"),
        ("tonight", "2026-11-21", "2026-11-21"),
        ("letzten Montag", "2026-11-16", "2026-11-16"),
        ("am Dienstag", "2026-11-17", "2026-11-24"),
        ("vor zwei Wochen", "2026-11-07", "2026-11-07"),
        ("3. März", "2026-03-03", "2027-03-03"),
        ("übermorgen", "2026-11-23", "2026-11-23"),
    ],
)
def test_days_count_from_today(written: str, past: str, coming: str) -> None:
    assert read_date(written, LANGUAGES, SATURDAY, "past") == past
    assert read_date(written, LANGUAGES, SATURDAY, "future") == coming


@pytest.mark.parametrize(
    "written",
    ["last week", "this weekend", "in March", "5 pm", "17:30", "1001", "too small", "", "2025", "???"],
)
def test_what_is_no_single_day_has_no_date(written: str) -> None:
    assert read_date(written, LANGUAGES, SATURDAY, "past") is None


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("two", "2"),
        ("3 pairs", "3"),
        ("2x", "2"),
        ("a couple of", "2"),
        ("half a dozen", "6"),
        ("a dozen", "12"),
        ("twenty-five", "25"),
        ("a pair", "1"),
        ("zwei Paar", "2"),
        ("einundzwanzig", "21"),
        ("eine", "1"),
        ("a few", None),
        ("several", None),
        ("", None),
    ],
)
def test_numbers_become_digits(written: str, number: str | None) -> None:
    assert read_number(written, LANGUAGES) == number


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("UK 8", "8"),
        ("uk size 8½", "8.5"),
        ("8,5", "8.5"),
        ("8 1/2", "8.5"),
        ("size nine", "9"),
        ("nine and a half", "9.5"),
        ("EU 42", "42"),
        ("Größe 42", "42"),
        ("9.0", "9"),
        ("XL", "XL"),
        ("x-large", "XL"),
        ("Extra Large", "XL"),
        ("extra extra small", "XXS"),
        ("2xl", "XXL"),
        ("medium", "M"),
        ("one size", None),
        ("1001", None),
        ("huge", None),
    ],
)
def test_sizes_are_written_one_way(written: str, size: str | None) -> None:
    assert read_size(written, LANGUAGES) == size
