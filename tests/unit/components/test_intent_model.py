from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasa.shared.nlu.training_data.loading import load_data
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from components.calibration import area_under_roc, expected_calibration_error
from components.characters import Characters
from components.encoder import MessageEncoder
from components.intent_features import Seen, see, spoken_name
from components.intent_model import FitReport, IntentModel, ModelFileError, Ranking
from components.linear import fit_linear, softmax
from tests.unit.components.conftest import EXAMPLES

ROOT = Path(__file__).parents[3]
TEXTS = [text for texts in EXAMPLES.values() for text in texts]
LABELS = [intent for intent, texts in EXAMPLES.items() for _ in texts]


def seen(encoder: MessageEncoder, texts: list[str]) -> Seen:
    return see(texts, [[]] * len(texts), encoder, two_views=False)


def fit(
    encoder: MessageEncoder,
    texts: list[str],
    labels: list[str],
    unknown: list[str] | None = None,
    seed: int = 42,
) -> tuple[IntentModel, FitReport]:
    names = seen(encoder, [spoken_name(name) for name in sorted(set(labels))])
    strange = seen(encoder, unknown) if unknown else None
    return IntentModel.fit(
        seen(encoder, texts), labels, names, encoder.last_block(), strange, encoder.is_quantised, seed=seed
    )


@pytest.fixture(scope="module")
def model(encoder: MessageEncoder) -> IntentModel:
    return fit(encoder, TEXTS, LABELS)[0]


def rank(model: IntentModel, encoder: MessageEncoder, text: str) -> Ranking:
    return model.rank(seen(encoder, [text]))[0]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("where has my package got to", "track_order"),
        ("wher is my pakage", "track_order"),
        ("the trousers are too small, I'd like to send them back", "start_return"),
        ("how many years does the guarantee last", "ask_warranty"),
        ("👍👍", "affirm"),
        ("👎", "deny"),
    ],
)
def test_what_customers_say_in_their_own_words_is_understood(
    model: IntentModel, encoder: MessageEncoder, text: str, intent: str
) -> None:
    assert rank(model, encoder, text).names[0] == intent


@pytest.fixture(scope="module")
def shop_questions(encoder: MessageEncoder) -> IntentModel:
    """Trained on the shop's intents that ask about its rules."""
    texts, labels = examples("data/nlu/questions.yml")
    return fit(encoder, texts, labels)[0]


def examples(file: str) -> tuple[list[str], list[str]]:
    """The texts and intents of a file in Rasa's format, entities unmarked."""
    data = load_data(str(ROOT / file))
    found = [message for message in data.intent_examples if message.get("intent")]
    return [message.get("text") for message in found], [message.get("intent") for message in found]


def test_confidence_means_something_for_words_that_nobody_wrote_as_examples(
    shop_questions: IntentModel, encoder: MessageEncoder
) -> None:
    texts, labels = examples("tests/nlu/test_questions.yml")
    rankings = shop_questions.rank(seen(encoder, texts))
    confidences = np.array([ranking.confidences[0] for ranking in rankings])
    right = np.array([ranking.names[0] == label for ranking, label in zip(rankings, labels)])
    assert expected_calibration_error(confidences, right) < 0.15
    assert right[confidences >= 0.7].mean() > 0.9
    assert (confidences >= 0.7).mean() > 0.6


def test_questions_about_what_nobody_wrote_examples_for_get_little_confidence(
    shop_questions: IntentModel, encoder: MessageEncoder
) -> None:
    """Between seeds, the share acted on moves by 0.16 (51 messages are few), the order of them by 0.01."""
    strange, known = (
        shop_questions.rank(seen(encoder, examples(f"tests/nlu/test_{name}.yml")[0]))
        for name in ("orders", "questions")
    )
    order = area_under_roc(
        np.array([one.confidences[0] * (1 - one.unknown) for one in [*known, *strange]]),
        np.repeat([True, False], [len(known), len(strange)]),
    )
    assert order > 0.81
    assert _acted_on(strange) < _acted_on(known) - 0.25


def _acted_on(rankings: list[Ranking]) -> float:
    return float(np.mean([one.confidences[0] >= 0.7 and not one.is_unknown for one in rankings]))


def test_what_is_like_no_example_is_noticed(encoder: MessageEncoder) -> None:
    texts, labels = examples("data/nlu/questions.yml")
    strange = ["who won the football", "tell me a poem about rain", "what is the capital of Peru", "2 + 2"]
    model, report = fit(encoder, texts, labels, unknown=strange)
    asked = model.rank(seen(encoder, ["who won the tennis", "the capital of Chile?", "do you ship to Peru"]))
    assert min(asked[0].unknown, asked[1].unknown) > asked[2].unknown + 0.2
    assert report.unknown_auroc > 0.8
    assert report.given_up <= 0.03


