"""What the patterns and word lists of data/ find, and where they must stay silent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.engine.storage.resource import Resource
from rasa.nlu.extractors.entity_synonyms import EntitySynonymMapper
from rasa.nlu.utils.pattern_utils import extract_patterns
from rasa.shared.data import get_data_files, is_nlu_file
from rasa.shared.importers.utils import training_data_from_paths
from rasa.shared.nlu.training_data.training_data import TrainingData

ROOT = Path(__file__).parents[3]


@lru_cache
def training_data() -> TrainingData:
    """All NLU data, read in the order of a training run (it decides between synonyms)."""
    return training_data_from_paths(get_data_files([str(ROOT / "data")], is_nlu_file), language="en")


class NowhereStorage:
    """A model storage for a component that only has to keep what it learned in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def write_to(self, resource: Resource) -> Iterator[Path]:
        yield self.folder


@pytest.fixture(scope="module")
def mapper(tmp_path_factory: pytest.TempPathFactory) -> EntitySynonymMapper:
    storage: Any = NowhereStorage(tmp_path_factory.mktemp("mapper"))
    mapper = EntitySynonymMapper({}, storage, Resource("mapper"))
    mapper.train(training_data())
    return mapper


@lru_cache
def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """The patterns as RegexEntityExtractor runs them: ignoring case."""
    return [(p["name"], re.compile(p["pattern"], re.IGNORECASE)) for p in extract_patterns(training_data())]


def found(text: str, entity: str) -> list[str]:
    """The spans of one entity, without those inside a longer span of any entity."""
    spans = {(m.start(), m.end(), name) for name, pattern in patterns() for m in pattern.finditer(text)}
    outer = [s for s in spans if not any(o[0] <= s[0] and s[1] <= o[1] and o[:2] != s[:2] for o in spans)]
    return [text[start:end] for start, end, name in sorted(outer) if name == entity]


def meaning(mapper: EntitySynonymMapper, words: str) -> str:
    """What the synonym mapper makes of a span's words."""
    entities = [{"entity": "any", "value": words}]
    mapper.replace_synonyms(entities)
    return entities[0]["value"]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("where is FH-1001", ["FH-1001"]),
        ("fh1001?", ["fh1001"]),
        ("FH 1733 and FH–1734", ["FH 1733", "FH–1734"]),
        ("#1001 please", ["#1001"]),
        ("order no 1001.", ["1001"]),
        ("what's in 1452", ["1452"]),
        ("order 2024 is late", ["2024"]),
        ("1001", ["1001"]),
        ("1001, 1002 and 1003", ["1001", "1002", "1003"]),
        ("I bought it in 2024", []),
        ("since march 2023", []),
        ("on 12/03/2024", []),
        ("on 12 March 2024", []),
        ("it cost £1200", []),
        ("1500 ml or 2000 lumens", []),
        ("call 020 7946 0958", []),
        ("ticket 2001", []),
        ("T-2001", []),
        ("4242 4242 4242 4242", []),
        ("LA9 4QQ", []),
        ("10000 steps, 1,250 people", []),
    ],
)
def test_order_numbers_are_found_but_years_prices_and_cards_are_not(text: str, numbers: list[str]) -> None:
    assert found(text, "order_number") == numbers


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("size 42", ["42"]),
        ("size uk 8.5", ["uk 8.5"]),
        ("in UK 8 please", ["UK 8"]),
        ("size m", ["m"]),
        ("the blue one, size m", ["m"]),
        ("in a medium", ["medium"]),
        ("swap M for L", ["M", "L"]),
        ("xl to xxl", ["xl", "xxl"]),
        ("send me a 7 instead of an 8", ["7", "8"]),
        ("in 10.5", ["10.5"]),
        ("I'm looking for socks", []),
        ("I'M ANGRY", []),
        ("a gift for M&S fans", []),
        ("it is too small", []),
        ("a large tent", []),
        ("a small problem", []),
        ("2 to 4 days", []),
        ("Skelwith 40 Backpack", []),
        ("40 litres", []),
        ("I waited 42 days", []),
        ("the next one size up", []),
        ("at 8 pm", []),
    ],
)
def test_sizes_are_found_but_small_numbers_and_adjectives_are_not(text: str, sizes: list[str]) -> None:
    assert found(text, "size") == sizes


@pytest.mark.parametrize(
    ("text", "entity", "spans"),
    [
        ("t2098 please", "ticket_number", ["t2098"]),
        ("ticket no 2064", "ticket_number", ["2064"]),
        ("Jane.Hartley+shop@gmail.co.uk.", "email", ["Jane.Hartley+shop@gmail.co.uk"]),
        ("my postcode is la94qq", "postcode", ["la94qq"]),
        ("CA12 5DG", "postcode", ["CA12 5DG"]),
        ("open at9 5pm", "postcode", []),
        ("FH1001", "postcode", []),
        ("3 pairs of socks", "quantity", ["3"]),
        ("two tents", "quantity", ["two"]),
        ("a tent for two people", "quantity", []),
        ("for two weeks", "quantity", []),
        ("it has been nine", "quantity", []),
        ("ordered two weeks ago", "date", ["two weeks ago"]),
        ("on 12 March 2024", "date", ["12 March 2024"]),
        ("we may walk", "date", []),
        ("up Scafell Pike", "product", []),
        ("is the Scafell in stock", "product", ["Scafell"]),
        ("the jacket is ripped", "reason", ["ripped"]),
        ("trousers too long", "reason", ["too long"]),
        ("you are taking too long", "reason", []),
        ("tell us", "country", []),
    ],
)
def test_other_entities(text: str, entity: str, spans: list[str]) -> None:
    assert found(text, entity) == spans


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("navy", "blue"),
        ("rucksack", "Backpacks"),
        ("climbing", "climbing"),
        ("hillwalking", "hiking"),
        ("uk 8", "8"),
        ("Medium", "M"),
        ("too tight", "too_small"),
        ("holland", "Netherlands"),
        ("france", "France"),
        ("two", "2"),
        ("scafell jacket", "Scafell Rain Jacket"),
        ("wasdale 2 tent", "Wasdale 2 Tent"),
    ],
)
def test_customers_words_become_the_shops_words(mapper: EntitySynonymMapper, words: str, value: str) -> None:
    assert meaning(mapper, words) == value


def test_every_product_and_category_of_the_catalogue_is_found_whole(mapper: EntitySynonymMapper) -> None:
    catalogue = yaml.safe_load((ROOT / "actions/shop/seed/catalogue.yml").read_text(encoding="utf-8"))
    names = [product["name"] for product in catalogue["products"]]
    assert [
        n for n in names if found(f"about {n} please", "product") != [n] or meaning(mapper, n.lower()) != n
    ] == []
    spoken = [c for c in catalogue["categories"] if c != "Climbing"]  # "climbing" alone is the activity
    assert [
        c for c in spoken if found(f"show {c}", "category") != [c] or meaning(mapper, c.lower()) != c
    ] == []
    assert meaning(mapper, "climbing gear") == "Climbing"
