import pytest

from components.entity_merger import EntityMerger
from components.spans import by_pattern_only, entities_within, merge_entities, normalise, replace_entities
from tests.unit.components.conftest import Rasa, entity, said

TEXT = "send FH-1001 back to LA9 4QQ"


def test_the_longer_span_wins_and_among_equals_the_more_trusted_extractor() -> None:
    whole = entity("order_number", "FH-1001", TEXT, extractor="CRFEntityExtractor")
    part = entity("quantity", "1001", TEXT, extractor="RegexEntityExtractor")
    same = entity("ticket_number", "FH-1001", TEXT, extractor="RegexEntityExtractor")
    assert merge_entities([part, whole], ["RegexEntityExtractor"]) == [whole]
    assert merge_entities([whole, same], ["RegexEntityExtractor", "CRFEntityExtractor"]) == [same]


def test_entities_come_in_the_order_of_the_text() -> None:
    number, postcode = entity("order_number", "FH-1001", TEXT), entity("postcode", "LA9 4QQ", TEXT)
    assert merge_entities([postcode, number], []) == [number, postcode]


def test_an_entity_without_a_place_is_kept_and_replaces_nothing() -> None:
    chosen = entity("order_number", "FH-1001")
    assert merge_entities([chosen, entity("postcode", "LA9 4QQ", TEXT)], [])[-1] == chosen
    assert replace_entities(TEXT, [chosen]) == TEXT


def test_entities_are_replaced_by_their_kind() -> None:
    found = [entity("order_number", "FH-1001", TEXT), entity("postcode", "LA9 4QQ", TEXT)]
    assert replace_entities(TEXT, found) == "send order number back to postcode"


def test_places_are_counted_in_the_text_as_it_was_written_emoji_included() -> None:
    text = "👍👍 where is 1001"
    assert replace_entities(text, [entity("order_number", "1001", text)]) == "👍👍 where is order number"


def test_only_entities_inside_a_part_count_from_its_beginning() -> None:
    number = entity("order_number", "FH-1001", TEXT)
    assert entities_within(5, 12, [number, entity("postcode", "LA9 4QQ", TEXT)]) == [
        {**number, "start": 0, "end": 7}
    ]


@pytest.mark.parametrize(
    ("kind", "wanted", "written", "expected"),
    [
        ("order_number", "FH-{digits}", "fh 1001", "FH-1001"),
        ("order_number", "FH-{digits}", "none", "none"),
        ("postcode", "postcode", "la94qq", "LA9 4QQ"),
        ("postcode", "postcode", "la9", "LA9"),
        ("email", "lower", "Emma@Example.COM", "emma@example.com"),
        ("size", "size", "UK 8", "8"),
        ("quantity", "number", "3 pairs", "3"),
        ("colour", "upper", " blue ", "BLUE"),
    ],
)
def test_values_get_the_form_that_the_shop_uses(kind: str, wanted: str, written: str, expected: str) -> None:
    assert normalise(entity(kind, written), {kind: wanted})["value"] == expected


def test_other_kinds_and_empty_values_stay_as_they_are() -> None:
    assert normalise(entity("colour", "Blue"), {"size": "size"})["value"] == "Blue"
    assert normalise(entity("size", "  "), {"size": "size"})["value"] == "  "


def test_the_component_merges_and_normalises(rasa: Rasa) -> None:
    merger = rasa.create(EntityMerger, formats={"order_number": "FH-{digits}"})
    message = said("where is 1001", entities=[entity("order_number", "1001", "where is 1001")])
    empty = said("")
    merger.process([message, empty])
    assert message.get("entities")[0]["value"] == "FH-1001"
    assert empty.get("entities") == []


def test_what_a_pattern_defines_is_not_taken_from_what_was_learned() -> None:
    shouted = entity("postcode", "HOW MUCH", "HOW MUCH is that", extractor="CRFEntityExtractor")
    matched = entity("postcode", "LA9 4QQ", TEXT, extractor="RegexEntityExtractor")
    learned = entity("product", "back", TEXT, extractor="CRFEntityExtractor")
    assert by_pattern_only([shouted, matched, learned], ["postcode"]) == [matched, learned]
