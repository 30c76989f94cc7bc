"""Processes of their own for models: two in one process take twice the memory."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from tqdm import tqdm

from rapport.project import enter_project


def apart() -> ProcessPoolExecutor:
    """A process that logs as commands do: in Rasa's debug lines customers' texts would stand."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_begin)


def _begin() -> None:
    # Rasa's bars would bury ours; it draws them whatever TQDM_DISABLE says, unless nothing is logged at all.
    drawn = tqdm.__init__

    def silent(bar: tqdm, *args: Any, **options: Any) -> None:
        drawn(bar, *args, **{**options, "disable": True})

    tqdm.__init__ = silent
    enter_project()
