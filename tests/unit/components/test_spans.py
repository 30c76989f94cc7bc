import pytest
from rasa.shared.exceptions import InvalidConfigException

from components.entity_merger import EntityMerger
from components.spans import by_pattern_only, entities_within, merge_entities, replace_entities
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


def test_a_pattern_keeps_the_role_that_was_learned_for_the_same_span() -> None:
    matched = entity("size", "9", "swap 8 for 9", extractor="RegexEntityExtractor")
    learned = entity("size", "9", "swap 8 for 9", extractor="EntityTagger", role="wanted")
    other = entity("quantity", "9", "swap 8 for 9", extractor="EntityTagger", group="x")
    (kept,) = merge_entities([learned, other, matched], ["RegexEntityExtractor"])
    assert kept == {**matched, "role": "wanted"}


def test_the_component_merges_and_normalises(rasa: Rasa) -> None:
    merger = rasa.create(EntityMerger, formats={"order_number": "FH-{digits}"})
    message = said("where is 1001", entities=[entity("order_number", "1001", "where is 1001")])
    empty = said("")
    merger.process([message, empty])
    assert message.get("entities")[0]["value"] == "FH-1001"
    assert empty.get("entities") == []


def test_an_unknown_format_is_refused_with_those_there_are(rasa: Rasa) -> None:
    with pytest.raises(InvalidConfigException, match=r"'sizes' \(of size\).*postcode"):
        rasa.create(EntityMerger, formats={"size": "sizes"})


def test_what_a_pattern_defines_is_not_taken_from_what_was_learned() -> None:
    shouted = entity("postcode", "HOW MUCH", "HOW MUCH is that", extractor="CRFEntityExtractor")
    matched = entity("postcode", "LA9 4QQ", TEXT, extractor="RegexEntityExtractor")
    learned = entity("product", "back", TEXT, extractor="CRFEntityExtractor")
    assert by_pattern_only([shouted, matched, learned], ["postcode"]) == [matched, learned]
