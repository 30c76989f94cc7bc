"""The environment of the programs that we start: the same Python, no telemetry, no chatter of TensorFlow."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SUPERVISOR = "RAPPORT_SUPERVISOR_PID"
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "RASA_TELEMETRY_ENABLED": "false",
    "ANONYMIZED_TELEMETRY": "False",
    "PYTHONUNBUFFERED": "1",
}
# For servers, which read one short message after the other. Two arenas: glibc's one a thread costs tens of
# megabytes. One thread for small products of matrices: where cores are busy, waiting for a second one makes a
# product take 50 ms.
SERVING = {"MALLOC_ARENA_MAX": "2", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def child_environment(**more: str) -> dict[str, str]:
    """The environment for a child process.

    Args:
        more: further variables; they win.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {**os.environ, **QUIET, "PATH": path, **more}
