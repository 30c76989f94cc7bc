"""How fast the running assistant answers, how soon it is ready, and what it weighs.

Starts Rasa and the action server as `rapport up` does (or takes those that run), then talks over REST as a
customer would: short conversations, one message after another. Times are of the whole request, HTTP included.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from rich.table import Table

from rapport.client import Assistant
from rapport.console import console
from rapport.errors import RapportError
from rapport.ports import check_ports
from rapport.secret_files import API_KEY, read_secret
from rapport.settings import Settings

SHOWCASE = {"order": "FH-1001", "identity": "emma.hartley@example.com"}

# What is measured: the messages of one conversation, one list a kind.
SMALL_TALK = [
    "thank you so much",
    "how are you doing?",
    "are you a robot?",
    "thanks a lot, that helped",
    "bye for now",
]
SHOP = [
    "is the Scafell Rain Jacket in stock in size M?",
    "do you have tents for two people?",
    "how much is the Beacon Head Torch?",
]
TRACK = [f"where is my order {SHOWCASE['order']}?", SHOWCASE["identity"], "what did I order in FH-1002?"]
KNOWLEDGE = [
    "how much does delivery to Ireland cost?",
    "can I wash my down jacket?",
    "are dogs allowed in your shops?",
]


@dataclass
class Timing:
    """Milliseconds of each measured turn."""

    name: str
    milliseconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """The p-th percentile, 0 ≤ share ≤ 1."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def run(settings: Settings, conversations: int) -> None:
    """Measures and prints a table and, last, one JSON object."""
    with _assistant(settings) as (assistant, ready_seconds):
        kinds = [
            _time(assistant, "no action", SMALL_TALK, conversations),
            _time(assistant, "shop action", SHOP, conversations),
            _time(assistant, "form, identity, order", TRACK, conversations),
            _time(assistant, "knowledge", KNOWLEDGE, conversations),
        ]
        megabytes = {name: _megabytes(port) for name, port in _ports(settings).items()}
    _show(kinds, megabytes, ready_seconds)


def _ports(settings: Settings) -> dict[str, int]:
    return {"rasa": settings.server.rasa_port, "actions": settings.server.actions_port}


def _time(assistant: Assistant, name: str, messages: Sequence[str], conversations: int) -> Timing:
    """One conversation warms up and does not count; nor does the message that begins a conversation."""
    timing = Timing(name)
    for number in range(conversations + 1):
        sender = f"bench-{uuid.uuid4().hex}"
        assistant.say(sender, "hello")
        for message in messages:
            # Worded a little otherwise each time: the encoder remembers texts that it has just seen.
            text = message if "@" in message else message + "!" * number
            started = time.perf_counter()
            assistant.say(sender, text)
            if number:
                timing.milliseconds.append((time.perf_counter() - started) * 1000)
    return timing


@contextmanager
def _assistant(settings: Settings) -> Iterator[tuple[Assistant, float | None]]:
    """The running assistant; one of our own, with its time to readiness, if none runs."""
    assistant = Assistant(settings, read_secret(API_KEY))
    if assistant.rasa_is_ready() and assistant.actions_are_ready():
        yield assistant, None
        return
    check_ports(
        settings.server.host,
        {"rasa_port": settings.server.rasa_port, "actions_port": settings.server.actions_port},
    )
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with open(os.devnull, "w") as nowhere:
        servers = [
            subprocess.Popen(
                [sys.executable, "-m", "rapport", name], env=environment, stdout=nowhere, stderr=nowhere
            )
            for name in ("actions", "rasa")
        ]
        try:
            ready = _seconds_until(assistant.rasa_is_ready, settings.server.start_timeout_seconds)
            _seconds_until(assistant.actions_are_ready, settings.server.start_timeout_seconds)
            yield assistant, ready
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait(timeout=20)


def _seconds_until(is_ready: Callable[[], bool], timeout_seconds: float) -> float:
    started = time.perf_counter()
    while not is_ready():
        if time.perf_counter() - started > timeout_seconds:
            raise RapportError(
                f"The assistant did not start within {timeout_seconds} seconds: look into var/log/."
            )
        time.sleep(0.05)
    return time.perf_counter() - started


def _megabytes(port: int) -> float:
    """Resident memory of the process that listens on a port."""
    for connection in psutil.net_connections("tcp"):
        if (
            connection.laddr
            and connection.laddr.port == port
            and connection.status == psutil.CONN_LISTEN
            and connection.pid
        ):
            return psutil.Process(connection.pid).memory_info().rss / 1e6
    return float("nan")


def _show(kinds: Sequence[Timing], megabytes: dict[str, float], ready_seconds: float | None) -> None:
    table = Table("turn", "n", "p50 ms", "p95 ms", "p99 ms", "mean ms")
    result: dict[str, float | None] = {}
    for kind in kinds:
        figures = [kind.percentile(share) for share in (0.5, 0.95, 0.99)]
        mean = statistics.fmean(kind.milliseconds)
        table.add_row(
            kind.name, str(len(kind.milliseconds)), *(f"{figure:.1f}" for figure in [*figures, mean])
        )
        key = kind.name.replace(", ", "_").replace(" ", "_")
        result |= {f"{key}_p50_ms": round(figures[0], 2), f"{key}_p99_ms": round(figures[2], 2)}
    console.print(table)
    for name, size in megabytes.items():
        console.print(f"{name}: {size:.0f} MB")
        result[f"{name}_mb"] = round(size, 1)
    if ready_seconds is not None:
        console.print(f"Rasa ready after {ready_seconds:.1f} s")
    result["rasa_ready_seconds"] = round(ready_seconds, 2) if ready_seconds is not None else None
    print(json.dumps(result))
