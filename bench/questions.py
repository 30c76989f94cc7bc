"""How well messages with several questions are told from messages with one.

Runs the trained model's own pipeline over labelled messages and counts where it splits. A wrong split is
worse than a missed one, so precision is what to watch.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bench.tables import show_figures
from rapport.console import console
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.training import latest_model

OWN_SET = Path(__file__).with_name("several_questions.yml")


@dataclass(frozen=True)
class Judged:
    """One message: the intents that it asks for, and those that were found, in order."""

    text: str
    asked: Sequence[str]
    found: Sequence[str]

    @property
    def is_right(self) -> bool:
        """Whether the first two questions are what was asked: these are answered."""
        return list(self.asked[:2]) == list(self.found[:2])


def run(settings: Settings, file: Path, split: str, show: bool) -> None:
    """Judges the messages of a split and prints a table and, last, one JSON object.

    Raises:
        RapportError: there is no model, or the file cannot be read.
    """
    messages = read_messages(file, split)
    model = latest_model(settings.server.models_folder)
    if model is None:
        raise RapportError(
            f"There is no model in {settings.server.models_folder}/: run `rapport train` first."
        )
    judged, milliseconds = asyncio.run(_judge(model, messages))
    for one in judged:
        if show and (not one.is_right or (len(one.asked) > 1) != (len(one.found) > 1)):
            console.print(
                f"{one.text}\n  asked {', '.join(one.asked)}; found {', '.join(one.found)}", markup=False
            )
    figures = {"split": split, **figures_of(judged), "p50_ms": round(milliseconds, 2)}
    show_figures(figures)
    print(json.dumps(figures))


def read_messages(file: Path, split: str) -> list[dict[str, Any]]:
    """The messages of one split: `{"text": …, "asked": [intent, …]}`.

    Raises:
        RapportError: the file is missing, is no YAML, lacks the split, or a message lacks `text` or `asked`.
    """
    try:
        content = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise RapportError(f"{file} cannot be read ({error}).") from error
    messages = content.get(split) if isinstance(content, dict) else None
    if not messages:
        splits = ", ".join(content) if isinstance(content, dict) else "none"
        raise RapportError(f"{file} has no messages under {split!r} (it has: {splits}).")
    for place, one in enumerate(messages, 1):
        if not isinstance(one, dict) or not one.get("text") or not isinstance(one.get("asked"), list):
            raise RapportError(
                f"{file}, {split}, message {place}: expected {{text: …, asked: [intent, …]}}, found {one!r}."
            )
    return list(messages)


def figures_of(judged: Sequence[Judged]) -> dict[str, Any]:
    """Precision and recall of splitting, and how often both intents were right where it had to be split."""
    several = [one for one in judged if len(one.asked) > 1]
    split = [one for one in judged if len(one.found) > 1]
    hits = [one for one in several if len(one.found) > 1]
    return {
        "messages": len(judged),
        "several": len(several),
        "precision": _share(len(hits), len(split)),
        "recall": _share(len(hits), len(several)),
        "both_right": _share(sum(one.is_right for one in several), len(several)),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 3) if whole else 0.0


async def _judge(model: Path, messages: Sequence[dict[str, Any]]) -> tuple[list[Judged], float]:
    from components.suite import load_agent

    agent = load_agent(model)
    judged, seconds = [], []
    for message in messages:
        started = time.perf_counter()
        parsed = await agent.parse_message(str(message["text"]))
        seconds.append(time.perf_counter() - started)
        first = (parsed.get("intent_ranking") or [{"name": "nothing"}])[0]["name"]
        found = [str(first), *(str(one["intent"]) for one in parsed.get("also") or [])]
        judged.append(Judged(str(message["text"]), message["asked"], found))
    return judged, sorted(seconds)[len(seconds) // 2] * 1000
