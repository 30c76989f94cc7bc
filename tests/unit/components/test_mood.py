from __future__ import annotations

from collections.abc import Sequence

import pytest

from components.mood import Mood, MoodSettings, mood_after
from components.sentiment_model import Sentiment

ANGRY, SO_SO, GLAD = (
    Sentiment("negative", -0.9, 0.95),
    Sentiment("neutral", 0.0, 0.9),
    Sentiment("positive", 0.9, 0.95),
)
DOUBTFUL = Sentiment("negative", -0.65, 0.66)


def after(*said: Sentiment) -> Mood:
    mood = Mood()
    for sentiment in said:
        mood = mood_after(mood, sentiment, MoodSettings())
    return mood


@pytest.mark.parametrize(
    ("said", "upset_turns", "name"),
    [
        ([], 0, "calm"),
        ([SO_SO], 0, "calm"),
        ([DOUBTFUL], 0, "calm"),
        ([ANGRY], 1, "upset"),
        ([ANGRY, SO_SO], 1, "upset"),
        ([ANGRY, SO_SO, ANGRY], 2, "upset"),
        ([ANGRY, SO_SO, SO_SO, SO_SO], 0, "calm"),
        ([ANGRY, GLAD], 0, "calm"),
        ([GLAD], 0, "pleased"),
    ],
)
def test_a_bad_stretch_begins_goes_on_and_ends(
    said: Sequence[Sentiment], upset_turns: int, name: str
) -> None:
    mood = after(*said)
    assert mood.upset_turns == upset_turns
    assert mood.name(pleased=0.4) == name


def test_the_value_is_a_running_mean() -> None:
    assert after(ANGRY).value == -0.45
    assert after(ANGRY, SO_SO).value == pytest.approx(-0.225, abs=0.001)


def test_only_an_upset_message_counts_as_upset_now() -> None:
    assert after(ANGRY).upset_now
    assert not after(ANGRY, SO_SO).upset_now