def test_confidences_fall_and_sum_to_one_at_most(model: IntentModel, encoder: MessageEncoder) -> None:
    for text in [*TEXTS, "", "?", "a" * 60_000, "who won the football"]:
        ranking = rank(model, encoder, text)
        assert sorted(ranking.names) == sorted(EXAMPLES)
        assert all(0 <= low <= high <= 1 for high, low in zip(ranking.confidences, ranking.confidences[1:]))
        assert sum(ranking.confidences) <= 1 + 1e-6


def test_confidence_is_about_as_high_as_the_share_that_is_right(encoder: MessageEncoder) -> None:
    _, report = fit(encoder, TEXTS, LABELS)
    assert (report.examples, report.intents) == (40, 5)
    assert report.accuracy > 0.7
    assert report.ece < 0.2


def test_training_twice_with_one_seed_gives_the_same_head(
    model: IntentModel, encoder: MessageEncoder
) -> None:
    again, _ = fit(encoder, TEXTS, LABELS)
    other, _ = fit(encoder, TEXTS, LABELS, seed=7)
    for name in ("weights", "bias", "tuned_centres"):
        kept, same, changed = (getattr(each.classifier, name) for each in (model, again, other))
        np.testing.assert_array_equal(kept, same)
        assert not np.array_equal(kept, changed)


def test_a_head_that_was_saved_ranks_as_before(
    model: IntentModel, encoder: MessageEncoder, tmp_path: Path
) -> None:
    model.save(tmp_path)
    loaded = IntentModel.load(tmp_path)
    for text in ["where is it", "👎", "", "warranty?"]:
        assert rank(loaded, encoder, text) == rank(model, encoder, text)


@pytest.mark.parametrize("damage", ["intents.json", "intents.npz", "block.onnx"])
@pytest.mark.parametrize("missing", [True, False])
def test_a_missing_or_damaged_file_is_named_with_what_to_do(
    model: IntentModel, tmp_path: Path, damage: str, missing: bool
) -> None:
    model.save(tmp_path)
    (tmp_path / damage).unlink() if missing else (tmp_path / damage).write_bytes(b"{")
    with pytest.raises(ModelFileError, match="train again"):
        IntentModel.load(tmp_path)


def test_one_intent_alone_cannot_be_told_from_anything(encoder: MessageEncoder) -> None:
    with pytest.raises(ValueError, match="two intents or more, found \\['greet'\\]"):
        fit(encoder, ["hi", "hello"], ["greet", "greet"])


@pytest.mark.parametrize(
    "examples",
    [
        {"greet": ["hi"], "deny": ["no"]},
        {"greet": ["hi", "hello", "hey there"], "deny": ["no"]},
        {"greet": ["hi", "hello"], "deny": ["no", "nope"], "stop": ["stop"]},
        {"greet": ["same", "same", "same"], "deny": ["same", "same", "same"]},
        {"greet": ["👍"], "deny": ["👎"], "stop": ["✋"]},
    ],
)
def test_few_and_contradictory_examples_still_make_a_head(
    encoder: MessageEncoder, examples: dict[str, list[str]]
) -> None:
    texts = [text for said in examples.values() for text in said]
    labels = [intent for intent, said in examples.items() for _ in said]
    model, _ = fit(encoder, texts, labels)
    for ranking in model.rank(seen(encoder, texts)):
        assert np.isfinite(ranking.confidences).all()


def test_two_intents_get_the_probabilities_of_a_logistic_regression() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 3)).astype(np.float32)
    targets = (features[:, 0] + random.normal(size=60) > 0).astype(int)
    weights, bias = fit_linear(features, targets, 2)
    expected = LogisticRegression(C=20, max_iter=200, class_weight="balanced").fit(features, targets)
    np.testing.assert_allclose(
        softmax(features @ weights.T + bias), expected.predict_proba(features), atol=1e-4
    )


def test_an_intent_without_an_example_has_no_chance() -> None:
    features = np.eye(3, dtype=np.float32)
    weights, bias = fit_linear(features, np.array([0, 2, 2]), 4)
    assert (softmax(features @ weights.T + bias)[:, [1, 3]] < 1e-6).all()


def test_characters_are_what_scikit_learn_makes_of_them() -> None:
    characters = Characters.fit(TEXTS, seed=1)
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True).fit(TEXTS)
    texts = ["where is my ordr", "", "zzzz", "Return the JACKET!"]
    expected = vectorizer.transform(texts) @ characters.components
    assert characters.vocabulary == vectorizer.vocabulary_
    np.testing.assert_allclose(characters(texts), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("confidences", "right", "error"),
    [([1.0, 1.0], [True, True], 0.0), ([1.0, 1.0], [True, False], 0.5), ([0.0], [True], 1.0), ([], [], 0.0)],
)
def test_calibration_error_is_the_gap_between_confidence_and_truth(
    confidences: list[float], right: list[bool], error: float
) -> None:
    assert expected_calibration_error(np.array(confidences), np.array(right, bool)) == error
