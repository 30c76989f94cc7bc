"""What was accepted, for the gate: read, dropped, and written as Rasa's YAML."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from learning.learned import ACTIVE, DROPPED, LABEL, Learned
from learning.store import LearningStore
from learning.tables import learned

_TUPLES = ("conversations", "approved_by")


def accepted(store: LearningStore) -> list[Learned]:
    """What counts, the oldest first."""
    statement = sa.select(learned).where(learned.c.status == ACTIVE).order_by(learned.c.at, learned.c.id)
    with store.engine.connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(statement)]
    names = [one.name for one in fields(Learned)]
    return [
        Learned(**{name: row[name] for name in names} | {name: tuple(row[name]) for name in _TUPLES})
        for row in rows
    ]


def drop(store: LearningStore, ids: Collection[str], why: str) -> None:
    """Takes records out of the next dataset; they stay in the database with the reason."""
    with store.writing() as connection:
        chosen = learned.c.id.in_(sorted(ids))
        connection.execute(sa.update(learned).where(chosen).values(status=DROPPED, why=why))


def version_of(records: Sequence[Learned]) -> str:
    """The same for the same records."""
    return hashlib.sha256("\n".join(sorted(one.id for one in records)).encode()).hexdigest()[:12]


def write_labels(records: Sequence[Learned], folder: Path) -> None:
    """Writes accepted labels as examples, a file that a designer can read and change."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for record in records:
        if record.kind == LABEL:
            by_intent[str(record.content["intent"])].append(" ".join(str(record.content["text"]).split()))
    if not by_intent:
        return
    entries = [
        {"intent": intent, "examples": LiteralScalarString("".join(f"- {text}\n" for text in sorted(texts)))}
        for intent, texts in sorted(by_intent.items())
    ]
    yaml: Any = YAML()
    written = io.StringIO()
    yaml.width = 10_000  # no line is broken
    yaml.dump({"version": "3.1", "nlu": entries}, written)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nlu.yml").write_text(written.getvalue(), encoding="utf-8")
