"""Watches over a language model that writes: a deadline, and an end to what is no text.

The model writes in a thread of its own, for no library can be stopped while it computes or waits. When time
is up, the reader goes on at once; the writer ends at its next piece.
"""

import threading
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue

import structlog

from llm.errors import GeneratorError, GeneratorGarbage, GeneratorInterrupted, GeneratorTimeout
from llm.generators.base import LanguageModel
from llm.prompts.prompt import Prompt

logger = structlog.get_logger()

# No answer to a customer is longer; a model that goes on and on is stopped.
MAX_CHARACTERS = 20_000


class _NobodyReads(Exception):
    """Ends the writer after its reader has gone."""


def pieces_in_time(model: LanguageModel, prompt: Prompt, timeout_seconds: float) -> Iterator[str]:
    """What a model writes, piece by piece.

    Args:
        model: writes.
        prompt: what it is asked.
        timeout_seconds: for the whole text, loading the model included.

    Raises:
        GeneratorTimeout: the text was not finished in time.
        GeneratorGarbage: it was longer than any answer.
        GeneratorInterrupted: the model's library failed in a way that it does not tell.
        GeneratorError: what the model raised.
    """
    deadline = time.monotonic() + timeout_seconds
    queue: SimpleQueue[str | BaseException | None] = SimpleQueue()
    gone = threading.Event()

    def emit(piece: str) -> None:
        if gone.is_set():
            raise _NobodyReads
        if piece:
            queue.put(piece)

    def write() -> None:
        try:
            model.write(prompt, emit)
            queue.put(None)
        except BaseException as error:  # the thread's edge: the reader raises it
            if gone.is_set() and not isinstance(error, _NobodyReads):
                logger.info("generator.late_failure", generator=model.name, error=type(error).__name__)
            queue.put(error)

    threading.Thread(target=write, name=f"generator-{model.name}", daemon=True).start()
    length = 0
    try:
        while (piece := _next(queue, deadline, model.name, timeout_seconds)) is not None:
            length += len(piece)
            if length > MAX_CHARACTERS:
                raise GeneratorGarbage(f"The generator {model.name} wrote over {MAX_CHARACTERS} characters.")
            yield piece
    finally:
        gone.set()


def _next(
    queue: "SimpleQueue[str | BaseException | None]", deadline: float, name: str, timeout_seconds: float
) -> str | None:
    try:
        item = queue.get(timeout=max(0.0, deadline - time.monotonic()))
    except Empty:
        raise GeneratorTimeout(
            f"The generator {name} did not finish within {timeout_seconds:g} seconds."
        ) from None
    if isinstance(item, GeneratorError):
        raise item
    if isinstance(item, BaseException):
        # The error's own text may quote what the customer wrote.
        raise GeneratorInterrupted(f"The generator {name} failed ({type(item).__name__}).") from item
    return item
