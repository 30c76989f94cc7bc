"""Runs a measurement in a process of its own, so that its peak of memory is its own as well."""

from __future__ import annotations

import multiprocessing
import resource
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any


def in_own_process(work: Callable[..., dict[str, float]], *arguments: Any) -> dict[str, float]:
    """What `work(*arguments)` returns, with `peak_mb` added: the most memory its process held.

    Raises:
        RuntimeError: the work failed; its own words are in the message.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, work, arguments), daemon=True)
    process.start()
    theirs.close()
    try:
        found, error = ours.recv()
    except EOFError:
        process.join()
        raise RuntimeError(f"The measurement ended without a word (exit code {process.exitcode}).") from None
    process.join()
    if error:
        raise RuntimeError(error)
    result: dict[str, float] = found
    return result


def _work(answer: Connection, work: Callable[..., dict[str, float]], arguments: tuple[Any, ...]) -> None:
    try:
        found = work(*arguments)
        found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        answer.send((found, None))
    except Exception:
        answer.send((None, traceback.format_exc()))
