"""What all actions share: read a turn, ask plain functions, say what they answer, never fail loudly."""

import asyncio
from abc import ABC, abstractmethod
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import context
from actions.context import Services
from actions.crm.backend import CrmError
from actions.shop.backend import ShopError
from actions.speech import said_in
from actions.turn import Turn, turn_of
from actions.voicing import voiced
from actions.wording import Reply, say

logger = structlog.get_logger(__name__)

ORDER_SYSTEM_DOWN = "utter_shop_unavailable"
TICKET_SYSTEM_DOWN = "utter_ticket_system_unavailable"


class PlainAction(Action, ABC):
    """An action of ours. Abstract, because rasa_sdk registers every class that is not."""

    @abstractmethod
    def reply(self, turn: Turn, services: Services) -> Reply:
        """What to say and change. Runs in a thread, so it may wait for a database."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Run the action (see parent class)."""
        turn = turn_of(tracker, domain)
        services = context.current()
        answer = await asyncio.to_thread(self._guarded, turn, services)
        utter(dispatcher, said_in(voiced(answer, turn, services.voice), turn.language))
        return [SlotSet(name, value) for name, value in answer.slots.items()] + list(answer.events)

    def _guarded(self, turn: Turn, services: Services) -> Reply:
        try:
            return self.reply(turn, services)
        except (ShopError, CrmError) as error:
            kind = type(error).__name__
            logger.error("action.backend.failed", action=self.name(), error=kind, detail=str(error))
            return say(apology(error))


def apology(error: Exception) -> str:
    """The response for a failing system."""
    return TICKET_SYSTEM_DOWN if isinstance(error, CrmError) else ORDER_SYSTEM_DOWN


def utter(dispatcher: CollectingDispatcher, answer: Reply) -> None:
    """Hand a reply's messages to Rasa."""
    for message in answer.says:
        extra: dict[str, Any] = {}
        if message.citations:
            extra["citations"] = [dict(cited) for cited in message.citations]
        if message.things:
            extra["things"] = [dict(thing) for thing in message.things]
        if message.answered:
            extra["answered"] = dict(message.answered)
        dispatcher.utter_message(
            response=message.response, buttons=list(message.buttons), **dict(message.values), **extra
        )
