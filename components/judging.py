"""What a trained model says about messages, outside of any conversation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Sequence, Text

from rasa.core.agent import Agent
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY

from components.confidence_router import ROUTE
from components.intent_head import UNKNOWN


@dataclass(frozen=True)
class Opinion:
    """What a model makes of a message.

    Attributes:
        ranked, confidence: the first intent, and how probable it is that it is right (0–1).
        unknown: the probability that the message belongs to none (0–1).
        band, routed: what the router decides, and the intent that is acted on.
    """

    ranked: Text
    confidence: float
    unknown: float
    band: Text = ""
    routed: Text = ""


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
            routed = str((parsed.get(INTENT) or {}).get(INTENT_NAME_KEY) or "")
            band = str((parsed.get(ROUTE) or {}).get("band") or "")
            name = str(top["name"] or "")
            found.append(Opinion(name, float(top["confidence"]), unknown, band, routed))
            progress(len(found))
        return found

    return asyncio.run(parse())


def responses_of(model: Path) -> Dict[Text, List[Dict[Text, Any]]]:
    """The responses that a model was trained with: name to variations.

    Args:
        model: the trained model's archive.
    """
    responses: Dict[Text, List[Dict[Text, Any]]] = LocalModelStorage.metadata_from_archive(
        model
    ).domain.responses
    return responses
