"""Fixtures: a running server with both connectors, and HTTP clients to it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from rasa.core.channels.channel import UserMessage

from channels.rest import SafeRestInput
from channels.web import WebInput
from tests.unit.channels.harness import ScriptedAgent, Server

Serve = Callable[..., Server]


async def echo(message: UserMessage) -> list[dict[str, Any]]:
    return [{"text": f"You said {message.text}"}]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers: `serve(script=…, web={…}, rest={…})`; each is stopped after the test."""
    servers: list[Server] = []

    def start(script: Any = echo, web: Any = None, rest: Any = None) -> Server:
        web_settings = {
            "secret_file": str(tmp_path / "channel.key"),
            "help_folder": str(tmp_path / "help"),
            **(web or {}),
        }
        connectors = [WebInput.from_credentials(web_settings), SafeRestInput.from_credentials(rest)]
        servers.append(Server(ScriptedAgent(script), connectors).start())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def chat(serve: Serve) -> Iterator[Callable[[Server], httpx.Client]]:
    """Opens chat sessions: `chat(server)` is a client with a cookie of its own."""
    clients: list[httpx.Client] = []

    def open_session(server: Server) -> httpx.Client:
        client = httpx.Client(base_url=server.url, timeout=20, trust_env=False)
        clients.append(client)
        assert client.post("/chat/session", json={}).status_code == 200
        return client

    yield open_session
    for client in clients:
        client.close()
