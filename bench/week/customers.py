"""Who talks to the assistant in the simulated week, and who is only measured."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("customers.yml")
# How customers begin, and what they write when they were not given what they wanted. The empty ones are those
# who come to the point, and those who leave.
OPENINGS = ("", "", "", "hello", "hi there")
OBJECTIONS = (
    "",
    "",
    "no, that's not what I asked",
    "no, I meant something else",
    "can I talk to a person please",
)


@dataclass(frozen=True)
class Want:
    """What customers may want: `answer` and `description` are set where the demo shop lacks it."""

    intent: str
    week: tuple[str, ...]
    held_out: tuple[str, ...]
    answer: str = ""
    description: str = ""

    @property
    def is_new(self) -> bool:
        """Whether the assistant has never heard of it."""
        return bool(self.answer)


@dataclass(frozen=True)
class Customer:
    """One customer: the message with the want, an opening before it, an objection if it is not met."""

    name: str
    want: Want
    opening: str
    message: str
    objection: str


def read_wants(file: Path = FILE) -> list[Want]:
    """The wants of the file, those that are new first."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    listed = [*content["wants"], *content["ordinary"]]
    return [
        Want(
            one["intent"], tuple(one["week"]), tuple(one["held_out"]),
            one.get("answer", ""), one.get("description", ""),
        )
        for one in listed
    ]  # fmt: skip


def customers(wants: Sequence[Want], held_out: bool, seed: int = 0) -> list[Customer]:
    """Customers in the order in which they come, the same each time.

    Args:
        wants: what they want.
        held_out: those that are only measured, instead of those of the week.
        seed: of order, openings and objections.
    """
    rng = random.Random(f"{seed} {held_out}")
    said = [(want, text) for want in wants for text in (want.held_out if held_out else want.week)]
    rng.shuffle(said)
    kind = "held-out" if held_out else "week"
    return [
        Customer(f"{kind}-{number}", want, rng.choice(OPENINGS), text, rng.choice(OBJECTIONS))
        for number, (want, text) in enumerate(said)
    ]
