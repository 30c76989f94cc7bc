from __future__ import annotations

from typing import Any

import pytest
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import ENCODER, SentenceEncoder
from components.entity_tagger import EntityTagger
from tests.unit.components.conftest import Rasa, entity, said

TRIPS = [
    ("a bus from {} to {} please", "Leeds", "York"),
    ("can I go from {} to {}", "Durham", "Hull"),
    ("{} to {}, two tickets", "Oxford", "Bath"),
    ("I leave {} on Monday and want to get to {}", "Derby", "New York"),
    ("get me to {1} from {0}", "London", "Kendal"),
    ("we are in {} and need to reach {} by noon", "Bristol", "Cardiff"),
    ("is there one to {1} starting in {0}?", "Glasgow", "Perth"),
    ("from {} to {} for three people", "Exeter", "Truro"),
]
OTHER = ["hello", "yes please", "what does it cost", "how long does it take", "thanks, that is all", "no"]


def tokenized(*messages: Message) -> list[Message]:
    return WhitespaceTokenizer(WhitespaceTokenizer.get_default_config()).process(list(messages))


def examples(rounds: int = 1) -> list[Message]:
    """Sentences with and without cities; in a further round, with other cities."""
    messages = [Message({TEXT: text, INTENT: "talk"}) for text in OTHER]
    cities = [city for _, *both in TRIPS for city in both]
    for number in range(rounds * len(TRIPS)):
        pattern = TRIPS[number % len(TRIPS)][0]
        start, end = cities[(2 * number + number // 8) % 16], cities[(2 * number + 1 + number // 8 * 6) % 16]
        text = pattern.format(start, end)
        both = [entity("city", start, text, role="from"), entity("city", end, text, role="to")]
        messages.append(Message({TEXT: text, INTENT: "travel", ENTITIES: both}))
    return tokenized(*messages)


@pytest.fixture
def trained(rasa: Rasa, featurizer: SentenceEncoder) -> Rasa:
    rasa.create(EntityTagger).train(featurizer.process_training_data(TrainingData(examples())))
    return rasa


def found(tagger: EntityTagger, text: str, *before: Any) -> list[tuple[str, str, str | None]]:
    (message,) = tagger.process([*before, *tokenized(said(text))])
    return [(e["entity"], e["value"], e.get("role")) for e in message.get(ENTITIES) or []]


def encoded(featurizer: SentenceEncoder, text: str) -> Message:
    return featurizer.process(tokenized(said(text)))[0]


def test_a_loaded_tagger_finds_entities_it_never_saw_and_tells_their_roles(
    trained: Rasa, featurizer: SentenceEncoder
) -> None:
    message = encoded(featurizer, "a bus from Edinburgh to Liverpool please")
    trained.load(EntityTagger).process([message])
    cities = [(e["entity"], e["value"], e["role"], e["extractor"]) for e in message.get(ENTITIES)]
    assert cities == [
        ("city", "Edinburgh", "from", "EntityTagger"),
        ("city", "Liverpool", "to", "EntityTagger"),
    ]
    assert all(0.3 < e["confidence_entity"] <= 1 for e in message.get(ENTITIES))


def test_it_adds_to_what_others_found(trained: Rasa, featurizer: SentenceEncoder) -> None:
    message = encoded(featurizer, "a bus from Edinburgh to Liverpool please")
    known = entity("number", "a", message.get(TEXT))
    message.set(ENTITIES, [known])
    trained.load(EntityTagger).process([message])
    assert message.get(ENTITIES)[0] == known and len(message.get(ENTITIES)) == 3


def test_where_there_is_nothing_it_finds_nothing(trained: Rasa, featurizer: SentenceEncoder) -> None:
    tagger = trained.load(EntityTagger)
    for text in ("yes please", "…", "👍", "what does it cost"):
        message = encoded(featurizer, text)
        tagger.process([message])
        assert not message.get(ENTITIES)
    empty = said("")
    assert tagger.process([empty]) == [empty]


def test_training_twice_gives_the_same_model(rasa: Rasa, featurizer: SentenceEncoder) -> None:
    models = []
    for _ in range(2):
        tagger = rasa.create(EntityTagger)
        tagger.train(featurizer.process_training_data(TrainingData(examples())))
        message = encoded(featurizer, "to Leeds and on to Hull")
        assert tagger.model is not None
        models.append([e["confidence_entity"] for e in tagger.process([message])[0].get(ENTITIES)])
    assert models[0] == models[1]


def test_it_works_from_words_alone_without_an_encoder(rasa: Rasa) -> None:
    tagger = rasa.create(EntityTagger)
    tagger.train(TrainingData(examples()))
    assert found(rasa.load(EntityTagger), "from Leeds to Hull") == [
        ("city", "Leeds", "from"),
        ("city", "Hull", "to"),
    ]


def test_half_a_character_is_no_hindrance(trained: Rasa, featurizer: SentenceEncoder) -> None:
    message = encoded(featurizer, "from Leeds \ud83d to Hull")
    [read] = trained.load(EntityTagger).process([message])
    assert [entity["value"] for entity in read.get(ENTITIES)] == ["Leeds", "Hull"]


def test_a_message_without_the_encoder_it_was_trained_with_is_refused_in_words(trained: Rasa) -> None:
    with pytest.raises(InvalidConfigException, match="SentenceEncoder before it"):
        found(trained.load(EntityTagger), "from Leeds to Hull")


def test_without_annotations_it_learns_nothing_and_goes_on(rasa: Rasa, featurizer: SentenceEncoder) -> None:
    plain = TrainingData(tokenized(*(Message({TEXT: text, INTENT: "talk"}) for text in OTHER)))
    rasa.create(EntityTagger).train(featurizer.process_training_data(plain))
    assert found(rasa.load(EntityTagger), "from Leeds to Hull") == []


def test_annotations_of_other_extractors_are_not_learned(rasa: Rasa, featurizer: SentenceEncoder) -> None:
    messages = examples()
    for message in messages:
        for one in message.get(ENTITIES) or []:
            one["extractor"] = "SomebodyElse"
    rasa.create(EntityTagger).train(featurizer.process_training_data(TrainingData(messages)))
    message = encoded(featurizer, "from Leeds to Hull")
    assert message.get(ENCODER) is not None
    rasa.load(EntityTagger).process([message])
    assert not message.get(ENTITIES)
