"""Watches over a language model that writes: a deadline, and an end to what is no text.

The model writes in a thread of its own, for no library can be stopped while it computes or waits. When time
is up, the reader goes on at once; the writer ends at its next piece. The reader is woken for the first piece
and for the end, and looks for more now and then: woken for each, it would take turns with a fast model.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator

import structlog

from llm.errors import GeneratorError, GeneratorGarbage, GeneratorInterrupted, GeneratorTimeout
from llm.generators.base import LanguageModel
from llm.prompts.prompt import Prompt

logger = structlog.get_logger()

# No answer to a customer is longer; a model that goes on and on is stopped.
MAX_CHARACTERS = 20_000
# How often the reader looks: 50 times a second is more than anybody sees.
LOOK_SECONDS = 0.02


class _NobodyReads(Exception):
    """Ends the writer after its reader has gone."""


class _Writer:
    """A model that writes in a thread; `pieces` fills, `woken` is set at the first and when it has ended."""

    def __init__(self, model: LanguageModel, prompt: Prompt) -> None:
        self.model, self.prompt = model, prompt
        self.pieces: deque[str] = deque()
        self.woken = threading.Event()
        self.gone = False
        self.ended = False
        self.error: BaseException | None = None
        self._waiting_for_first = True

    def start(self) -> None:
        threading.Thread(target=self._write, name=f"generator-{self.model.name}", daemon=True).start()

    def _emit(self, piece: str) -> None:
        if self.gone:
            raise _NobodyReads
        if piece:
            self.pieces.append(piece)
            if self._waiting_for_first:
                self._waiting_for_first = False
                self.woken.set()

    def _write(self) -> None:
        try:
            self.model.write(self.prompt, self._emit)
        except BaseException as error:  # the thread's edge: the reader raises it
            if self.gone and not isinstance(error, _NobodyReads):
                logger.info("generator.late_failure", generator=self.model.name, error=type(error).__name__)
            self.error = error
        self.ended = True
        self.woken.set()


def pieces_in_time(model: LanguageModel, prompt: Prompt, timeout_seconds: float) -> Iterator[str]:
    """What a model writes, in pieces; what came within a fiftieth of a second is one piece.

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
    writer = _Writer(model, prompt)
    writer.start()
    length, look_seconds = 0, timeout_seconds
    try:
        while True:
            writer.woken.wait(max(0.0, min(look_seconds, deadline - time.monotonic())))
            # Before the pieces: what was written until the end is among them.
            ended = writer.ended
            piece = _taken(writer.pieces)
            length += len(piece)
            if length > MAX_CHARACTERS:
                raise GeneratorGarbage(f"The generator {model.name} wrote over {MAX_CHARACTERS} characters.")
            if piece:
                yield piece
            if ended:
                _raise_for(writer.error, model.name)
                return
            if time.monotonic() >= deadline:
                raise GeneratorTimeout(
                    f"The generator {model.name} did not finish within {timeout_seconds:g} seconds."
                )
            if piece:
                look_seconds = LOOK_SECONDS
                writer.woken.clear()
                if writer.ended:
                    writer.woken.set()
    finally:
        writer.gone = True


def _taken(pieces: deque[str]) -> str:
    """What is there now, as one text."""
    return "".join(pieces.popleft() for _ in range(len(pieces)))


def _raise_for(error: BaseException | None, name: str) -> None:
    if isinstance(error, GeneratorError):
        raise error
    if error is not None:
        # The error's own text may quote what the customer wrote.
        raise GeneratorInterrupted(f"The generator {name} failed ({type(error).__name__}).") from error
