from __future__ import annotations

import pytest
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import SentenceEncoder
from components.spacy_tagger import SpacyEntityTagger
from tests.unit.components.conftest import Rasa, entity, said
from tests.unit.components.test_entity_tagger import encoded, examples, tokenized


@pytest.fixture
def trained(rasa: Rasa, featurizer: SentenceEncoder) -> Rasa:
    data = featurizer.process_training_data(TrainingData(examples(rounds=4)))
    rasa.create(SpacyEntityTagger, epochs=20).train(data)
    return rasa


def test_a_loaded_pipeline_finds_entities_it_never_saw_and_tells_their_roles(
    trained: Rasa, featurizer: SentenceEncoder
) -> None:
    message = encoded(featurizer, "from Edinburgh to Liverpool for three people")
    trained.load(SpacyEntityTagger).process([message])
    assert [(e["value"], e["role"], e["extractor"]) for e in message.get(ENTITIES)] == [
        ("Edinburgh", "from", "SpacyEntityTagger"),
        ("Liverpool", "to", "SpacyEntityTagger"),
    ]


def test_where_there_is_nothing_it_finds_nothing(trained: Rasa, featurizer: SentenceEncoder) -> None:
    tagger = trained.load(SpacyEntityTagger)
    for text in ("yes please", "…", "what does it cost"):
        (message,) = tagger.process([encoded(featurizer, text)])
        assert not message.get(ENTITIES)
    empty = said("")
    assert tagger.process([empty]) == [empty]


def test_training_twice_gives_the_same_pipeline(rasa: Rasa) -> None:
    models = []
    for _ in range(2):
        tagger = rasa.create(SpacyEntityTagger, epochs=2)
        tagger.train(TrainingData(examples()))
        assert tagger.model is not None
        models.append(tagger.model.pipeline.get_pipe("ner").model.to_bytes())
    assert models[0] == models[1]


def test_without_annotations_it_learns_nothing_and_goes_on(rasa: Rasa, featurizer: SentenceEncoder) -> None:
    plain = tokenized(Message({TEXT: "hello", INTENT: "greet"}), Message({TEXT: "bye", INTENT: "goodbye"}))
    rasa.create(SpacyEntityTagger).train(TrainingData(plain))
    (message,) = rasa.load(SpacyEntityTagger).process(tokenized(said("from Leeds to Hull")))
    assert not message.get(ENTITIES)


def test_overlapping_annotations_do_not_stop_the_training(rasa: Rasa) -> None:
    messages = examples()
    text = "go to Kings Lynn now"
    both = [entity("city", "Kings Lynn", text), entity("name", "Kings", text)]
    messages += tokenized(Message({TEXT: text, INTENT: "travel", ENTITIES: both}))
    rasa.create(SpacyEntityTagger, epochs=1).train(TrainingData(messages))
    assert rasa.load(SpacyEntityTagger).model is not None
