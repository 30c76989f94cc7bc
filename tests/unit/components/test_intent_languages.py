"""Languages that only one of two joined encoders knows: those texts are judged by that one alone."""

from __future__ import annotations

import numpy as np
import pytest
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import MessageEncoder, SentenceEncoder, shared_encoder
from components.intent_features import see
from components.intent_head import IntentHead
from tests.unit.components.conftest import ENCODER_FOLDER, EXAMPLES, Rasa, said

BOTH = "all-MiniLM-L6-v2 + universal-sentence-encoder-multilingual"
GERMAN = {
    "ask_shop": ["habt ihr einen laden in kiel", "wo ist euer geschäft", "wann macht ihr auf"],
    "start_return": ["ich will die jacke zurückgeben", "retoure anmelden"],
}


@pytest.fixture(scope="module")
def both() -> MessageEncoder:
    return shared_encoder(BOTH, ENCODER_FOLDER, "int8")


@pytest.fixture
def featurizer(rasa: Rasa) -> SentenceEncoder:
    component: SentenceEncoder = rasa.create(SentenceEncoder, model=BOTH, cache_dir=ENCODER_FOLDER)
    return component


@pytest.fixture
def head(rasa: Rasa, featurizer: SentenceEncoder) -> IntentHead:
    english = [Message({TEXT: text, INTENT: intent}) for intent, texts in EXAMPLES.items() for text in texts]
    german = [
        Message({TEXT: text, INTENT: intent, "metadata": {"intent": {"language": "de"}}})
        for intent, texts in GERMAN.items()
        for text in texts
    ]
    data = featurizer.process_training_data(TrainingData([*english, *german]))
    rasa.create(IntentHead, languages=["en", "de"]).train(data)
    loaded: IntentHead = rasa.load(IntentHead, languages=["en", "de"])
    return loaded


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("wo ist mein paket", "track_order"),  # no German example of it
        ("wie lange gilt die garantie", "ask_warranty"),  # nor of this
        ("habt ihr auch ein geschäft in hamburg", "ask_shop"),  # nothing else
    ],
)
def test_one_language_learns_from_the_examples_of_another(
    head: IntentHead, featurizer: SentenceEncoder, text: str, intent: str
) -> None:
    (message,) = head.process(featurizer.process([said(text, language="de")]))
    assert message.get(INTENT)["name"] == intent


def test_the_tuned_encoder_learns_nothing_from_a_language_that_it_does_not_know(head: IntentHead) -> None:
    assert head.model is not None
    centres = dict(zip(head.model.names, head.model.classifier.tuned_centres))
    assert not centres["ask_shop"].any()
    assert centres["track_order"].any()


def test_only_the_models_that_know_a_language_are_asked(both: MessageEncoder) -> None:
    seen = see(["wo bleibt mein paket", "where is my parcel"], [[], []], both, False, ["de", "en"])
    half = both.columns("de")
    assert 0 < half.sum() < len(half)
    assert not seen.vectors[0][half == 0].any() and seen.vectors[1][half == 0].any()
    assert np.allclose(np.linalg.norm(seen.vectors, axis=1), 1, atol=1e-3)
    assert seen.is_tunable.tolist() == [False, True]
    assert np.allclose(seen.untuned().vectors[0], seen.elsewhere[1])  # type: ignore[index]
