"""Which side a conversation is on: the same one from its first message to its last."""

from __future__ import annotations

import hashlib


def drawn(conversation: str, rollout: str) -> float:
    """A conversation's place in a draw, 0 to 1 (exclusive).

    Args:
        conversation: anything that names it for good.
        rollout: name of the model that is tried, so that it is not the same customers who try every one.
    """
    return int(hashlib.sha256(f"{rollout}\0{conversation}".encode()).hexdigest()[:13], 16) / 16**13


def on_canary(conversation: str, share: float, rollout: str) -> bool:
    """Whether a conversation is answered by the canary.

    Args:
        conversation: anything that names it for good.
        share: of the conversations that the canary has (0–1). A larger share keeps those that it had.
        rollout: name of the canary.
    """
    return drawn(conversation, rollout) < share


def held_out(conversation: str, share: float, rollout: str) -> bool:
    """Whether a conversation stays with the model before, once a canary was promoted.

    Those at the other end of the draw do: the canary has not answered them.
    """
    return drawn(conversation, rollout) >= 1 - share
