"""Conversation entries as JSON for the page: button payloads sealed, feedback beside its message."""

import time
from typing import Any, Optional

from channels.history import Entry, message_content
from channels.signing import Button, ButtonSealer


class Presenter:
    """Makes `{"id", "from", "time", "text"?, "buttons"?, "image"?, "citations"?, "feedback"?}` of entries."""

    def __init__(self, sealer: ButtonSealer) -> None:
        """Seal buttons with `sealer`."""
        self._sealer = sealer

    def entry(
        self, sender_id: str, entry: Entry, feedback: Optional[dict[str, str]] = None
    ) -> dict[str, Any]:
        """Returns one entry.

        Args:
            sender_id: Whose conversation it is; its buttons work for nobody else.
            entry: From the tracker or from the running turn.
            feedback: `up` or `down` by message id.
        """
        shown = {"id": entry.message_id, "from": entry.author, "time": entry.time, **entry.content}
        if buttons := entry.content.get("buttons"):
            shown["buttons"] = [self._button(sender_id, button) for button in buttons]
        value = (feedback or {}).get(entry.message_id)
        return {**shown, "feedback": value} if value in ("up", "down") else shown

    def live(
        self, sender_id: str, message_id: str, raw_messages: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Returns what a running turn has said, with the ids that the history will give it."""
        return [
            self.entry(sender_id, Entry(f"{message_id}.{index}", "assistant", _time(raw), content))
            for index, raw in enumerate(raw_messages)
            if (content := message_content(raw))
        ]

    def said_by_channel(self, text: str) -> dict[str, Any]:
        """Returns a text of the channel's own, which is not in the tracker and so takes no feedback."""
        return {"id": None, "from": "assistant", "time": time.time(), "text": text}

    def _button(self, sender_id: str, button: dict[str, str]) -> dict[str, str]:
        if "payload" not in button:
            return button
        token = self._sealer.seal(sender_id, Button(button["payload"], button["title"]))
        return {"title": button["title"], "token": token}


def _time(raw: dict[str, Any]) -> float:
    return float(raw.get("timestamp") or time.time())
