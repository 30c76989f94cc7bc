from __future__ import annotations

from pathlib import Path

import pytest

from components.encoder import MessageEncoder
from components.mood_examples import read_moods
from components.sentiment_model import LABELS, SentimentFileError, SentimentModel, cues

MOODS = Path(__file__).parents[3] / "data/moods"


@pytest.fixture(scope="module")
def english() -> list[tuple[str, str]]:
    """A quarter of the designer's English messages: enough to learn from in a second or two."""
    own = {pair for file in ("negative", "neutral", "positive") for pair in _pairs(MOODS / f"{file}.yml")}
    return sorted(own)[::2]


def _pairs(file: Path) -> list[tuple[str, str]]:
    label = file.stem
    return [
        (line.strip()[2:], label) for line in file.read_text().splitlines() if line.startswith("      - ")
    ]


@pytest.fixture(scope="module")
def model(english: list[tuple[str, str]], encoder: MessageEncoder) -> SentimentModel:
    texts, labels = [text for text, _ in english], [label for _, label in english]
    trained, report = SentimentModel.fit(texts, encoder.encode(texts), labels)
    assert report.accuracy > 0.75 and report.macro_f1 > 0.75
    assert report.ece < 0.08
    return trained


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("three weeks and still nobody has answered me, this is awful", "negative"),
        ("I am very unhappy with your service", "negative"),
        ("how do I repair a broken zip?", "neutral"),
        ("can I return these trousers?", "neutral"),
        ("thank you, that was wonderful", "positive"),
        ("I love this tent", "positive"),
    ],
)
def test_what_was_never_seen_is_judged(
    model: SentimentModel, encoder: MessageEncoder, text: str, label: str
) -> None:
    found = model.judge(text, encoder.encode([text])[0])
    assert found.label == label
    assert (found.score < 0) == (label == "negative") or label == "neutral"
    assert 1 / 3 <= found.confidence <= 1


def test_a_saved_head_judges_alike(model: SentimentModel, encoder: MessageEncoder, tmp_path: Path) -> None:
    model.save(tmp_path)
    vector = encoder.encode(["not again"])[0]
    assert SentimentModel.load(tmp_path).judge("not again", vector) == model.judge("not again", vector)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "sentiment.npz").write_bytes(b"nothing")
    with pytest.raises(SentimentFileError, match="train again"):
        SentimentModel.load(tmp_path)


def test_training_is_repeatable(english: list[tuple[str, str]], encoder: MessageEncoder) -> None:
    texts, labels = [text for text, _ in english[::3]], [label for _, label in english[::3]]
    vectors = encoder.encode(texts)
    first, second = (SentimentModel.fit(texts, vectors, labels)[0] for _ in range(2))
    assert (first.weights == second.weights).all()


@pytest.mark.parametrize(
    ("text", "place"),
    [("WHERE IS IT", 0), ("now!!!", 1), ("eh???", 2), ("sooo", 4), ("hi :-)", 5), ("👎", 6)],
)
def test_how_it_is_written_shows(text: str, place: int) -> None:
    assert cues(text)[place] == 1
    assert cues("where is it")[place] == 0


def test_the_designers_messages_are_many_and_of_each_kind() -> None:
    labels = [label for _, label in read_moods(MOODS)]
    assert all(labels.count(label) >= 380 for label in LABELS)
