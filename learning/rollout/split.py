"""Which side a conversation is on: the same one from its first message to its last."""

from __future__ import annotations

import hashlib


def on_canary(conversation: str, share: float, rollout: str) -> bool:
    """Whether a conversation is answered by the canary.

    Args:
        conversation: anything that names it for good.
        share: of the conversations that the canary has (0–1). A larger share keeps those that it had.
        rollout: name of the canary, so that it is not the same customers who try every one.
    """
    drawn = int(hashlib.sha256(f"{rollout}\0{conversation}".encode()).hexdigest()[:13], 16)
    return drawn < share * 16**13
