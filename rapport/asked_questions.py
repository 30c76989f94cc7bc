"""Questions to try prompts on: from arguments, a file, or recorded conversations."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rapport.errors import RapportError

ENDPOINTS = Path("endpoints.yml")
# Actions that ask the help centre.
_ANSWERING = frozenset(
    {"action_answer", "action_answer_in_form", "action_answer_or_clarify", "action_confirm_intent"}
)
_HISTORY = 3


@dataclass(frozen=True)
class Asked:
    """A question, what the same customer wrote before (oldest first), language (two letters) and intent."""

    question: str
    history: tuple[str, ...] = ()
    language: str = "en"
    intent: str = ""


def from_file(file: Path, language: str) -> list[Asked]:
    """Questions of a file: one a line, or a YAML list of texts or of `{question: …, language: …}`.

    Args:
        file: `.yml`, `.yaml`, or any other text.
        language: of questions that name none.

    Raises:
        RapportError: it cannot be read, or holds no question.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
        listed = yaml.safe_load(text) if file.suffix in (".yml", ".yaml") else text.splitlines()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RapportError(f"{file} cannot be read ({' '.join(str(error).split())}).") from error
    if not isinstance(listed, list):
        raise RapportError(f"{file} is no list: write one question a line, each after `- ` in a YAML file.")
    asked = [_asked(entry, file, language) for entry in listed if entry and str(entry).strip()]
    if not asked:
        raise RapportError(f"{file} holds no question: write one a line.")
    return asked


def _asked(entry: Any, file: Path, language: str) -> Asked:
    if isinstance(entry, dict) and isinstance(entry.get("question"), str):
        return Asked(entry["question"].strip(), (), str(entry.get("language") or language))
    if not isinstance(entry, str):
        raise RapportError(f"{file}: {str(entry)[:60]!r} is no question: write a text, or question: …")
    return Asked(entry.strip(), (), language)


def recorded(count: int, endpoints: Path = ENDPOINTS) -> list[Asked]:
    """The last different questions of recorded conversations that the help centre was asked, oldest first.

    Raises:
        RapportError: there are none, or they are in a database that is not read here.
    """
    file = _tracker_file(endpoints)
    found: dict[str, Asked] = {}
    for asked in _questions(file):
        found.pop(asked.question, None)
        found[asked.question] = asked
    if not found:
        raise RapportError(f"{file} holds no question to the help centre yet: name some, or a --file.")
    return list(found.values())[-count:]


def _tracker_file(endpoints: Path) -> Path:
    content = yaml.safe_load(endpoints.read_text(encoding="utf-8")) if endpoints.exists() else {}
    store = (content or {}).get("tracker_store") or {}
    file = Path(str(store.get("db") or ""))
    if store.get("dialect", "sqlite") != "sqlite" or not file.is_file():
        raise RapportError(
            f"{endpoints} names no SQLite file with recorded conversations: name questions, or a --file."
        )
    return file


def _questions(file: Path) -> Iterator[Asked]:
    said: dict[str, list[str]] = {}
    waiting: dict[str, Asked] = {}
    for sender, event in _events(file):
        if event["event"] == "user":
            waiting.pop(sender, None)
            text = str(event.get("text") or "").strip()
            # Buttons that name an intent, and what an action took up again, nobody wrote.
            if text and not text.startswith("/") and not (event.get("metadata") or {}).get("continued"):
                before = said.setdefault(sender, [])
                waiting[sender] = _understood(text, tuple(before[-_HISTORY:]), event.get("parse_data") or {})
                before.append(text)
        elif event.get("name") in _ANSWERING and sender in waiting:
            yield waiting.pop(sender)


def _understood(text: str, before: tuple[str, ...], parsed: dict[str, Any]) -> Asked:
    route, intent = parsed.get("route") or {}, parsed.get("intent") or {}
    return Asked(
        text, before, parsed.get("language") or "en", route.get("intent") or intent.get("name") or ""
    )


def _events(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    query = "SELECT sender_id, data FROM events WHERE type_name IN ('user', 'action') ORDER BY id"
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            for sender, data in connection.execute(query):
                yield str(sender), json.loads(data)
        finally:
            connection.close()
    except (sqlite3.Error, ValueError) as error:
        raise RapportError(f"{file} cannot be read ({error}): name questions, or a --file.") from error
