"""The action server's process: gives the actions their shop, CRM and knowledge, as the settings say."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from rapport.knowledge_served import ServedKnowledge
from rapport.rasa_process import hide_deprecations
from rapport.secret_files import API_KEY, make_secrets, read_secret
from rapport.settings import Settings
from rapport.supervised import end_with_supervisor
from rapport.voice_settings import make_voice

if TYPE_CHECKING:
    from actions.context import Services
    from llm.generators.base import Generator

logger = structlog.get_logger(__name__)

# Approved answers that replace the assistant's own (`rapport learn review`).
CORRECTED = Path("data/learned/overrides.yml")


def run(settings: Settings) -> None:
    """Serves actions until the process is told to end."""
    hide_deprecations()
    from actions.server import run as serve

    end_with_supervisor()
    make_secrets()
    with ExitStack() as resources:
        services, listen = make_services(settings, resources), settings.server
        if services.answerer:
            warm_up_beside(services.answerer.generator)
        serve(services, listen.host, listen.actions_port, read_secret(API_KEY))


def make_services(settings: Settings, resources: ExitStack) -> Services:
    """What the actions work with; what was opened is closed with `resources`.

    Without knowledge the assistant still tracks orders and opens tickets; it is looked for, and used as soon
    as it is there.
    """
    from actions.context import Services
    from actions.crm.embedded import EmbeddedCrm
    from actions.shop.database import make_engine
    from actions.shop.embedded import EmbeddedShop
    from llm.overrides import Overrides

    def now() -> datetime:
        return present(settings.shop.today)

    engine = make_engine(settings.shop.database_url)
    shop, crm = EmbeddedShop(engine, lambda: now().date()), EmbeddedCrm(engine, now)
    knowledge = ServedKnowledge(settings, _attach)
    resources.callback(knowledge.close)
    overrides = Overrides(CORRECTED, _encode)
    return Services(shop, crm, now=now, overrides=overrides, **ways(settings), **knowledge.open())


def _encode(texts: list[str], language: str) -> Any:
    """Vectors by the help centre's encoder of the language; all nothing while there is no help centre."""
    import numpy as np

    from actions.context import current

    answerer = current().answerer
    if answerer is None:
        return np.zeros((len(texts), 1), np.float32)
    return answerer.in_language(language).index.encoder.encode(texts)


def ways(settings: Settings) -> dict[str, Any]:
    """How actions answer: fields of `Services` that the settings say."""
    told = settings.prompts.context if settings.answers.generator != "extractive" else ()
    return {
        "link_base": settings.knowledge.link_base,
        "voice": make_voice(settings.style),
        "told": frozenset(told),
        "slots": settings.answers.slots,
    }


def _attach(parts: dict[str, Any]) -> None:
    """Gives the running actions the knowledge as it is now."""
    from actions.context import change

    change(**parts)


def warm_up_beside(generator: Generator) -> threading.Thread:
    """Loads a generator's model while the server answers already, from the passages' own sentences."""

    def load() -> None:
        from llm.errors import LlmError

        started = time.perf_counter()
        try:
            generator.warm_up()
        except LlmError as error:
            kind = type(error).__name__
            logger.warning("generator.cold", generator=generator.name, error=kind, detail=str(error))
            return
        seconds = round(time.perf_counter() - started, 1)
        logger.info("generator.warm", generator=generator.name, seconds=seconds)

    thread = threading.Thread(target=load, name="warm-up", daemon=True)
    thread.start()
    return thread


def present(today: date | None) -> datetime:
    """The present time; on the demo's day, if the settings name one.

    Args:
        today: the demo's day.
    """
    real = datetime.now(UTC)
    return datetime.combine(today, real.timetz()) if today else real
