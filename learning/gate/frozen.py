"""Messages that nothing is trained on, so that they can tell how good a model is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

from learning.learned import LABEL, Learned

Message = TypeVar("Message")


def is_frozen(text: str, share: float) -> bool:
    """Whether a message is never trained on: the same text always is, or never.

    Args:
        text: without case, punctuation and annotations.
        share: of all messages (0–1).
    """
    drawn = int(hashlib.sha256(f"frozen\0{text}".encode()).hexdigest()[:8], 16)
    return drawn < share * 16**8


def split_learned(
    records: Iterable[Learned], share: float, plain: Callable[[str], str]
) -> tuple[list[Learned], list[Learned]]:
    """What may be trained on, and the accepted labels that are frozen.

    Args:
        records: what was accepted.
        share: of its labels that is frozen (0–1).
        plain: takes case, punctuation and annotations from a text.
    """
    trained: list[Learned] = []
    frozen: list[Learned] = []
    for record in records:
        held = record.kind == LABEL and is_frozen(plain(str(record.content.get("text", ""))), share)
        (frozen if held else trained).append(record)
    return trained, frozen


def fair(
    messages: Iterable[Message], text_of: Callable[[Message], str], trained_on: Collection[str]
) -> list[Message]:
    """Without messages that either model was trained on: it would know them by heart.

    Args:
        messages: frozen ones.
        text_of: a message's plain text.
        trained_on: plain texts of both models' examples.
    """
    return [message for message in messages if text_of(message) not in trained_on]
