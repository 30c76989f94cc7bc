from __future__ import annotations

import numpy as np
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT

from components.encoder import ENCODER, MessageEncoder, SentenceEncoder
from llm.encoder import JoinedEncoder
from tests.unit.components.conftest import ENCODER_FOLDER, Rasa, encoded_examples, said


def test_a_message_gets_one_sentence_vector(featurizer: SentenceEncoder) -> None:
    (message,) = featurizer.process([said("where is my order")])
    (features,) = message.features
    assert (features.type, features.attribute, features.features.shape) == (
        FEATURE_TYPE_SENTENCE,
        TEXT,
        (1, 384),
    )
    assert message.get(ENCODER) is featurizer.encoder
    assert ENCODER not in message.output_properties


def test_a_message_without_a_text_gets_none(featurizer: SentenceEncoder) -> None:
    (message,) = featurizer.process([said("")])
    assert message.features == []
    assert featurizer.process([]) == []


def test_two_models_in_one_process_share_the_encoder(rasa: Rasa, featurizer: SentenceEncoder) -> None:
    assert rasa.create(SentenceEncoder, cache_dir=ENCODER_FOLDER).encoder is featurizer.encoder


def test_two_trainings_on_the_same_examples_look_the_same_to_the_cache(featurizer: SentenceEncoder) -> None:
    def fingerprint(encoder: MessageEncoder) -> str:
        featurizer.encoder = encoder
        return str(encoded_examples(featurizer, {"greet": ["hi"]}).fingerprint())

    inner = featurizer.encoder.encoder
    first = fingerprint(MessageEncoder(inner, "int8"))
    assert fingerprint(MessageEncoder(inner, "int8")) == first
    assert fingerprint(MessageEncoder(inner, "fp32")) != first


def test_likeness_is_measured_with_the_first_of_joined_models(encoder: MessageEncoder) -> None:
    joined = MessageEncoder(JoinedEncoder([encoder.encoder, encoder.encoder]))
    texts = ["where is my order", "where is my parcel"]
    assert joined.compare(texts).shape == (2, 384) and joined.encode(texts).shape == (2, 768)
    np.testing.assert_array_equal(joined.compare(texts), encoder.compare(texts))


def test_shouting_means_what_it_means_said_quietly(encoder: MessageEncoder) -> None:
    loud, quiet = encoder.encode(["WAS KOSTET DER VERSAND?", "was kostet der versand?"])
    np.testing.assert_array_equal(loud, quiet)
