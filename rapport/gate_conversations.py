"""Has conversations of the suite once more with both models and the real actions, to see whether they differ.

A test story fails where anything is read otherwise, be it only that nonsense is out of scope instead of not
understood; and what was recorded of an action holds for one intent alone. So a story that passed and fails
now is had again, in full, by both models. It counts as lost only if the customer could tell.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from learning.gate.conversations import Moment, Parting, moments, parting
from llm.errors import LlmError
from rapport.console import warned
from rapport.errors import RapportError
from rapport.gate_process import apart
from rapport.settings import Settings

# Each by its name, with what the customer writes.
Conversations = Mapping[str, Sequence[str]]
NOT_HAD = "it could not be had again with the real actions: {}"


def partings(settings: Settings, stable: Path, candidate: Path, asked: Conversations) -> dict[str, Parting]:
    """Where conversations part; those that do not are not in it.

    Args:
        settings: all settings.
        stable: the one model's archive.
        candidate: the other's.
        asked: what customers write.
    """
    if not asked:
        return {}
    try:
        before, now = (_had(settings, model, asked) for model in (stable, candidate))
    except (RapportError, LlmError, OSError) as error:
        warned(
            f"Conversations that fail now count as lost; they cannot be had with the real actions: {error}"
        )
        unheard = Moment("")
        return {name: Parting(name, unheard, unheard, NOT_HAD.format(error)) for name in asked}
    found = {name: _parting(name, before[name], now[name]) for name in asked}
    return {name: one for name, one in found.items() if one}


def _parting(name: str, stable: list[Moment] | str, candidate: list[Moment] | str) -> Parting | None:
    """As long as nothing is known of one side, the conversation counts as lost."""
    for side in (stable, candidate):
        if isinstance(side, str):
            return Parting(name, Moment(""), Moment(""), NOT_HAD.format(side))
    assert not isinstance(stable, str) and not isinstance(candidate, str)
    return parting(name, stable, candidate)


def _had(settings: Settings, model: Path, asked: Conversations) -> dict[str, list[Moment] | str]:
    with apart() as process:
        return process.submit(have, settings, model, asked).result()


def have(settings: Settings, model: Path, asked: Conversations) -> dict[str, list[Moment] | str]:
    """Has conversations with a model and the real actions: moments by name, or why there are none."""
    from rapport.rehearsing import rehearsing

    warnings.simplefilter("ignore")  # Rasa warns of what validation has said
    found: dict[str, list[Moment] | str] = {}
    with rehearsing(settings, model) as converse:
        for name, texts in asked.items():
            try:
                for text in texts:
                    # Of several wordings one is drawn: by both models the same.
                    random.seed(f"{name}\0{text}")
                    events = converse(name, [text])
                found[name] = moments(events) if texts else []
            except RuntimeError as error:
                found[name] = str(error)
    return found
