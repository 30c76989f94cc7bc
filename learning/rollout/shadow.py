"""What a candidate that reads along made of real messages, beside what the stable model made of them.

Only readings are kept here, never a text: that is in the turns, masked, if the customer consents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

import sqlalchemy as sa

from learning.store import LearningStore
from learning.tables import shadow_readings
from learning.turn import Turn

# The value in the store that names the candidate which reads along.
_READS = "shadow"
# A turn begins when Rasa takes the message: hardly before the entry had it, and soon after.
_EARLIER_SECONDS, _LATER_SECONDS = 1.0, 60.0
# What the router decides by the message itself; elsewhere the conversation decides, which a candidate lacks.
_BANDS = ("do", "confirm", "fallback")


@dataclass(frozen=True)
class Reading:
    """What a candidate made of a message, outside of its conversation.

    Attributes:
        candidate: its id.
        conversation: a pseudonym.
        at: when the message came, in seconds since the epoch.
        intent, confidence: what it means most probably, and how probable that is (0–1).
        band, routed: what the router decided, and the intent that would be acted on.
    """

    candidate: str
    conversation: str
    at: float
    intent: str
    confidence: float
    band: str
    routed: str


_FIELDS = tuple(field.name for field in fields(Reading))


def let_read(store: LearningStore, candidate: str) -> None:
    """Lets a candidate read along from now on, in the place of any other; an empty name ends it."""
    with store.writing() as connection:
        store.set_value(_READS, candidate, connection)


def who_reads(store: LearningStore) -> str:
    """The candidate that reads along; empty if none does."""
    with store.engine.connect() as connection:
        return store.value(_READS, connection) or ""


def keep(store: LearningStore, readings: Sequence[Reading]) -> None:
    """Writes readings, all of them at once."""
    if readings:
        with store.writing() as connection:
            connection.execute(sa.insert(shadow_readings), [asdict(one) for one in readings])


def readings_of(store: LearningStore, candidate: str) -> list[Reading]:
    """What a candidate has read so far, in order."""
    statement = sa.select(shadow_readings).where(shadow_readings.c.candidate == candidate)
    with store.engine.connect() as connection:
        rows = connection.execute(statement.order_by(shadow_readings.c.at)).all()
    return [Reading(**{name: row._mapping[name] for name in _FIELDS}) for row in rows]


def beside_turns(readings: Iterable[Reading], turns: Iterable[Turn]) -> list[tuple[Turn, Reading]]:
    """Readings with the turns of the same messages; each turn once, for a channel may send one again."""
    by_conversation: dict[str, list[Turn]] = {}
    for turn in sorted(turns, key=lambda turn: turn.at):
        by_conversation.setdefault(turn.conversation, []).append(turn)
    found = []
    for reading in sorted(readings, key=lambda reading: reading.at):
        waiting = by_conversation.get(reading.conversation, [])
        while waiting and waiting[0].at < reading.at - _EARLIER_SECONDS:
            waiting.pop(0)
        if waiting and waiting[0].at <= reading.at + _LATER_SECONDS:
            found.append((waiting.pop(0), reading))
    return found


def comparable(turn: Turn) -> bool:
    """Whether the message alone decided: no button, no answer to a form, no repetition."""
    return turn.band in _BANDS and not turn.is_button and not turn.is_answer_to_form
