from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.language import LanguageDetector, language_entity, language_of
from tests.unit.components.conftest import Rasa, entity, said

GERMAN = ["hallo", "wo ist meine bestellung", "bitte stornieren", "danke", "was kostet der versand", "ok"]
ENGLISH = ["hello", "where is my order", "cancel it please", "thanks", "what does delivery cost", "ok"]


@pytest.fixture
def data() -> TrainingData:
    german = [
        Message(data={TEXT: text, INTENT: "x", METADATA: {"intent": {"language": "de"}}}) for text in GERMAN
    ]
    return TrainingData([*german, *(Message(data={TEXT: text, INTENT: "x"}) for text in ENGLISH)])


@pytest.fixture
def detector(rasa: Rasa, data: TrainingData) -> LanguageDetector:
    rasa.create(LanguageDetector, languages=["en", "de"], names=["product"]).train(data)
    loaded: LanguageDetector = rasa.load(LanguageDetector, languages=["en", "de"], names=["product"])
    return loaded


def heard(detector: LanguageDetector, text: str, tracker: Any = None, **fields: Any) -> Message:
    (message,) = detector.process([said(text, **fields)], tracker)
    return message


def conversation(*languages: str | None, form: str | None = None) -> DialogueStateTracker:
    domain = Domain.from_yaml(
        "{entities: [language], slots: {language: {type: text, initial_value: en, "
        "mappings: [{type: from_entity, entity: language}]}}}"
    )
    events: list[Any] = [UserUttered("…", parse_data={"language": one}) for one in languages]  # type: ignore
    events += [ActiveLoop(form)] if form else []
    return DialogueStateTracker.from_events("emma", events, domain.slots)


def test_a_message_carries_its_language(detector: LanguageDetector) -> None:
    message = heard(detector, "Wo bleibt denn meine Bestellung?")
    assert message.get("language") == "de" and message.get("foreign_language") is None
    assert {"language", "foreign_language"} <= message.output_properties


def test_the_words_of_the_examples_outlive_the_training(detector: LanguageDetector) -> None:
    assert detector.model.vocabulary.totals == {"de": 6, "en": 6}
    assert heard(detector, "hallo").get("language") == "de"


def test_a_word_that_says_nothing_keeps_the_conversation_s_language(detector: LanguageDetector) -> None:
    assert heard(detector, "1001", conversation("de")).get("language") == "de"
    assert heard(detector, "thanks", conversation("en", "de", None)).get("language") == "de"
    assert heard(detector, "1001").get("language") is None


def test_the_name_of_a_product_is_in_no_language(detector: LanguageDetector) -> None:
    name = "Scafell Rain Jacket"
    found = {**entity("product", name), "start": 0, "end": len(name)}
    assert heard(detector, name, conversation("de"), entities=[found]).get("language") == "de"
    assert heard(detector, name, entities=[found]).get("language") is None


def test_another_language_is_marked_but_not_while_a_form_asks(detector: LanguageDetector) -> None:
    text = "Je voudrais savoir où est mon colis s'il vous plaît"
    assert heard(detector, text).get("foreign_language") == "fr"
    assert heard(detector, text, conversation("de", form="order_form")).get("foreign_language") is None


def test_the_slot_is_filled_when_the_language_changes(detector: LanguageDetector) -> None:
    message = heard(detector, "Wo bleibt denn meine Bestellung?")
    (found,) = language_entity(message, conversation())
    assert (found["entity"], found["value"]) == ("language", "de") and "start" not in found
    tracker = conversation("de")
    tracker.slots["language"].value = "de"
    assert language_entity(message, tracker) == []
    assert language_entity(message, None) == []
    assert language_entity(message, DialogueStateTracker.from_events("emma", [])) == []


def test_an_example_says_its_language(data: TrainingData) -> None:
    found = [language_of(example, "en") for example in data.training_examples]
    assert found == ["de"] * 6 + ["en"] * 6


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"languages": ["en", "xx"]}, "xx"),
        ({"languages": ["en"], "default": "de"}, "'de'"),
        ({"languages": []}, "None"),
        ({"languages": ["en"], "noticed": ["klingon"]}, "klingon"),
    ],
)
def test_a_setting_that_cannot_be_is_named(rasa: Rasa, config: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidConfigException, match=named):
        rasa.create(LanguageDetector, **config)


@pytest.mark.parametrize("text", ["", " ", "👍", "\x00\x01", "\ud83d", "wort " * 10_000, "日" * 10_000])
def test_no_text_stops_it(detector: LanguageDetector, text: str) -> None:
    assert heard(detector, text, conversation("de")).get("language") == "de"
    assert ENTITIES not in heard(detector, text).output_properties
