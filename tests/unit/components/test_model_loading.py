"""A server without a model ends, and says why."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import rasa.core.run
from rasa.core.agent import Agent
from rasa.core.utils import AvailableEndpoints
from rasa.shared.exceptions import RasaException
from sanic import Sanic

from components.model_loading import end_without_a_model


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Loads a model as `rasa run` does when it starts."""
    monkeypatch.setattr(rasa.core.run, "load_agent_on_start", rasa.core.run.load_agent_on_start)
    end_without_a_model()
    Sanic.test_mode = True

    def start(model: Path) -> Agent:
        loop = asyncio.new_event_loop()
        app = Sanic(f"test_{model.stem.split('.')[0]}")
        loading = rasa.core.run.load_agent_on_start(str(model), AvailableEndpoints(), None, app, loop)
        return loop.run_until_complete(loading)

    return start


def test_a_damaged_model_ends_the_server_with_a_sentence(load: Any, tmp_path: Path) -> None:
    model = tmp_path / "torn.tar.gz"
    model.write_bytes(b"\x1f\x8b\x08\x00 no archive")
    with pytest.raises(RasaException, match=r"torn\.tar\.gz cannot be loaded: .*rapport train --force"):
        load(model)
