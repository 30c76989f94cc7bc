"""The conversation as the page shows it, from Rasa's tracker events.

A bot message's id is the id of the customer message it follows and its place after it
(`<message_id>.<index>`). What the assistant says when a session opens (before Rasa writes down the customer's
first message) counts to that first message, as it does while it is being sent.
"""

from dataclasses import dataclass, field
from typing import Any, Iterable, Optional
from urllib.parse import urlsplit

from rasa.shared.core.events import BotUttered, Event, SessionStarted, SlotSet, UserUttered

FEEDBACK_SLOT = "feedback"
TITLE_KEY = "button_title"

# Customer events that nobody wrote: sent from outside, or a further question of the message before.
NOT_WRITTEN = {"is_external", "continued"}

_MAX_CITATIONS = 6


@dataclass(frozen=True)
class Entry:
    """One bubble.

    Attributes:
        message_id: Its id, on the page and in feedback.
        author: `customer`, `assistant` or `colleague`.
        time: Seconds since the epoch.
        content: `text`, `buttons` (with payloads), `image`, `citations`, `name`; only what there is.
    """

    message_id: str
    author: str
    time: float
    content: dict[str, Any] = field(default_factory=dict)


def conversation(events: Iterable[Event]) -> list[Entry]:
    """Returns the conversation's entries in the order in which the customer saw them."""
    entries: list[Entry] = []
    opening: Optional[list[BotUttered]] = None  # said since a session opened, before its first message
    turn_id, index = "start", 0
    for event in events:
        if isinstance(event, SessionStarted):
            opening = []
        elif isinstance(event, UserUttered) and not NOT_WRITTEN & event.metadata.keys():
            turn_id, index = event.message_id or "start", 0
            entries.append(_customer_entry(event, turn_id))
            for said in opening or []:
                entries += _bot_entries(said, f"{turn_id}.{index}")
                index += 1
            opening = None
        elif isinstance(event, BotUttered):
            if opening is not None:
                opening.append(event)
            else:
                entries += _bot_entries(event, f"{turn_id}.{index}")
                index += 1
    for place, said in enumerate(opening or []):
        entries += _bot_entries(said, f"start.{place}")
    return entries


def feedback_values(events: Iterable[Event]) -> dict[str, str]:
    """Returns the latest feedback for each bot message's id."""
    values: dict[str, str] = {}
    for event in events:
        if isinstance(event, SlotSet) and event.key == FEEDBACK_SLOT and isinstance(event.value, dict):
            values[str(event.value.get("message_id"))] = str(event.value.get("value"))
    return values


def offered_payloads(events: Iterable[Event]) -> set[str]:
    """Returns the payloads of the buttons that came with the last bot messages."""
    payloads: set[str] = set()
    for event in events:
        if isinstance(event, UserUttered):
            payloads = set()
        elif isinstance(event, BotUttered):
            payloads |= {button["payload"] for button in _buttons(event.message()) if "payload" in button}
    return payloads


def message_content(raw: dict[str, Any]) -> dict[str, Any]:
    """Pick what the page can show out of a bot message as Rasa's output channels get it.

    Args:
        raw: `BotUttered.message()`: text, buttons, image, custom, and the metadata's keys beside them.

    Returns:
        Only keys that hold something; empty if nothing can be shown.
    """
    custom = raw.get("custom") if isinstance(raw.get("custom"), dict) else {}
    citations = (custom or {}).get("citations") or raw.get("citations")
    content = {
        "text": _text(raw),
        "buttons": _buttons(raw),
        "image": safe_url(raw.get("image")),
        "citations": _citations(citations),
        "name": raw.get("name") if raw.get("author") == "colleague" else None,
    }
    return {key: value for key, value in content.items() if value}


def safe_url(url: Any) -> Optional[str]:
    """Returns an address that a link may carry (https, or a path of ours), else None."""
    if not isinstance(url, str) or any(ord(c) < 33 or c == "\\" for c in url):
        return None
    parts = urlsplit(url)
    own_path = not parts.scheme and not parts.netloc and url.startswith("/") and not url.startswith("//")
    return url if own_path or (parts.scheme == "https" and parts.netloc) else None


def _customer_entry(event: UserUttered, message_id: str) -> Entry:
    text = event.metadata.get(TITLE_KEY) or event.text or ""
    return Entry(message_id, "customer", event.timestamp, {"text": text})


def _bot_entries(event: BotUttered, message_id: str) -> list[Entry]:
    raw = event.message()
    content = message_content(raw)
    author = "colleague" if raw.get("author") == "colleague" else "assistant"
    return [Entry(message_id, author, event.timestamp, content)] if content else []


def _text(raw: dict[str, Any]) -> str:
    text = str(raw.get("text") or "").strip()
    attachment = raw.get("attachment")
    return "\n".join(part for part in (text, safe_url(attachment)) if part) if attachment else text


def _buttons(raw: dict[str, Any]) -> list[dict[str, str]]:
    buttons: list[dict[str, str]] = []
    for button in [*(raw.get("buttons") or []), *(raw.get("quick_replies") or [])]:
        title, payload, url = button.get("title"), button.get("payload"), safe_url(button.get("url"))
        if title and payload:
            buttons.append({"title": str(title), "payload": str(payload)})
        elif title and url:
            buttons.append({"title": str(title), "url": url})
    return buttons


def _citations(citations: Any) -> list[dict[str, Optional[str]]]:
    if not isinstance(citations, list):
        return []
    found = [citation for citation in citations if isinstance(citation, dict) and citation.get("title")]
    return [
        {
            "title": str(citation["title"]),
            "heading": str(citation["heading"]) if citation.get("heading") else None,
            "url": safe_url(citation.get("url")),
        }
        for citation in found[:_MAX_CITATIONS]
    ]
