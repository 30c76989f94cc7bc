from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActiveLoop
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException, RasaException
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.encoder import MessageEncoder, SentenceEncoder
from components.intent_features import see, spoken_name
from components.intent_head import IntentHead
from tests.unit.components.conftest import ENCODER_FOLDER, EXAMPLES, Rasa, encoded_examples, entity, said

LOADED: dict[str, IntentHead] = {}


@pytest.fixture
def head(rasa: Rasa, training_data: TrainingData) -> IntentHead:
    """Trained once, then as a server would load it."""
    if "head" not in LOADED:
        rasa.create(IntentHead).train(training_data)
        LOADED["head"] = rasa.load(
            IntentHead,
            second_question=0.4,
            small_talk=["affirm", "deny"],
            replies=["affirm"],
            one_at_a_time=["order_number"],
            asked_first=["start_return"],
        )
    return LOADED["head"]


def test_a_message_gets_an_intent_and_a_ranking(head: IntentHead, featurizer: SentenceEncoder) -> None:
    (message,) = head.process(featurizer.process([said("where is my package")]))
    assert message.get("intent")["name"] == "track_order"
    assert message.get("intent_ranking")[0] == message.get("intent")
    assert len(message.get("intent_ranking")) == len(EXAMPLES)
    assert {"intent", "intent_ranking"} <= message.output_properties


def test_a_ranking_is_as_long_as_configured(
    rasa: Rasa, training_data: TrainingData, featurizer: SentenceEncoder
) -> None:
    rasa.create(IntentHead).train(training_data)
    (message,) = rasa.load(IntentHead, ranking_length=2).process(featurizer.process([said("warranty")]))
    assert len(message.get("intent_ranking")) == 2


def test_a_message_without_a_text_gets_no_intent(head: IntentHead, featurizer: SentenceEncoder) -> None:
    (message,) = head.process(featurizer.process([said("")]))
    assert message.get("intent") is None


@pytest.mark.parametrize(
    "text",
    [
        "👍",
        "?!",
        "\x00\x07\u202e",
        "привет where is 訂單",
        "where is my order " * 2_000,
        " ",
        "\n\n",
        "\ud83d",
    ],
)
def test_odd_messages_are_ranked_like_any_other(
    head: IntentHead, featurizer: SentenceEncoder, text: str
) -> None:
    (message,) = head.process(featurizer.process([said(text)]))
    assert 0 <= message.get("intent")["confidence"] <= 1


def test_the_second_question_of_a_message_travels_along(
    head: IntentHead, featurizer: SentenceEncoder
) -> None:
    text = "where is my parcel and how long is the warranty on 1001"
    message = said(text, entities=[entity("order_number", "1001", text)])
    head.process(featurizer.process([message]))
    assert message.get("intent")["name"] == "track_order"
    (also,) = message.get("also")
    assert (also["text"], also["intent"]) == ("how long is the warranty on 1001", "ask_warranty")
    assert also["at_once"]
    assert message.get("asked") == "where is my parcel"
    assert {"also", "asked"} <= message.output_properties


def test_each_of_two_questions_keeps_its_own_number(head: IntentHead, featurizer: SentenceEncoder) -> None:
    text = "where is my parcel 1001 and how long is the warranty on 1002"
    message = said(
        text, entities=[entity("order_number", "1001", text), entity("order_number", "1002", text)]
    )
    head.process(featurizer.process([message]))
    assert [found["value"] for found in message.get("entities")] == ["1001"]
    assert message.get("also")[0]["entities"] == {"order_number": "1002"}


def test_what_only_the_second_question_names_counts_for_both(
    head: IntentHead, featurizer: SentenceEncoder
) -> None:
    text = "where is my parcel and how long is the warranty on 1001"
    message = said(text, entities=[entity("order_number", "1001", text)])
    head.process(featurizer.process([message]))
    assert [found["value"] for found in message.get("entities")] == ["1001"]


def test_what_changes_something_and_all_after_the_second_wait_for_a_yes(
    head: IntentHead, featurizer: SentenceEncoder
) -> None:
    texts = ["where is my package? i want to return these boots", "where is my parcel 1001, 1002 and 1003"]
    first, second = (said(text, entities=_numbers(text)) for text in texts)
    head.process(featurizer.process([first, second]))
    assert [(one["intent"], one["at_once"]) for one in first.get("also")] == [("start_return", False)]
    assert [one["at_once"] for one in second.get("also")] == [True, False]
    assert [one["value"] for one in second.get("entities")] == ["1001"]


def _numbers(text: str) -> list[dict[str, object]]:
    return [entity("order_number", number, text) for number in ("1001", "1002", "1003") if number in text]


def test_a_number_that_only_one_of_two_later_questions_can_mean_is_not_the_first_ones(
    head: IntentHead, featurizer: SentenceEncoder
) -> None:
    text = "how long is the warranty and where is my parcel 1001 and where is my parcel 1002"
    message = said(text, entities=_numbers(text))
    head.process(featurizer.process([message]))
    assert message.get("entities") == []


