"""What a trained model says about messages, outside of any conversation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, List, Sequence, Text

from rasa.core.agent import Agent

from components.intent_head import UNKNOWN


@dataclass(frozen=True)
class Opinion:
    """The first intent, its confidence, and the probability that the message belongs to none (both 0–1)."""

    ranked: Text
    confidence: float
    unknown: float


def opinions(
    model: Path, texts: Sequence[Text], progress: Callable[[int], None] = lambda done: None
) -> List[Opinion]:
    """Runs a model's whole NLU pipeline over texts.

    Args:
        model: the trained model's archive.
        texts: what customers wrote.
        progress: told how many are done.
    """
    agent = Agent()
    agent.load_model(model)

    async def parse() -> List[Opinion]:
        found = []
        for text in texts:
            parsed = await agent.parse_message(text)
            top = (parsed.get("intent_ranking") or [{"name": "", "confidence": 0.0}])[0]
            unknown = float((parsed.get(UNKNOWN) or {}).get("probability", 0.0))
            found.append(Opinion(str(top["name"] or ""), float(top["confidence"]), unknown))
            progress(len(found))
        return found

    return asyncio.run(parse())
