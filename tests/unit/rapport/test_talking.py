from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rapport.secret_files import make_secrets
from rapport.settings import Server, Settings
from rapport.talking import chosen, talk

BUTTONS = [
    {"title": "Track", "payload": '/track_order{"order_number": "FH-1001"}'},
    {"title": "Opening times"},
]
TRACKER = {"events": [{"event": "user", "parse_data": {"intent": {"name": "greet", "confidence": 0.98}}}]}


def lines(*texts: str) -> Callable[[str], str]:
    """Someone who types these lines and then ends the input."""
    waiting = list(texts)

    def read(_: str) -> str:
        if not waiting:
            raise EOFError
        return waiting.pop(0)

    return read


def test_a_number_chooses_a_button_and_other_text_is_sent_as_it_is() -> None:
    assert chosen("1", BUTTONS) == '/track_order{"order_number": "FH-1001"}'
    assert chosen("2", BUTTONS) == "Opening times"
    assert chosen("3", BUTTONS) == "3"
    assert chosen("1001", BUTTONS) == "1001"
    assert chosen("hello", BUTTONS) == "hello"


@pytest.mark.parametrize("plain", [False, True])
def test_a_chat_shows_answers_buttons_citations_and_what_was_understood(
    project: Path, capsys: pytest.CaptureFixture[str], plain: bool, serving: Any
) -> None:
    make_secrets()
    citation = {"title": "Returns", "heading": "How long", "url": "/chat/help/returns.html"}
    messages = [{"text": "Hello [you]!", "buttons": BUTTONS, "custom": {"citations": [citation]}}]
    answers = {
        "GET /status": (200, {}),
        "POST /webhooks/rest/webhook": (200, messages),
        "GET /conversations/me/tracker": (200, TRACKER),
    }
    with serving(answers) as server:
        settings = Settings(server=Server(rasa_port=server.port))
        talk(settings, "me", plain, lines("hello", "2"))
    shown = capsys.readouterr().out
    assert "Hello [you]!" in shown
    assert "[1] Track" in shown and "[2] Opening times" in shown
    assert "→ Returns, How long  /chat/help/returns.html" in shown
    assert ("intent greet 0.98" in shown) is not plain
    sent = [body["message"] for line, body, _ in server.asked if "webhook" in line]
    assert sent == ["hello", "Opening times"]
