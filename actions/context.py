"""What every action works with: shop, CRM, knowledge and a clock, set once when the server starts."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import structlog

from actions.crm.backend import CrmBackend, CrmError
from actions.shop.backend import CommerceBackend
from llm.answering import Answerer, Citation
from llm.knowledge.filters import EVERYTHING, Filters
from llm.overrides import Overrides
from llm.voice.speaking import Voice

logger = structlog.get_logger(__name__)

REMEMBERED_SECONDS = 30 * 60.0


class NotConfigured(RuntimeError):
    """An action ran before `configure` was called."""


class PersonalMemory:
    """Keeps what a form was told (e-mail, postcode) out of the conversation, for half an hour.

    Whatever is lost here, by time or by a restart, is asked for again.

    Args:
        seconds: How long a value is kept after it was put.
        clock: Seconds that only go forward.
    """

    def __init__(
        self, seconds: float = REMEMBERED_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._values: dict[tuple[str, str], tuple[float, str]] = {}

    def put(self, conversation_id: str, name: str, value: str) -> None:
        """Keep a value and forget all that is too old."""
        now = self._clock()
        self._values = {key: kept for key, kept in self._values.items() if kept[0] > now}
        self._values[conversation_id, name] = (now + self._seconds, value)

    def get(self, conversation_id: str, name: str) -> str | None:
        """The value, or None if it was never given or is too old."""
        until, value = self._values.get((conversation_id, name), (0.0, ""))
        return value if until > self._clock() else None

    def drop(self, conversation_id: str, *names: str) -> None:
        """Forget values."""
        for name in names:
            self._values.pop((conversation_id, name), None)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """What actions may use.

    Attributes:
        answerer: None when there is no knowledge; then nothing is ever found.
        link_base: Put before a citation's link, e.g. `/chat/help/`.
        now: The present time, aware; passed in so that tests and replays can stand still.
        filters: Which articles the customers may be answered from.
        past: What answers from the knowledge as it stood on a day (2026-05-01); None where nothing is kept.
        examine: What is wrong with the knowledge, given questions that nobody could answer; None where it
            cannot.
        reindex: Brings the knowledge index up to date (True: builds it anew; a file: reads that one
            alone) and says what it did; None where it cannot.
        voice: How answers from the help centre sound.
        slots: Slots whose values a question that points back may mean, such as the product.
        overrides: Corrected answers that people have approved; None where there are none.
        told: What a language model may be told of a customer, as the setting `prompts.context` names it.
        identity_tries: After so many wrong tries a form gives up; after twice as many none checks any more.
    """

    shop: CommerceBackend
    crm: CrmBackend
    answerer: Answerer | None = None
    link_base: str = "/chat/help/"
    now: Callable[[], datetime] = _utc_now
    reindex: Callable[[bool, str], dict[str, Any]] | None = None
    identity_tries: int = 3
    filters: Filters = EVERYTHING
    past: Callable[[str], Answerer] | None = None
    examine: Callable[[list[dict[str, str]]], dict[str, Any]] | None = None
    voice: Voice = field(default_factory=Voice)
    slots: tuple[str, ...] = ()
    told: frozenset[str] = frozenset()
    overrides: Overrides | None = None
    memory: PersonalMemory = field(default_factory=PersonalMemory)

    @property
    def today(self) -> date:
        """The date where the shop is."""
        return self.now().date()

    def link(self, citation: Citation) -> str:
        """Where a cited section can be read."""
        return self.link_base + citation.link

    def record(
        self, conversation_id: str, customer_id: str | None, kind: str, details: dict[str, Any]
    ) -> None:
        """Write a line of the audit trail. What was done stays done when the trail cannot be written."""
        try:
            self.crm.log_activity(int(customer_id) if customer_id else None, conversation_id, kind, details)
        except CrmError as error:
            logger.warning("crm.activity.lost", kind=kind, error=str(error))


_services: Services | None = None
_changing, _ready = threading.Lock(), threading.Event()


def configure(services: Services) -> None:
    """Set what actions work with."""
    global _services
    with _changing:
        _services = services
    _ready.set()


def change(**parts: Any) -> None:
    """Replace some of what actions work with; an action that runs just now keeps what it has.

    A server that is not ready yet has nothing to replace: then this waits for it.
    """
    global _services
    _ready.wait()
    with _changing:
        _services = replace(current(), **parts)


def current() -> Services:
    """What actions work with.

    Raises:
        NotConfigured: the process runs actions without having been told their services.
    """
    if _services is None:
        raise NotConfigured(
            "no services are set: start actions with `rapport up` or actions.server.run(services, …)"
        )
    return _services
