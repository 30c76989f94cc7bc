"""How fast turns are taken out of conversations and marked.

    rapport bench harvest
    rapport bench harvest --conversations 10000

Conversations are made up: four turns each, written as Rasa writes them, many at a time. The last line is one
JSON object.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from learning.harvest import harvest
from learning.signals import SignalSettings
from learning.store import LearningStore
from rapport.console import console, progress_bar

TURNS = 4
# So many conversations are held at the same time: a turn's events lie among those of others.
AT_ONCE = 50
SAID = (
    "where is my order 1016",
    "can I return boots",
    "and to Ireland?",
    "no, I meant the blue one",
    "thanks",
)
INTENTS = ("track_order", "ask_return_policy", "ask_shipping_cost", "start_exchange", "thank")


def run(conversations: int) -> None:
    """Measures, and prints a line and a JSON object."""
    with tempfile.TemporaryDirectory() as folder:
        source = sa.create_engine(f"sqlite:///{folder}/tracker.db", future=True)
        written = _write(source, conversations)
        store = LearningStore(f"sqlite:///{folder}/learning.db")
        with progress_bar() as bar:
            task = bar.add_task("harvesting", total=written)
            started = time.perf_counter()
            report = harvest(
                source, store, "key", SignalSettings(), time.time(),
                progress=lambda read, of: bar.update(task, completed=read),
            )  # fmt: skip
            seconds = time.perf_counter() - started
        again = time.perf_counter()
        harvest(source, store, "key", SignalSettings(), time.time())
        nothing_new = time.perf_counter() - again
        turns = store.count_turns()
        size = Path(folder, "learning.db").stat().st_size
    figures = {
        "turns": turns,
        "turns_per_minute": round(60 * turns / seconds),
        "flagged": report.flagged,
        "nothing_new_seconds": round(nothing_new, 3),
        "bytes_a_turn": round(size / turns),
    }
    console.print(f"{figures['turns']:,} turns, {figures['turns_per_minute']:,} a minute")
    print(json.dumps(figures))


def _write(source: sa.engine.Engine, conversations: int) -> int:
    """Fills a tracker store; how many events were written."""
    table = sa.Table(
        "events",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sender_id", sa.String(255), index=True),
        sa.Column("type_name", sa.String(255)),
        sa.Column("timestamp", sa.Float),
        sa.Column("data", sa.Text),
    )
    table.create(source)
    rng, written = random.Random(0), 0
    with source.begin() as connection:
        for start in range(0, conversations, AT_ONCE):
            names = [f"c{number}" for number in range(start, min(start + AT_ONCE, conversations))]
            dialogues = [list(_events(rng, time.time() - 86_400 + start)) for _ in names]
            rows = [
                {"sender_id": name, "type_name": event["event"], "timestamp": event["timestamp"],
                 "data": json.dumps(event)}
                for of_one in zip(*dialogues)
                for name, event in zip(names, of_one)
            ]  # fmt: skip
            connection.execute(sa.insert(table), rows)
            written += len(rows)
    return written


def _events(rng: random.Random, at: float) -> Iterator[dict[str, Any]]:
    """A conversation's events, as many in each."""
    model = {"model_id": "m", "assistant_id": "a"}
    for number in range(TURNS):
        at += 20
        text, intent = rng.choice(SAID), rng.choice(INTENTS)
        sure = rng.uniform(0.3, 1.0)
        ranking = [{"name": name, "confidence": sure if name == intent else 0.05} for name in INTENTS]
        parsed = {
            "intent": ranking[0] | {"name": intent, "confidence": sure}, "intent_ranking": ranking,
            "language": "en",
            "route": {"band": "do", "intent": intent, "confidence": sure, "why": f"{intent} is sure"},
            "entities": [{"entity": "order_number", "value": "FH-1016", "start": 18, "end": 22}],
            "sentiment": {"label": "neutral", "score": -0.1}, "mood": {"value": -0.05},
            "unknown": {"probability": 0.1, "is_unknown": False}, "text": text,
        }  # fmt: skip
        yield {"event": "user", "timestamp": at, "text": text, "parse_data": parsed, "input_channel": "web",
               "message_id": f"{at}-{number}", "metadata": model}  # fmt: skip
        for place in range(6):
            yield {
                "event": "slot",
                "timestamp": at + place / 1e3,
                "name": f"slot{place}",
                "value": "x",
                "metadata": model,
            }
        for name in ("action_answer", "action_listen"):
            yield {
                "event": "action",
                "timestamp": at + 0.02,
                "name": name,
                "policy": "RulePolicy",
                "metadata": model,
            }
        said = {"utter_action": f"utter_{intent}", **model}
        yield {"event": "bot", "timestamp": at + 0.03, "text": "It takes 2 to 4 working days. " * 4,
               "data": {"buttons": None}, "metadata": said}  # fmt: skip
