"""Exchanges with the action server: recorded once beside the test stories, then replayed offline."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from rapport.errors import RapportError

# Slots that Rasa keeps for itself; what they hold is no part of what an action is asked.
IGNORED_SLOTS = {"session_started_metadata"}

# Of what an action says: how an answer was made. Its scores change with every article, the answer need not.
IGNORED_OF_RESPONSES = {"answered"}

Answered = tuple[int, dict[str, Any]]


class ExchangeDiffers(RapportError):
    """An action was called otherwise, or answered otherwise, than when it was recorded."""


def asked(call: dict[str, Any]) -> dict[str, Any]:
    """What identifies a call of an action: which action, about which message, with which slots."""
    tracker = call["tracker"]
    message = tracker.get("latest_message") or {}
    slots = {
        k: v for k, v in (tracker.get("slots") or {}).items() if v is not None and k not in IGNORED_SLOTS
    }
    return {
        "action": call["next_action"],
        "text": message.get("text"),
        "intent": (message.get("intent") or {}).get("name"),
        "slots": slots,
    }


class Recordings:
    """The recorded exchanges of one folder, a JSON file for each story, in the order they happened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._taken: dict[str, int] = defaultdict(int)
        self._made: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def replay(self, story: str, call: dict[str, Any]) -> Answered:
        """The recorded answer to a story's next call.

        Raises:
            ExchangeDiffers: nothing, or something else, was recorded for it.
        """
        exchanges = self._read(story)
        place = self._taken[story]
        self._taken[story] += 1
        recorded = exchanges[place] if place < len(exchanges) else None
        difference = _difference(recorded["asked"] if recorded else None, _plain(asked(call)))
        if recorded is None or difference:
            raise ExchangeDiffers(f"{difference}; record it again with `rapport test --record`")
        return recorded["status"], recorded["answer"]

    def record(self, story: str, call: dict[str, Any], answered: Answered) -> None:
        """Keeps an exchange; `write` puts it on disk."""
        status, answer = answered
        exchange = {"asked": asked(call), "status": status, "answer": _lasting(answer)}
        self._made[story].append(_plain(exchange))

    def differences(self) -> dict[str, str]:
        """Stories whose recordings are not what was just recorded, and where they part."""
        found = {}
        for story, made in self._made.items():
            kept = self._read(story)
            if kept != made:
                found[story] = _first_difference(kept, made)
        return found

    def write(self) -> None:
        """Writes what was recorded, and deletes recordings of stories that no longer run an action."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for file in self.folder.glob("*.json"):
            file.unlink()
        for story, made in self._made.items():
            text = json.dumps({"story": story, "exchanges": made}, ensure_ascii=False, indent=1)
            self._file(story).write_text(text + "\n", encoding="utf-8")

    def _read(self, story: str) -> list[dict[str, Any]]:
        file = self._file(story)
        if not file.exists():
            return []
        try:
            exchanges: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["exchanges"]
        except (ValueError, KeyError, TypeError) as error:
            raise RapportError(f"{file} is damaged: run `rapport test --record` to make it anew.") from error
        return exchanges

    def _file(self, story: str) -> Path:
        name = "".join(letter if letter.isalnum() else "-" for letter in story.lower())
        return self.folder / f"{'-'.join(filter(None, name.split('-')))[:100]}.json"


def _lasting(answer: dict[str, Any]) -> dict[str, Any]:
    """An action server's answer without what is not part of the conversation."""
    responses = [
        {key: value for key, value in response.items() if key not in IGNORED_OF_RESPONSES}
        for response in answer.get("responses") or ()
    ]
    return {**answer, "responses": responses} if responses else answer


def _plain(value: Any) -> Any:
    """As JSON would give it back: tuples as lists, dates as text."""
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))


def _first_difference(kept: list[dict[str, Any]], made: list[dict[str, Any]]) -> str:
    for number, exchange in enumerate(made):
        old = kept[number] if number < len(kept) else None
        if old != exchange:
            name = exchange["asked"]["action"]
            if old is None:
                return f"call {number + 1}, {name}: was not recorded"
            return f"call {number + 1}, {name}: " + (
                _difference(old["asked"], exchange["asked"]) or "it answers otherwise"
            )
    return f"{len(kept) - len(made)} recorded calls no longer happen"


def _difference(recorded: dict[str, Any] | None, actual: dict[str, Any]) -> str:
    """In words; empty where there is none."""
    if recorded is None:
        return f"{actual['action']} was not recorded"
    for key in ("action", "intent", "text"):
        if recorded[key] != actual[key]:
            return f"{key} was {recorded[key]!r} and is now {actual[key]!r}"
    for name in sorted({*recorded["slots"], *actual["slots"]}):
        old, new = recorded["slots"].get(name), actual["slots"].get(name)
        if old != new:
            return f"{actual['action']}: slot {name} was {old!r} and is now {new!r}"
    return ""
