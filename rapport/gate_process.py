"""Processes of their own for models: two in one process take twice the memory."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

from rapport.project import enter_project


def apart() -> ProcessPoolExecutor:
    """A process that logs as commands do: in Rasa's debug lines customers' texts would stand."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_begin)


def _begin() -> None:
    os.environ["TQDM_DISABLE"] = "1"  # Rasa's bars would bury ours
    enter_project()
