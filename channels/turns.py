"""One turn of a conversation: hand a message to Rasa, wait for the end, collect what was said."""

import asyncio
import traceback
from functools import partial
from typing import Any, Awaitable, Callable, Coroutine

import structlog
from rasa.core.channels.channel import OutputChannel, UserMessage

logger = structlog.get_logger(__name__)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class TurnFailed(Exception):
    """The turn ended with an error."""


class TurnRunning(Exception):
    """The sender's last turn has not ended yet."""


class TurnTooSlow(Exception):
    """The turn has not ended in time; it goes on, and its answer will stand in the tracker."""


class TurnCollector(OutputChannel):
    """Collects each bot message whole: text, buttons, image, custom and metadata, as the tracker has it."""

    def __init__(self) -> None:
        """Start with nothing said."""
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """The name that responses with a `channel: web` variant are chosen by."""
        return "web"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep the message."""
        self.messages.append(dict(message))


class Turns:
    """Runs at most one turn for each key at a time, each with a time limit.

    A turn that is too slow, or whose caller hangs up, is not cancelled: what it does in the shop must
    be written to the tracker too.
    """

    def __init__(self, timeout_seconds: float) -> None:
        """Wait at most `timeout_seconds` for a turn."""
        self._timeout_seconds = timeout_seconds
        self._running: dict[str, asyncio.Future[Any]] = {}

    def is_running(self, key: str) -> bool:
        """Whether a turn of this key has not ended."""
        return key in self._running

    async def run(self, key: str, turn: Coroutine[Any, Any, Any]) -> None:
        """Run a turn to its end.

        Raises:
            TurnRunning: The last turn of this key has not ended.
            TurnTooSlow: It did not end in time and goes on.
            TurnFailed: It raised; the cause is logged.
        """
        if self.is_running(key):
            turn.close()
            raise TurnRunning
        task = asyncio.ensure_future(turn)
        self._running[key] = task
        task.add_done_callback(partial(self._ended, key))
        done, _ = await asyncio.wait({task}, timeout=self._timeout_seconds)
        if not done:
            logger.warning("channel.turn.slow", timeout_seconds=self._timeout_seconds)
            raise TurnTooSlow
        if task.cancelled() or task.exception():
            raise TurnFailed

    def _ended(self, key: str, task: "asyncio.Future[Any]") -> None:
        self._running.pop(key, None)
        if task.cancelled():
            logger.error("channel.turn.cancelled")
        elif (error := task.exception()) is not None:
            log_error("channel.turn.failed", error)


def log_error(event: str, error: BaseException) -> None:
    """Log an error by type and place: its message may hold what the customer wrote (SQL parameters do)."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown"
    logger.error(event, error=type(error).__name__, where=where)
    logger.debug(event, exc_info=error)
