"""A chat in the terminal with the running assistant, or with one that is started for it."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rapport.client import Assistant, wait_until_ready
from rapport.console import console
from rapport.environment import child_environment
from rapport.errors import RapportError
from rapport.knowledge import show_citations
from rapport.secret_files import API_KEY, make_secrets, read_secret
from rapport.settings import Settings
from rapport.turn_details import details

Read = Callable[[str], str]


def talk(settings: Settings, conversation: str = "", plain: bool = False, read: Read = input) -> None:
    """Chats until the customer has nothing more to say.

    Args:
        settings: where the assistant listens.
        conversation: the conversation to go on with; a new one if empty.
        plain: leave out what the assistant thought.
        read: asks for a line.
    """
    make_secrets()
    assistant = Assistant(settings, read_secret(API_KEY))
    sender = conversation or f"talk-{secrets.token_hex(3)}"
    with _running(settings, assistant):
        console.print(f"Conversation {sender}. A number chooses a button; an empty line ends.", style="dim")
        buttons: list[dict[str, Any]] = []
        while text := _next(read):
            with console.status("…"):
                messages = assistant.say(sender, chosen(text, buttons))
            buttons = show_messages(messages)
            if not plain:
                show_details(assistant.tracker(sender))


@contextmanager
def _running(settings: Settings, assistant: Assistant) -> Iterator[None]:
    """Starts the assistant if it does not run, and stops it again."""
    if assistant.rasa_is_ready():
        yield
        return
    command = [sys.executable, "-m", "rapport", "up", "--quiet"]
    # A session of its own: Ctrl-C in the chat must not reach the servers before we end them in order.
    process = subprocess.Popen(
        command,
        env=child_environment(),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with console.status("The assistant is not running: starting it for this chat …"):
            _wait(process, assistant, settings.server.start_timeout_seconds)
        yield
    finally:
        process.terminate()
        process.communicate()


def _wait(process: subprocess.Popen[str], assistant: Assistant, timeout_seconds: int) -> None:
    # Set-up comes first and may train; it ends by itself if anything fails.
    while process.poll() is None:
        if wait_until_ready(assistant, timeout_seconds=1):
            return
    said = (process.stderr.read() if process.stderr else "").strip().removeprefix("✗ ")
    raise RapportError(
        said or f"The assistant did not start within {timeout_seconds} seconds: run `rapport up`."
    )


def _next(read: Read) -> str:
    try:
        return read("you> ").strip()
    except EOFError:
        return ""


def chosen(text: str, buttons: list[dict[str, Any]]) -> str:
    """What is sent for a line: a button's payload if the line is its number."""
    if text.isdecimal() and 1 <= int(text) <= len(buttons):
        button = buttons[int(text) - 1]
        return str(button.get("payload") or button.get("title"))
    return text


def show_messages(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Prints the assistant's messages.

    Returns:
        Their buttons, in the order of their numbers.
    """
    buttons: list[dict[str, Any]] = []
    if not messages:
        console.print("(no answer: a person has the conversation, or an action says nothing)", style="dim")
    for message in messages:
        if message.get("text"):
            console.print(message["text"], markup=False, style="bold", soft_wrap=True)
        show_citations((message.get("custom") or {}).get("citations") or [])
        for button in message.get("buttons") or []:
            buttons.append(button)
            console.print(f"  [{len(buttons)}] {button.get('title')}", markup=False, style="green")
    return buttons


def show_details(tracker: dict[str, Any]) -> None:
    """Prints what the assistant thought about the last message."""
    for line in details(tracker.get("events") or []):
        console.print(f"    {line}", markup=False, style="dim", soft_wrap=True)
