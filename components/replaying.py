"""What a model would do next at each point of conversations that were held: no action is run."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Sequence, Set, Text

from rasa.core.agent import Agent
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker

from components.suite import load_agent

# A conversation's events in order, by their ids in the tracker store.
Held = Mapping[int, Mapping[Text, Any]]


def next_actions(
    model: Path,
    conversations: Sequence[Held],
    wanted: Set[int],
    progress: Callable[[int], None] = lambda done: None,
) -> Dict[int, Text]:
    """Predicts anew what policies have chosen, each time after all that had really happened until then.

    Args:
        model: the trained model's archive.
        conversations: as the tracker store has them; messages are understood as they were.
        wanted: ids of the events to predict; of these, only actions that a policy chose are.
        progress: told how many conversations are done.

    Returns:
        The action by the id of the event in whose place it would come.
    """
    found: Dict[int, Text] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of intents and slots that the edit has taken away
        agent = load_agent(model)
        for done, held in enumerate(conversations, 1):
            found.update(_of_one(agent, held, wanted))
            progress(done)
    return found


def _of_one(agent: Agent, held: Held, wanted: Set[int]) -> Dict[int, Text]:
    tracker = DialogueStateTracker("preview", agent.domain.slots)
    found: Dict[int, Text] = {}
    for number, values in held.items():
        event = Event.from_parameters(dict(values))
        if event is None:
            continue
        if number in wanted and isinstance(event, ActionExecuted) and event.policy:
            prediction = agent.processor._predict_next_with_tracker(tracker)
            found[number] = agent.domain.action_names_or_texts[prediction.max_confidence_index]
        tracker.update(event)
    return found
