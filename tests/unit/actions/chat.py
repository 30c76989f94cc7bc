"""A conversation for tests: our actions behind Rasa's own tracker, slot mappings, forms and responses.

Two things are played: NLU (a test says what was understood) and the policies (a test says what comes next).
"""

import copy
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rasa.core.actions.action import ActionExtractSlots, action_for_name_or_text
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa_sdk import Tracker
from rasa_sdk.executor import ActionExecutor

from actions.context import Services, configure

ROOT = Path(__file__).parents[3]


class InProcessEndpoint:
    """Stands where Rasa would call the action server's webhook; goes through JSON as the wire does."""

    url = "in-process"
    kwargs = {"enable_selective_domain": True}

    def __init__(self, executor: ActionExecutor) -> None:
        self._executor = executor

    async def request(self, json: Any, **_: Any) -> Any:
        return _wire(await self._executor.run(_wire(json)))


def _wire(value: Any) -> Any:
    return json.loads(json.dumps(value))


def executor() -> ActionExecutor:
    """All actions of the package, registered as the server registers them."""
    made = ActionExecutor()
    made.register_package("actions")
    return made


class StrictNlg(TemplatedNaturalLanguageGenerator):
    """Fills every variation of a response, so that a value missing in any of them is noticed."""

    async def generate(self, utter_action: str, tracker: Any, output_channel: str, **kwargs: Any) -> Any:
        slots = tracker.current_slot_values()
        for variation in self.responses[utter_action]:
            filled = self._fill_response(copy.deepcopy(variation), slots, **kwargs)
            words = str(filled["text"]) + "".join(one["payload"] for one in filled.get("buttons") or [])
            assert not re.search(r"\{\w+\}|None", words), (utter_action, words)
        return await super().generate(utter_action, tracker, output_channel, **kwargs)


class Chat:
    """One conversation.

    Example:
        >>> chat.hear("where is 1001?", "track_order", order_number="FH-1001")
        >>> await chat.do("order_form")
        ['utter_ask_identity']
    """

    def __init__(
        self, services: Services, domain: Domain, actions: ActionExecutor, sender: str = "c1"
    ) -> None:
        configure(services)
        self.domain = domain
        self.tracker = DialogueStateTracker(sender, domain.slots)
        self._endpoint: Any = InProcessEndpoint(actions)
        self._channel = CollectingOutputChannel()
        self._nlg = StrictNlg(domain.responses)
        self.said: list[BotUttered] = []

    async def hear(
        self,
        text: str,
        intent: str = "inform",
        ranking: Sequence[tuple[str, float]] = (),
        parsed: Mapping[str, Any] | None = None,
        **entities: str,
    ) -> "Chat":
        """A customer's message as NLU understood it, and the slots that Rasa fills from it."""
        found = [{"entity": name, "value": value} for name, value in entities.items()]
        ranked = [{"name": name, "confidence": confidence} for name, confidence in ranking or [(intent, 0.9)]]
        data = {
            "text": text,
            "intent": {"name": intent, "confidence": ranked[0]["confidence"]},
            "entities": found,
        }
        data |= {"intent_ranking": ranked, **(parsed or {})}
        self._apply(
            [ActionExecuted("action_listen"), UserUttered(text, data["intent"], found, parse_data=data)]
        )
        extract = ActionExtractSlots(self._endpoint)
        self._apply(await extract.run(self._channel, self._nlg, self.tracker, self.domain))
        return self

    async def do(self, *names: str) -> list[str]:
        """Run actions or forms as Rasa would; names of the responses that were said."""
        self.said = []
        for name in names:
            action = action_for_name_or_text(name, self.domain, self._endpoint)
            events = await action.run(self._channel, self._nlg, self.tracker, self.domain)
            self._apply([ActionExecuted(name), *events])
            self.said += [event for event in events if isinstance(event, BotUttered)]
        return [str(event.metadata.get("utter_action")) for event in self.said]

    def _apply(self, events: Sequence[Event]) -> None:
        for event in events:
            self.tracker.update(event, self.domain)

    @property
    def text(self) -> str:
        """Everything that was said last."""
        return "\n".join(event.text or "" for event in self.said)

    @property
    def buttons(self) -> dict[str, str]:
        """Title to payload of the buttons that were shown last."""
        shown = [one for event in self.said for one in event.data.get("buttons") or []]
        return {one["title"]: one["payload"] for one in shown}

    def set_slot(self, name: str, value: Any) -> None:
        """Fill a slot as an action before would have."""
        self._apply([SlotSet(name, value)])

    def slot(self, name: str) -> Any:
        """A slot's value."""
        return self.tracker.get_slot(name)

    @property
    def sdk_tracker(self) -> Tracker:
        """The tracker as an action receives it."""
        return Tracker.from_dict(_wire(self.tracker.current_state(EventVerbosity.ALL)))

    @property
    def form(self) -> str | None:
        """The form that asks."""
        return self.tracker.active_loop_name

    @property
    def interrupted(self) -> bool:
        """True when the form left the message to the rules."""
        return bool(self.tracker.is_active_loop_rejected)

    def events(self, kind: str) -> list[Event]:
        """All events of a type, by its name in the tracker store."""
        return [event for event in self.tracker.events if event.type_name == kind]
