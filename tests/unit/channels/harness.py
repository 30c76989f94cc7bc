"""A real Sanic server with our connectors, Rasa's own tracker and lock stores, and scripted bot replies."""

import asyncio
import itertools
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.actions.action import create_bot_utterance
from rasa.core.channels import channel as rasa_channel
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ConversationPaused, Event, UserUttered
from sanic import Sanic

Script = Callable[[UserMessage], Awaitable[list[dict[str, Any]]]]

Sanic.test_mode = True  # Sanic rewrites its own methods at start and can do so only once otherwise

_names = itertools.count()
_DOMAIN = Domain.from_yaml(
    "slots: {feedback: {type: any, influence_conversation: false, mappings: [{type: custom}]}}"
)


class ScriptedAgent:
    """Stands where Rasa's agent stands: writes the tracker under the lock, and says what the script returns.

    Attributes:
        script: Returns what is uttered, as the keywords of `dispatcher.utter_message`; `pause` hands over.
        received: Every message that came through.
        ready: Whether a model counts as loaded.
    """

    def __init__(self, script: Script) -> None:
        """Start with no conversations."""
        self.script = script
        self.received: list[UserMessage] = []
        self.ready = True
        self.domain = _DOMAIN
        self.tracker_store = InMemoryTrackerStore(self.domain)
        self.lock_store = InMemoryLockStore()

    def is_ready(self) -> bool:
        """As Rasa's agent has it."""
        return self.ready

    async def handle_message(self, message: UserMessage) -> None:
        """One turn, with the events in the order in which Rasa writes them."""
        self.received.append(message)
        async with self.lock_store.lock(message.sender_id, wait_time_in_seconds=0.05):
            tracker = await self.tracker_store.get_or_create_tracker(message.sender_id)
            tracker.update(
                UserUttered(
                    message.text,
                    input_channel=message.input_channel,
                    message_id=message.message_id,
                    metadata=message.metadata,
                )
            )
            replies = [] if tracker.is_paused() else await self.script(message)
            for reply in replies:
                if reply.get("pause"):
                    tracker.update(ConversationPaused())
                    continue
                said = create_bot_utterance(dict(reply))
                tracker.update(said)
                await message.output_channel.send_response(message.sender_id, said.message())
            await self.tracker_store.save(tracker)

    async def append(self, sender_id: str, *events: Event) -> None:
        """Write events into a conversation from outside, as the agents' console does."""
        tracker = await self.tracker_store.get_or_create_tracker(sender_id)
        for event in events:
            tracker.update(event)
        await self.tracker_store.save(tracker)


class Server:
    """The server in a thread, with a loop of its own."""

    def __init__(self, agent: Any | None, connectors: list[InputChannel]) -> None:
        """Make the app as Rasa does; `start` opens the port."""
        self.agent = agent
        self.app = Sanic(f"channels_{next(_names)}", configure_logging=False)
        self.app.ctx.agent = agent
        rasa_channel.register(connectors, self.app, route="/webhooks/")
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._server: Any = None
        self.url = ""

    def start(self, port: int = 0) -> "Server":
        """Serve on a port (0: any free one)."""
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        self.port = bound.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        if not self._thread.is_alive():
            self._thread.start()
        self.run(self._serve(bound))
        return self

    def run(self, work: Any) -> Any:
        """Run a coroutine in the server's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def stop(self) -> None:
        """Close the port and end the thread."""
        self.run(self._stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5)

    async def _serve(self, bound: socket.socket) -> None:
        self._server = await self.app.create_server(sock=bound, return_asyncio_server=True, access_log=False)
        await self._server.startup()
        await self._server.before_start()
        await self._server.start_serving()

    async def _stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()
        for connection in list(self._server.connections):
            connection.abort()
