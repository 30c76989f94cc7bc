"""A server that has no model does not run on.

Found in 3.6: where the model's archive is damaged, Rasa logs a traceback and serves without a model: every
request is refused, and whoever started it waits in vain. Mend: it ends, with a sentence that says why.
"""

from __future__ import annotations

import functools
from typing import Any

import rasa.core.run
from rasa.core.agent import Agent
from rasa.shared.exceptions import RasaException

FIX = "Train anew with `rapport train --force`, or delete this one to run the one before."


def end_without_a_model() -> None:
    """Makes `rasa run` fail where its model cannot be loaded; call it before Rasa runs."""
    rasa.core.run.load_agent_on_start = _ending(rasa.core.run.load_agent_on_start)


def _ending(load: Any) -> Any:
    @functools.wraps(load)
    async def load_or_end(model_path: str, *arguments: Any, **more: Any) -> Agent:
        agent: Agent = await load(model_path, *arguments, **more)
        if not agent.is_ready() and agent.model_server is None and agent.remote_storage is None:
            raise RasaException(f"The model {model_path} cannot be loaded: {_reason(model_path)}. {FIX}")
        return agent

    return load_or_end


def _reason(model_path: str) -> str:
    """What Rasa has logged and swallowed: known only by trying again."""
    try:
        Agent().load_model(model_path)
    except Exception as error:  # whatever it is, it ends the process
        return str(error).strip().rstrip(".") or type(error).__name__
    return "it was not there when it was loaded"
