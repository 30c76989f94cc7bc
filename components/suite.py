"""Rasa's own story tests with three mends, so that a green suite means a working assistant.

Found in 3.6: `rasa test` parses messages without the tracker, so repeats, forms and replies to offered
readings are never recognised; it never runs an action, so slots and forms are whatever the story claims;
and a failing suite exits with 0. Mend: the same tests, reports and files (`story_report.json`,
`failed_test_stories.yml`), but messages are parsed with the conversation so far, every action is run
(custom ones through an exchange that the caller gives: the real actions, or what they answered when it was
recorded), and slots come from what happened.

A story's metadata may also say what the customer must have read, as words or as a response's name, and what
they write after its end that must find the assistant silent, because a person has taken over:
`metadata: {says: ["out for delivery", utter_handover], never_says: [utter_empathy], unanswered: ["hello?"]}`.
What an action makes the assistant do at once (a followup) is not in the story, only what is said: Rasa's own
test could not follow.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Awaitable, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Text, Tuple

import rasa.core.test
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.test import EvaluationStore, WronglyPredictedAction
from rasa.shared.constants import UTTER_PREFIX
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from components.empathy import CARE

# Where Rasa keeps the name of a response in what was said.
UTTER_ACTION = "utter_action"

# Takes the story's name and what Rasa would post to the action server; gives its status and answer.
Exchange = Callable[[Text, Dict[Text, Any]], Awaitable[Tuple[int, Dict[Text, Any]]]]


@dataclass
class StoryResult:
    """One story's run: what was said (`> ` before the customer's lines) and what was wrong, if anything.

    `messages`: what the customer wrote, buttons as what they send.
    """

    name: Text
    transcript: List[Text] = field(default_factory=list)
    messages: List[Text] = field(default_factory=list)
    problems: List[Text] = field(default_factory=list)


@dataclass(frozen=True)
class SuiteResult:
    """All stories, in the order they ran."""

    stories: List[StoryResult]

    @property
    def failed(self) -> List[StoryResult]:
        """The stories with problems."""
        return [story for story in self.stories if story.problems]


async def run_suite(
    model: Path,
    stories: Path,
    exchange: Exchange,
    nlg: Optional[Mapping[Text, Any]],
    out: Path,
    wishes: Mapping[Text, Mapping[Text, Sequence[Text]]],
) -> SuiteResult:
    """Runs all test stories of a folder or file.

    Args:
        model: the trained model's archive.
        stories: a folder with `test_*.yml`, or one such file.
        exchange: stands for the action server.
        nlg: the response chooser, as in endpoints.yml; None takes Rasa's.
        out: folder for Rasa's reports.
        wishes: story name to its metadata: `says`, `never_says`, and which messages after its end stay
            `unanswered`.
    """
    endpoint = ActionEndpoint(exchange)
    agent = Agent(action_endpoint=endpoint, generator=EndpointConfig(**nlg) if nlg else None)
    agent.load_model(model)
    runner = _Runner(agent, endpoint, wishes)
    with _mended(runner):
        await rasa.core.test.test(
            str(stories), agent, out_directory=str(out), e2e=True, disable_plotting=True
        )
    return SuiteResult(runner.results)


def load_agent(model: Path) -> Agent:
    """An agent that only understands: no actions, no channel."""
    agent = Agent()
    agent.load_model(model)
    return agent


@contextmanager
def _mended(runner: _Runner) -> Iterator[None]:
    """Lets Rasa's tests take each story through `runner`."""
    original = rasa.core.test._predict_tracker_actions
    rasa.core.test._predict_tracker_actions = runner.run_story
    try:
        yield
    finally:
        rasa.core.test._predict_tracker_actions = original


