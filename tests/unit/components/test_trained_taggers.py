from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.storage.resource import Resource
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

import components.trained_taggers
from components.encoder import SentenceEncoder
from tests.unit.components.conftest import Rasa, entity, said


@pytest.fixture
def trained(rasa: Rasa, featurizer: SentenceEncoder) -> Rasa:
    sizes = [
        "do you have it in small",
        "i need it in large",
        "in medium please",
        "is large left",
        "a small one",
        "medium?",
    ]
    words = ("small", "medium", "large")
    messages = [
        Message(
            data={
                TEXT: text,
                INTENT: "ask",
                ENTITIES: [entity("size", word, text) for word in words if word in text],
            }
        )
        for text in sizes
    ]
    data = featurizer.process_training_data(
        WhitespaceTokenizer(WhitespaceTokenizer.get_default_config()).process_training_data(
            TrainingData(messages)
        )
    )
    rasa.create(CRFEntityExtractor).train(data)
    return rasa


def found(extractor: CRFEntityExtractor, featurizer: SentenceEncoder) -> list[tuple[str, str]]:
    tokenizer = WhitespaceTokenizer(WhitespaceTokenizer.get_default_config())
    (message,) = extractor.process(featurizer.process(tokenizer.process([said("i need it in small")])))
    return [(e["entity"], e["value"]) for e in message.get(ENTITIES)]


class NoTraining:
    def __call__(self, *args: object) -> None:
        raise AssertionError("trained again")


def test_a_loaded_extractor_is_not_trained_again(
    trained: Rasa, featurizer: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CRFEntityExtractor, "train_model", NoTraining())
    assert found(trained.load(CRFEntityExtractor), featurizer) == [("size", "small")]


def test_it_works_after_the_models_folder_is_gone(
    trained: Rasa, featurizer: SentenceEncoder, tmp_path: Path
) -> None:
    extractor = trained.load(CRFEntityExtractor)
    for file in (tmp_path / "model/CRFEntityExtractor").iterdir():
        file.unlink()
    assert found(extractor, featurizer) == [("size", "small")]


def test_a_model_from_before_is_loaded_as_rasa_does(
    trained: Rasa, featurizer: SentenceEncoder, tmp_path: Path
) -> None:
    (tmp_path / "model/CRFEntityExtractor/entity.crfsuite").unlink()
    assert found(trained.load(CRFEntityExtractor), featurizer) == [("size", "small")]


def test_an_extractor_that_never_learned_finds_nothing(rasa: Rasa, featurizer: SentenceEncoder) -> None:
    assert components.trained_taggers._read_taggers(rasa.storage, Resource("CRFEntityExtractor")) is None
    assert found(rasa.load(CRFEntityExtractor), featurizer) == []
