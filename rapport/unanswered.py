"""Questions that nobody could answer, read from the conversations that Rasa keeps, where they are masked."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rapport.conversations import conversations_engine
from rapport.engine_files import ENDPOINTS
from rapport.errors import RapportError

# Responses that say: no answer. A person's help counts too.
NO_ANSWER = frozenset({"utter_dont_know", "utter_dont_know_offer", "utter_rephrase", "utter_default"})
NO_ANSWER_ACTIONS = frozenset({"action_default_fallback"})
HANDOVER = "action_handover"
# What is said to get a person or to answer us asks nothing of the help centre.
ASKS_NOTHING = frozenset(
    {"request_person", "affirm", "deny", "greet", "goodbye", "thank", "stop", "insult", "inform", "complain"}
)


@dataclass(frozen=True)
class Unanswered:
    """A question that got no answer: its text (masked), and its language, empty for the help centre's own."""

    text: str
    language: str = ""


def read_unanswered(days: int, endpoints: Path = ENDPOINTS) -> list[Unanswered]:
    """Unanswered questions of the last days, oldest first.

    Raises:
        RapportError: the conversations are not kept in SQL, or cannot be read.
    """
    engine = conversations_engine(endpoints)
    if engine is None:
        return []
    query = sa.text(
        "SELECT sender_id, timestamp, data FROM events "
        "WHERE timestamp >= :since AND type_name IN ('user', 'bot', 'action') ORDER BY sender_id, id"
    )
    try:
        with engine.connect() as connection:
            rows = connection.execute(query, {"since": time.time() - days * 86_400})
            found = [
                question
                for _, of_one in groupby(rows, key=lambda row: row.sender_id)
                for question in unanswered([json.loads(row.data) for row in of_one])
            ]
    except sa.exc.SQLAlchemyError as error:
        if "no such table" in str(error):
            return []
        raise RapportError(
            f"The conversations cannot be read ({str(error).splitlines()[0]}): "
            f"check tracker_store in {endpoints}."
        ) from error
    finally:
        engine.dispose()
    return [question for _, question in sorted(found, key=lambda pair: pair[0])]


def unanswered(events: list[dict[str, Any]]) -> Iterator[tuple[float, Unanswered]]:
    """Questions of one conversation that got no answer, with their time.

    Who asks for a person asked something before: that question counts.

    Args:
        events: of type user, bot and action, in order.
    """
    asked: dict[str, Any] | None = None
    named: set[int] = set()
    for event in events:
        if event.get("event") == "user":
            asked = event if _asks(event) else asked
        elif asked is not None and _says_no_answer(event) and id(asked) not in named:
            named.add(id(asked))
            language = (asked.get("parse_data") or {}).get("language") or ""
            yield float(asked.get("timestamp") or 0), Unanswered(str(asked["text"]).strip(), str(language))


def _asks(event: Mapping[str, Any]) -> bool:
    text = str(event.get("text") or "").strip()
    intent = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
    is_masked = text.startswith("[") and text.endswith("]")
    return bool(text) and not text.startswith("/") and not is_masked and intent not in ASKS_NOTHING


def _says_no_answer(event: Mapping[str, Any]) -> bool:
    if event.get("event") == "action":
        return event.get("name") in NO_ANSWER_ACTIONS or event.get("name") == HANDOVER
    return (event.get("metadata") or {}).get("utter_action") in NO_ANSWER