class ActionEndpoint(EndpointConfig):
    """An action server that is a function; remembers what it could not answer, since Rasa swallows errors."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(url="recorded", enable_selective_domain=True)
        self.exchange = exchange
        self.story = ""
        self.failures: List[Text] = []

    async def request(self, method: Text = "post", subpath: Optional[Text] = None, **kwargs: Any) -> Any:
        try:
            status, answer = await self.exchange(self.story, kwargs["json"])
        except Exception as error:
            self.failures.append(f"{kwargs['json']['next_action']}: {error}")
            raise
        if status != 200:
            raise ClientResponseError(status, "rejected", json.dumps(answer))
        return answer


class _Runner:
    """Takes stories through the assistant, one after another."""

    def __init__(
        self,
        agent: Agent,
        endpoint: ActionEndpoint,
        wishes: Mapping[Text, Mapping[Text, Sequence[Text]]],
    ) -> None:
        self.agent = agent
        self.endpoint = endpoint
        self.wishes = wishes
        self.results: List[StoryResult] = []

    async def run_story(
        self,
        tracker: DialogueStateTracker,
        agent: Agent,
        fail_on_prediction_errors: bool = False,
        use_e2e: bool = False,
    ) -> Tuple[EvaluationStore, DialogueStateTracker, List[Dict[Text, Any]], List[Any]]:
        """Stands in for `rasa.core.test._predict_tracker_actions`: same arguments, same results."""
        story = _Story(self.agent, tracker)
        self.endpoint.story, self.endpoint.failures = tracker.sender_id, []
        for event in list(tracker.events)[1:]:
            await story.step(event)
        await story.follow_up()
        wishes = self.wishes.get(tracker.sender_id, {})
        for text in wishes.get("says", ()):
            if not story.said(text):
                story.wrong(f"says {text!r}", "it was not said")
        for text in wishes.get("never_says", ()):
            if story.said(text):
                story.wrong(f"never says {text!r}", "it was said")
        for text in wishes.get("unanswered", ()):
            await story.leave_unanswered(text)
        story.result.problems += [f"action server: {failure}" for failure in self.endpoint.failures]
        self.results.append(story.result)
        _forget_unplaced(story.tracker)
        return story.store, story.tracker, story.actions, []


def _forget_unplaced(tracker: DialogueStateTracker) -> None:
    """Rasa writes failed stories down, and fails itself over an entity that stands nowhere in its text."""
    for event in tracker.events:
        if isinstance(event, UserUttered) and event.text:
            event.entities = [entity for entity in event.entities if "start" in entity]


class _Story:
    """One story under way: `tracker` holds what really happened, the story's events what should have."""

    def __init__(self, agent: Agent, expected: DialogueStateTracker) -> None:
        self.processor = agent.processor
        first = list(expected.events)[:1]
        slots = agent.domain.slots
        self.tracker = DialogueStateTracker.from_events(
            expected.sender_id, first, slots, sender_source=expected.sender_source
        )
        self.channel = CollectingOutputChannel()
        self.store = EvaluationStore()
        self.actions: List[Dict[Text, Any]] = []
        self.result = StoryResult(expected.sender_id)
        self.bot_texts: List[Text] = []

    async def step(self, event: Event) -> None:
        """Takes the story one event further."""
        await self.follow_up()
        if isinstance(event, UserUttered):
            await self._hear(event)
        elif isinstance(event, ActionExecuted):
            await self._act(event)
        elif isinstance(event, SlotSet):
            self._compare_slot(event)
        elif isinstance(event, ActiveLoop):
            if event.name not in self._loops_of_this_turn():
                self._compare("active loop", event.name, self.tracker.active_loop_name)
        else:
            self.tracker.update(event)

    async def follow_up(self) -> None:
        """Does what the last action said must come next."""
        while self.tracker.followup_action and self.tracker.followup_action != ACTION_LISTEN_NAME:
            await self._run(*self.processor.predict_next_with_tracker_if_should(self.tracker))

    def said(self, wanted: Text) -> bool:
        """Whether the assistant said these words, or used the response of this name."""
        if wanted.startswith(UTTER_PREFIX):
            spoken = (event for event in self.tracker.events if isinstance(event, BotUttered))
            return any(
                wanted in (event.metadata.get(UTTER_ACTION), event.metadata.get(CARE)) for event in spoken
            )
        return wanted.lower() in "\n".join(self.bot_texts).lower()

    async def leave_unanswered(self, text: Text) -> None:
        """Says something more, to which the assistant must be silent, as after a handover."""
        self._write_down(text)
        message = UserMessage(text, self.channel, self.tracker.sender_id)
        await self.processor._handle_message_with_tracker(message, self.tracker)
        await self.processor._run_prediction_loop(self.channel, self.tracker)
        if self.channel.messages:
            self.wrong(f"silence after {text!r}", str(self.channel.messages[0].get("text")))
        self.channel.messages.clear()

    async def _hear(self, event: UserUttered) -> None:
        text = event.text or _button(event)
        message = UserMessage(text, self.channel, self.tracker.sender_id)
        predicted = await self.processor.parse_message(message, self.tracker)
        self._write_down(text)
        # Those of a button, or of a reading that was agreed to, have no place in a text.
        found = predicted.get("entities") or []
        carried = [entity for entity in found if "start" not in entity or not event.text]
        compared = {**predicted, "entities": [entity for entity in found if entity not in carried]}
        said = UserUttered(text, event.intent, event.entities if event.text else [], event.parse_data)
        judged = rasa.core.test._collect_user_uttered_predictions(said, compared, self.tracker, False)
        if judged.check_prediction_target_mismatch():
            self.result.problems.append(_understood_wrongly(said, judged))
        self.store.merge_store(judged)
        latest = self.tracker.latest_message
        latest.entities = [*latest.entities, *carried]
        latest.parse_data = {
            **predicted,
            "intent": latest.intent,
            "entities": latest.entities,
            "text": latest.text,
        }
        await self.processor.run_action_extract_slots(self.channel, self.tracker)

    def _write_down(self, text: Text) -> None:
        self.result.transcript.append(f"> {text}")
        self.result.messages.append(text)

    async def _act(self, event: ActionExecuted) -> None:
        expected = event.action_name or event.action_text
        action, prediction = self.processor.predict_next_with_tracker_if_should(self.tracker)
        if action.name() != expected and action.name() == self.tracker.active_loop_name:
            # The story may leave the form because the form rejects the message: see whether it does.
            await self._run(action, prediction)
            action, prediction = self.processor.predict_next_with_tracker_if_should(self.tracker)
        self.store.add_to_store(action_predictions=[action.name()], action_targets=[expected])
        judged = {"policy": prediction.policy_name, "confidence": prediction.max_confidence}
        self.actions.append({"action": expected, "predicted": action.name(), **judged})
        if action.name() == expected:
            await self._run(action, prediction)
            return
        self.result.problems.append(f"expected {expected}, but {action.name()} was next")
        self.tracker.update(
            WronglyPredictedAction(
                expected, event.action_text, action.name(), prediction.policy_name, prediction.max_confidence
            )
        )

    async def _run(self, action: Any, prediction: Any) -> None:
        await self.processor._run_action(action, self.tracker, self.channel, self.processor.nlg, prediction)
        for message in self.channel.messages:
            titles = [button["title"] for button in message.get("buttons") or []]
            self.bot_texts.append(str(message.get("text") or ""))
            self.result.transcript.append(" ".join([self.bot_texts[-1], *(f"[{title}]" for title in titles)]))
        self.channel.messages.clear()

    def _loops_of_this_turn(self) -> List[Optional[Text]]:
        """A form that has all it needs begins and ends in one action."""
        names: List[Optional[Text]] = []
        for event in reversed(self.tracker.events):
            if isinstance(event, UserUttered):
                break
            if isinstance(event, ActiveLoop):
                names.append(event.name)
        return names

    def _compare_slot(self, event: SlotSet) -> None:
        if event.value is None and event.key != REQUESTED_SLOT:
            return  # the story only says that the slot plays no role
        self._compare(f"slot {event.key}", event.value, self.tracker.get_slot(event.key))

    def _compare(self, what: Text, expected: Any, actual: Any) -> None:
        if expected != actual:
            self.wrong(f"{what} = {expected!r}", f"it is {actual!r}")

    def wrong(self, expected: Text, actual: Text) -> None:
        """Notes a difference that Rasa's report has no place for, so that the story counts as failed."""
        self.result.problems.append(f"expected {expected}, but {actual}")
        self.store.add_to_store(action_predictions=[actual], action_targets=[expected])


def _button(event: UserUttered) -> Text:
    """A step with an intent and no words is a button; this is what it sends."""
    values = {entity["entity"]: entity["value"] for entity in event.entities}
    return f"/{event.intent.get('name')}{json.dumps(values) if values else ''}"


def _understood_wrongly(event: UserUttered, judged: EvaluationStore) -> Text:
    if judged.intent_predictions != judged.intent_targets:
        return (
            f"{event.text!r}: expected {judged.intent_targets[0]}, understood {judged.intent_predictions[0]}"
        )
    return (
        f"{event.text!r}: expected {_pairs(judged.entity_targets)}, found {_pairs(judged.entity_predictions)}"
    )


def _pairs(entities: Sequence[Mapping[Text, Any]]) -> Text:
    return (
        ", ".join(f"{e.get('entity')}={e.get('value')!r}[{e.get('start')}:{e.get('end')}]" for e in entities)
        or "no entity"
    )
