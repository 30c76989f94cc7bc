"""The Rasa server's process: `rasa run` with our addresses, the API only behind its key, and a discreet log.

Rasa's own program is run in this process, so that the key is no argument, which others could see.
"""

from __future__ import annotations

import atexit
import os
import runpy
import sys
import warnings
from typing import Any

from rapport.engine_files import CREDENTIALS, check_tracker_store, endpoints_for
from rapport.errors import RapportError
from rapport.secret_files import API_KEY, read_secret
from rapport.settings import Settings
from rapport.supervised import end_with_supervisor
from rapport.tracebacks import keep_tracebacks_discreet
from rapport.training import latest_model


def arguments(settings: Settings, key: str) -> list[str]:
    """The arguments of `rasa`.

    Raises:
        RapportError: there is no model to run.
    """
    model = latest_model(settings.server.models_folder)
    if model is None:
        raise RapportError(f"There is no model in {settings.server.models_folder}/: run `rapport train`.")
    return [
        *("run", "--model", str(model), "--enable-api", "--auth-token", key),
        *("--interface", settings.server.host, "--port", str(settings.server.rasa_port)),
        *("--endpoints", str(endpoints_for(settings)), "--credentials", str(CREDENTIALS)),
    ]


def hide_deprecations() -> None:
    """Drops warnings about old calls inside of libraries; Rasa sets filters of its own, so not by filter."""
    show = warnings.showwarning

    def show_others(message: Any, category: type[Warning], *place: Any, **more: Any) -> None:
        if not issubclass(category, DeprecationWarning) and "pkg_resources" not in str(message):
            show(message, category, *place, **more)

    warnings.showwarning = show_others


def run(settings: Settings) -> None:
    """Runs Rasa until it is told to end."""
    hide_deprecations()
    end_with_supervisor()
    if not settings.privacy.full_tracebacks:
        keep_tracebacks_discreet()
    from components.model_loading import end_without_a_model

    sys.path.insert(0, "")  # as `python -m rasa` would: our rooms are imported from here
    check_tracker_store()
    end_without_a_model()
    sys.argv = ["rasa", *arguments(settings, read_secret(API_KEY))]
    code = 0
    try:
        runpy.run_module("rasa", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    _leave(code)


def _leave(code: int) -> None:
    """Ends the process after its clean-up, without taking TensorFlow apart, which takes seconds."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
