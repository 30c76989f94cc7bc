"""A conversation's mood: a running mean of how its messages sound, and how often the customer was upset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from components.sentiment_model import Sentiment


@dataclass(frozen=True)
class Mood:
    """How the customer feels after a message.

    Attributes:
        value: -1 (bad) to 1 (good).
        upset_turns: how many upset messages there were in the bad stretch that goes on; 0 if none does.
        upset_now: whether the last message was one of them.
    """

    value: float = 0.0
    upset_turns: int = 0
    upset_now: bool = False

    def name(self, pleased: float) -> str:
        """`upset`, `calm`, or `pleased` from a value on."""
        if self.upset_turns:
            return "upset"
        return "pleased" if self.value >= pleased else "calm"


@dataclass(frozen=True)
class MoodSettings:
    """When a bad stretch begins and ends.

    Attributes:
        memory: 0–1, what the messages before count for beside the new one.
        upset: a stretch begins with a message that sounds at least so bad (its score) and is surely negative.
        calm: it ends when the running mean is above this.
        sure: how probable "negative" must be for a message to count as upset; an apology out of nowhere is
            worse than one that is missing.
    """

    memory: float = 0.5
    upset: float = -0.6
    calm: float = -0.15
    sure: float = 0.7


def mood_after(before: Optional[Mood], said: Sentiment, settings: MoodSettings) -> Mood:
    """The mood after one more message (exponential average of the scores)."""
    before = before or Mood()
    value = settings.memory * before.value + (1 - settings.memory) * said.score
    upset = said.label == "negative" and said.score <= settings.upset and said.confidence >= settings.sure
    goes_on = upset or (before.upset_turns > 0 and value <= settings.calm)
    return Mood(round(value, 3), (before.upset_turns + upset) if goes_on else 0, upset)