def test_a_yes_with_a_question_is_both_while_a_form_asks(
    head: IntentHead, featurizer: SentenceEncoder, domain: Domain
) -> None:
    tracker = DialogueStateTracker.from_events("c", [ActiveLoop("order_form")], domain.slots)
    (message,) = head.process(featurizer.process([said("yes please. how long is the warranty?")]), tracker)
    assert message.get("intent")["name"] == "affirm"
    assert [one["intent"] for one in message.get("also")] == ["ask_warranty"]


def test_a_no_before_what_is_wanted_instead_is_not_all_that_was_said(
    head: IntentHead, featurizer: SentenceEncoder, domain: Domain
) -> None:
    tracker = DialogueStateTracker.from_events("c", [ActiveLoop("order_form")], domain.slots)
    (message,) = head.process(featurizer.process([said("yes please. i want to return these boots")]), tracker)
    assert message.get("also") is None


def test_small_talk_is_no_second_question(head: IntentHead, featurizer: SentenceEncoder) -> None:
    (message,) = head.process(featurizer.process([said("yes please. where is my parcel?")]))
    assert message.get("also") is None


def test_which_number_it_is_does_not_matter_where_the_kind_is_known(encoder: MessageEncoder) -> None:
    texts = ["where is 1001 👍", "where is FH-2002 👍"]
    entities = [[entity("order_number", "1001", texts[0])], [entity("order_number", "FH-2002", texts[1])]]
    one, other = see(texts, entities, encoder, two_views=True).vectors
    dim = len(one) // 2
    np.testing.assert_allclose(one[dim:], other[dim:], atol=1e-6)
    np.testing.assert_allclose(
        one[dim:] * np.sqrt(2), encoder.encode(["where is order number 👍"])[0], atol=1e-6
    )
    assert float(one @ one) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("track_order", "track order"),
        ("faq/ask_deliveryCost", "faq ask delivery cost"),
        ("order.status-2", "order status 2"),
        ("??", "??"),
    ],
)
def test_the_name_of_an_intent_says_what_is_meant(name: str, spoken: str) -> None:
    assert spoken_name(name) == spoken


def test_an_entity_from_a_button_has_no_place_and_does_no_harm(
    head: IntentHead, featurizer: SentenceEncoder
) -> None:
    message = said("where is it", entities=[entity("order_number", "FH-1001")])
    head.process(featurizer.process([message]))
    assert message.get("intent")["name"] == "track_order"


def test_an_encoder_must_come_first(head: IntentHead) -> None:
    with pytest.raises(InvalidConfigException, match="SentenceEncoder before it"):
        head.process([said("where is my order")])


@pytest.mark.parametrize("examples", [{}, {"greet": ["hi", "hello"]}])
def test_with_too_little_to_learn_training_goes_on_and_no_intent_is_given(
    rasa: Rasa, featurizer: SentenceEncoder, examples: dict[str, list[str]]
) -> None:
    rasa.create(IntentHead).train(encoded_examples(featurizer, examples))
    (message,) = rasa.load(IntentHead).process(featurizer.process([said("hi")]))
    assert message.get("intent") is None


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a training writes."""
    folder = tmp_path_factory.mktemp("kept")
    rasa = Rasa(folder)
    featurizer = rasa.create(SentenceEncoder, cache_dir=ENCODER_FOLDER)
    rasa.create(IntentHead).train(encoded_examples(featurizer, EXAMPLES))
    return folder / "IntentHead"


@pytest.mark.parametrize("name", ["intents.json", "intents.npz", "block.onnx", "block.onnx.data"])
@pytest.mark.parametrize("damage", ["missing", "empty", "torn"])
def test_a_model_with_a_missing_or_damaged_file_is_refused(
    rasa: Rasa, kept: Path, tmp_path: Path, name: str, damage: str
) -> None:
    shutil.copytree(kept, tmp_path / "model/IntentHead")
    file = tmp_path / "model/IntentHead" / name
    content = file.read_bytes()
    file.unlink()
    if damage != "missing":
        file.write_bytes(content[: len(content) // 2] if damage == "torn" else b"")
    with pytest.raises(RasaException, match="train again"):
        rasa.load(IntentHead)


def test_an_intent_with_one_example_is_learned(rasa: Rasa, featurizer: SentenceEncoder) -> None:
    examples = encoded_examples(featurizer, {**EXAMPLES, "ask_jobs": ["do you have any jobs"]})
    rasa.create(IntentHead).train(examples)
    (message,) = rasa.load(IntentHead).process(featurizer.process([said("do you have any jobs")]))
    assert message.get("intent")["name"] == "ask_jobs"


def test_a_head_is_refitted_with_other_examples_without_a_training(
    rasa: Rasa, kept: Path, tmp_path: Path, featurizer: SentenceEncoder
) -> None:
    shutil.copytree(kept, tmp_path / "model/IntentHead")
    head = rasa.load(IntentHead)
    jobs = {"ask_jobs": ["do you have any jobs", "are you hiring", "where do I apply"]}
    moved = {**EXAMPLES, **jobs}
    gone = sorted(EXAMPLES)[0]
    del moved[gone]
    head.refit(encoded_examples(featurizer, moved).intent_examples)
    (message,) = head.process(featurizer.process([said("any jobs for me?")]))
    assert message.get("intent")["name"] == "ask_jobs"
    assert gone not in {one["name"] for one in message.get("intent_ranking")}
