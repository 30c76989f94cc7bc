"""Conversations with the assistant in this process: real model, real actions, a fresh shop for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from learning.reading import State, read_turns
from learning.turn import Turn
from rapport.engine_files import ENDPOINTS, nlg_for, read_yaml
from rapport.live_actions import live_actions
from rapport.rasa_process import hide_deprecations
from rapport.settings import Settings

# Takes a customer's name and messages; gives the conversation's events.
Converse = Callable[[str, Sequence[str]], list[dict[str, Any]]]


@contextmanager
def rehearsing(settings: Settings, model: Path, store: Mapping[str, Any] | None = None) -> Iterator[Converse]:
    """Makes ready to talk.

    Args:
        settings: of the assistant.
        model: the archive of the model that answers.
        store: settings of the tracker store that keeps the conversations; None: they are not kept.
    """
    hide_deprecations()
    from components.conversing import Conversing

    nlg = nlg_for(settings, read_yaml(ENDPOINTS))
    with live_actions(settings) as actions, Conversing(model, actions.exchange, nlg, store) as assistant:
        yield assistant.converse


def turns_of(events: Sequence[Mapping[str, Any]], conversation: str = "") -> list[Turn]:
    """A conversation's events as turns."""
    turns, _, _ = read_turns(enumerate(events), conversation, State())
    return turns
