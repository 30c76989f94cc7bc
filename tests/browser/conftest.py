"""A browser; a chat page served by the real connector, with scripted bot replies; and the whole assistant."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from rasa.core.channels.channel import UserMessage

from channels.web import WebInput
from tests.integration.home import Home, make_home
from tests.unit.channels.harness import ScriptedAgent, Server

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CITATIONS = [{"title": "Returns", "heading": "How long you have", "url": "/chat/help/returns#how-long"}]
BUTTONS = [
    {"title": "Where is my order?", "payload": "/track_order"},
    {"title": "Talk to a person", "payload": "/request_person"},
]


async def shop(message: UserMessage) -> list[dict[str, Any]]:
    """A small assistant with one answer for each kind of reply the page can show."""
    text = message.text or ""
    if "slow" in text:
        await asyncio.sleep(1.2)
    if "returns" in text:
        return [{"text": "You have **30 days**.", "custom": {"citations": CITATIONS}}]
    if "options" in text:
        return [{"text": "Which of these?", "buttons": BUTTONS}]
    if text == "/track_order":
        return [{"text": "FH-1042 arrives tomorrow."}]
    if "person" in text:
        return [{"text": "I have asked a colleague."}, {"pause": True}]
    if "markup" in text:
        return [{"text": '<img src=x onerror="alert(1)"> <b>bold</b>\n- one\n- two'}]
    if "long" in text:
        return [{"text": "\n\n".join(f"Paragraph {number} of a long answer." for number in range(40))}]
    return [{"text": f"You said {text}"}]


def find_chromium() -> str | None:
    """The browser: `RAPPORT_CHROMIUM`, or the first on the path."""
    named = os.environ.get("RAPPORT_CHROMIUM")
    return named or next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("no chromium found: install it, or name one in RAPPORT_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server with the chat page: `serve(title="Shop")`."""
    servers: list[Server] = []
    (tmp_path / "help").mkdir()
    (tmp_path / "help" / "returns.html").write_text('<title>Returns</title><h2 id="how-long">How long</h2>')

    def start(**settings: Any) -> Server:
        files = {"secret_file": str(tmp_path / "channel.key"), "help_folder": str(tmp_path / "help")}
        defaults = {
            "poll_seconds": 0.3,
            "welcome": "Hello from the shop.",
            "suggestions": ["What are your options?"],
        }
        connector = WebInput.from_credentials({**files, **defaults, **settings})
        servers.append(Server(ScriptedAgent(shop), [connector]).start())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def server(serve: Callable[..., Server]) -> Server:
    return serve()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens the page in a browser of its own: `open_page(server, width=360)`; script errors fail the test."""
    contexts: list[Any] = []
    errors: list[str] = []

    def start(server: Server, width: int = 1100, height: int = 760, **options: Any) -> Page:
        size: Any = {"width": width, "height": height}
        contexts.append(browser.new_context(viewport=size, locale="en-GB", **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Security Policy" in line.text else None)
        page.goto(server.url + "/chat/")
        page.locator("#log[aria-busy=false]").wait_for()
        return page

    yield start
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(server: Server, open_page: Callable[..., Page]) -> Page:
    return open_page(server)


@pytest.fixture(scope="session")
def assistant(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The whole assistant, in a project folder of its own."""
    home = make_home(tmp_path_factory.mktemp("assistant") / "project")
    try:
        home.up()
        yield home
    finally:
        home.kill()


@pytest.fixture
def open_chat(assistant: Home, open_page: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the assistant's chat page in a browser of its own."""
    return lambda **options: open_page(SimpleNamespace(url=assistant.rasa), **options)
