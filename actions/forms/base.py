"""What all forms share: tell an answer from an interruption, keep to the subject, never fail loudly."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import structlog
from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import ActionExecutionRejected, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT

from actions import context
from actions.context import Services
from actions.crm.backend import CrmError
from actions.forms.moment import Moment, belongs, moment_of, set_since_message
from actions.identity import FAILED, UNAVAILABLE
from actions.shop.backend import ShopError
from actions.turn import Turn, turn_of

logger = structlog.get_logger(__name__)

HINT = "form_hint"
# Slots whose values look like nothing else, so that they may stand beside a question.
VALUES = ("order_number", "identity", "identity_postcode")

Events = list[dict[str, Any]]
Reader = Callable[[Turn, Services], Any]
Checker = Callable[[Any, Turn, Services], dict[str, Any]]


class GuidedForm(FormValidationAction, ABC):
    """A form of ours. rasa_sdk's own way of running it knows no interruptions, so `run` is ours.

    Abstract, because rasa_sdk registers every class that is not.

    Attributes:
        own_intents: Requests that this form is about; others, said clearly, interrupt it.
        private_slots: Forgotten when the form starts, unless the same message fills them.
        free_slots: Take any words, so that hardly anything interrupts while they are asked for.
        readers: By slot, how to read it from a message; None means that the message does not hold it.
        checkers: By slot, which slots a new value sets. A slot without a checker takes any value.
    """

    own_intents: ClassVar[frozenset[str]] = frozenset()
    private_slots: ClassVar[tuple[str, ...]] = ()
    free_slots: ClassVar[frozenset[str]] = frozenset()
    readers: ClassVar[Mapping[str, Reader]] = {}
    checkers: ClassVar[Mapping[str, Checker]] = {}

    @abstractmethod
    def needed(self, turn: Turn, services: Services) -> list[str]:
        """The slots to fill: fewer once the customer is verified or nothing can be done."""

    def settle(self, turn: Turn, services: Services) -> dict[str, Any]:
        """Slots that follow from what is known, e.g. the item of an order that has only one."""
        return {}

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Take in what is new and choose what to ask next."""
        return await asyncio.to_thread(self._guarded, tracker, context.current())

    def _guarded(self, tracker: Tracker, services: Services) -> Events:
        try:
            return self._advance(tracker, services)
        except (ShopError, CrmError) as error:
            logger.error(
                "form.backend.failed", form=self.form_name(), error=type(error).__name__, detail=str(error)
            )
            return [SlotSet("identity", UNAVAILABLE), SlotSet(REQUESTED_SLOT, None)]

    def _advance(self, tracker: Tracker, services: Services) -> Events:
        moment, state = moment_of(tracker.events, self.form_name()), _State(turn_of(tracker))
        asked = tracker.slots.get(REQUESTED_SLOT)
        state.put({HINT: None})
        new = dict(tracker.slots_to_validate())
        if moment is Moment.STARTED:
            new = self._start(state, new, set_since_message(tracker.events, self.form_name()))
        if moment is Moment.RESUMED:
            # "LA9 4QQ, and how long does it take?": the question has been answered, the value counts as well.
            found = self._read(state.turn, services)
            self._check(state, {name: found[name] for name in found if name == asked in VALUES}, services)
        else:
            new |= self._read(state.turn, services)
            if moment is Moment.ANSWERED:
                if not belongs(state.turn, asked, new, self.own_intents, self.free_slots):
                    return [ActionExecutionRejected(self.form_name())]
                self._hint(state, new)
            self._check(state, new, services)
        ask_next = self._next(state, services)
        return [*state.events(), SlotSet(REQUESTED_SLOT, ask_next)]

    def _start(self, state: "_State", new: dict[str, Any], fresh: frozenset[str]) -> dict[str, Any]:
        stale = {name: None for name in self.private_slots if name not in fresh}
        state.put(stale)
        return {name: value for name, value in new.items() if name not in stale}

    def _read(self, turn: Turn, services: Services) -> dict[str, Any]:
        wanted = self.needed(turn, services)
        found = {name: read(turn, services) for name, read in self.readers.items() if name in wanted}
        return {name: value for name, value in found.items() if value is not None}

    def _hint(self, state: "_State", new: Mapping[str, Any]) -> None:
        if not new and state.turn.intent not in self.own_intents:
            state.put({HINT: "help" if state.turn.intent == "deny" else "unclear"})

    def _check(self, state: "_State", new: Mapping[str, Any], services: Services) -> None:
        for name, value in new.items():
            if name in self.needed(state.turn, services):
                checker = self.checkers.get(name)
                state.put(checker(value, state.turn, services) if checker else {name: value})

    def _next(self, state: "_State", services: Services) -> str | None:
        """The slot to ask for; None ends the form."""
        state.put(self.settle(state.turn, services))
        if state.turn.slots.get("identity") == FAILED:
            return None
        slots = state.turn.slots
        return next((name for name in self.needed(state.turn, services) if slots.get(name) is None), None)


class _State:
    """The turn with its slots as they change while one message is looked at."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self._changed: dict[str, Any] = {}

    def put(self, slots: Mapping[str, Any]) -> None:
        """Change slots."""
        self.turn = replace(self.turn, slots={**self.turn.slots, **slots})
        self._changed.update(slots)

    def events(self) -> Events:
        """What Rasa has to be told."""
        return [SlotSet(name, value) for name, value in self._changed.items()]
