"""Conversations as a tracker store keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from learning.store import LearningStore

Event = dict[str, Any]


def said(
    text: str,
    at: float,
    intent: str = "ask_delivery",
    confidence: float = 0.9,
    message_id: str = "",
    **parsed: Any,
) -> Event:
    """A customer's message."""
    return {
        "event": "user",
        "timestamp": at,
        "text": text,
        "message_id": message_id or f"m{at:.0f}",
        "input_channel": "web",
        "metadata": {"model_id": "model-1", "assistant_id": "fernhill"},
        "parse_data": {
            "intent": {"name": intent, "confidence": confidence},
            "intent_ranking": [
                {"name": intent, "confidence": confidence},
                {"name": "other", "confidence": 0.1},
            ],
            "route": {"band": "do", "intent": intent, "confidence": confidence, "why": "sure"},
            "language": "en",
            **parsed,
        },
    }


def replied(text: str, at: float, response: str = "utter_delivery", **metadata: Any) -> Event:
    """A bot's message."""
    return {"event": "bot", "timestamp": at, "text": text, "metadata": {"utter_action": response, **metadata}}


def acted(name: str, at: float) -> Event:
    return {"event": "action", "timestamp": at, "name": name, "policy": "RulePolicy"}


def slot(name: str, value: Any, at: float) -> Event:
    return {"event": "slot", "timestamp": at, "name": name, "value": value}


class Conversations:
    """A tracker store's database."""

    def __init__(self, file: Path) -> None:
        self.engine = sa.create_engine(f"sqlite:///{file}", future=True)
        self.table = sa.Table(
            "events",
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("sender_id", sa.String(255)),
            sa.Column("type_name", sa.String(255)),
            sa.Column("timestamp", sa.Float),
            sa.Column("intent_name", sa.String(255)),
            sa.Column("action_name", sa.String(255)),
            sa.Column("data", sa.Text),
        )
        self.table.create(self.engine)

    def add(self, sender_id: str, *events: Event | str) -> None:
        rows = [
            {
                "sender_id": sender_id,
                "type_name": "x",
                "data": one if isinstance(one, str) else json.dumps(one),
            }
            for one in events
        ]
        with self.engine.begin() as connection:
            connection.execute(sa.insert(self.table), rows)


@pytest.fixture
def conversations(tmp_path: Path) -> Iterator[Conversations]:
    found = Conversations(tmp_path / "tracker.db")
    yield found
    found.engine.dispose()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LearningStore]:
    found = LearningStore(f"sqlite:///{tmp_path / 'learning.db'}")
    yield found
    found.engine.dispose()


@pytest.fixture
def dialogue() -> Callable[[float], list[Event]]:
    """Two turns of a conversation that begins at a time."""

    def make(at: float) -> list[Event]:
        return [
            slot("language", "en", at),
            said("how much is delivery", at + 1),
            acted("action_answer", at + 1.2),
            replied("It costs £3.95.", at + 1.3),
            acted("action_listen", at + 1.4),
            said("and to ireland?", at + 10, confidence=0.5),
            acted("action_answer", at + 10.5),
            replied("£9.50.", at + 10.6, citations=[{"key": "delivery.md#ireland"}]),
            acted("action_listen", at + 10.7),
        ]

    return make
