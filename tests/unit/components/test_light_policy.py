from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import Policy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException

from components.light_policy import LightPolicy
from components.policy_trial import Project, load_project, training_trackers
from tests.unit.components.small_library import write_library

# Never in this order in the stories.
A_NEW_MIX = [
    *("hello", "utter_hello", "opening_hours", "utter_hours"),
    *("prolong", "utter_ask_prolong", "no_thanks"),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(write_library(tmp_path_factory.mktemp("library")))


@pytest.fixture(scope="module")
def trackers(library: Project) -> list[TrackerWithCachedStates]:
    return training_trackers(library, set())


def trained(
    policy_class: type[Policy], folder: Path, trackers: Any, domain: Domain, **settings: Any
) -> Policy:
    policy = policy_class.create({**policy_class.get_default_config(), **settings}, *parts(folder))
    policy.train(trackers, domain)
    return policy


def parts(folder: Path) -> tuple[LocalModelStorage, Resource, ExecutionContext]:
    folder.mkdir(exist_ok=True)
    return LocalModelStorage(folder), Resource("policy"), ExecutionContext(GraphSchema({}))


def conversation(steps: list[str], domain: Domain) -> DialogueStateTracker:
    """Intents and actions in turn, as the customer and the assistant would."""
    tracker = DialogueStateTracker("test", domain.slots)
    for step in steps:
        is_action = step.startswith(("utter_", "action_"))
        if not is_action:
            tracker.update(ActionExecuted("action_listen"), domain)
        tracker.update(ActionExecuted(step) if is_action else UserUttered("…", {"name": step}), domain)
    return tracker


def predicted(policy: Policy, steps: list[str], domain: Domain) -> str | None:
    prediction = policy.predict_action_probabilities(conversation(steps, domain), domain)
    assert len(prediction.probabilities) == domain.num_actions
    best = prediction.max_confidence_index
    return domain.action_names_or_texts[best] if prediction.max_confidence else None


def test_it_carries_on_in_a_mix_that_no_story_has_where_memoization_cannot(
    tmp_path: Path, library: Project, trackers: list[TrackerWithCachedStates]
) -> None:
    light = trained(LightPolicy, tmp_path / "light", trackers, library.domain)
    memory = trained(MemoizationPolicy, tmp_path / "memory", trackers, library.domain, max_history=5)
    assert predicted(memory, A_NEW_MIX, library.domain) is None
    assert predicted(light, A_NEW_MIX, library.domain) == "utter_due_on_monday"
    assert predicted(light, [*A_NEW_MIX, "utter_due_on_monday"], library.domain) == "action_listen"


def test_the_same_answer_to_another_question_leads_elsewhere(
    tmp_path: Path, library: Project, trackers: list[TrackerWithCachedStates]
) -> None:
    light = trained(LightPolicy, tmp_path, trackers, library.domain)
    start = ["hello", "utter_hello", "opening_hours", "utter_hours"]
    borrow = [*start, "borrow", "utter_ask_borrow", "yes_please"]
    prolong = [*start, "prolong", "utter_ask_prolong", "yes_please"]
    assert predicted(light, borrow, library.domain) == "utter_borrowed"
    assert predicted(light, prolong, library.domain) == "utter_prolonged"


def test_an_intent_that_no_story_has_is_left_to_the_rules(
    tmp_path: Path, library: Project, trackers: list[TrackerWithCachedStates]
) -> None:
    light = trained(LightPolicy, tmp_path, trackers, library.domain)
    assert predicted(light, ["hello", "utter_hello", "weather"], library.domain) is None


def test_below_the_threshold_it_keeps_silent(
    tmp_path: Path, library: Project, trackers: list[TrackerWithCachedStates]
) -> None:
    light = trained(LightPolicy, tmp_path, trackers, library.domain, threshold=1.0)
    assert predicted(light, A_NEW_MIX, library.domain) is None


def test_a_loaded_policy_predicts_the_same_and_quickly(
    tmp_path: Path, library: Project, trackers: list[TrackerWithCachedStates]
) -> None:
    light = trained(LightPolicy, tmp_path, trackers, library.domain)
    loaded = LightPolicy.load(LightPolicy.get_default_config(), *parts(tmp_path))
    tracker = conversation(A_NEW_MIX, library.domain)
    once = [p.predict_action_probabilities(tracker, library.domain).probabilities for p in (light, loaded)]
    assert once[0] == pytest.approx(once[1])
    milliseconds = []
    for _ in range(50):
        started = time.perf_counter()
        loaded.predict_action_probabilities(tracker, library.domain)
        milliseconds.append((time.perf_counter() - started) * 1000)
    assert min(milliseconds) < 2


def test_without_stories_it_trains_loads_and_says_nothing(tmp_path: Path, library: Project) -> None:
    light = trained(LightPolicy, tmp_path, [], library.domain)
    assert predicted(light, ["hello"], library.domain) is None
    loaded = LightPolicy.load(LightPolicy.get_default_config(), *parts(tmp_path))
    assert predicted(loaded, ["hello"], library.domain) is None


@pytest.mark.parametrize(
    ("name", "value"), [("threshold", 1.5), ("threshold", "high"), ("ridge", 0), ("max_history", None)]
)
def test_an_impossible_setting_is_named(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(InvalidConfigException, match=f"{name} is {value!r}"):
        LightPolicy.create({**LightPolicy.get_default_config(), name: value}, *parts(tmp_path))
