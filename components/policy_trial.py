"""Trains one policy on part of a project's stories and lets it predict every action of the rest.

A held-out story is replayed as it was written: before each of its actions the policy sees the true
conversation up to there. With the project's RulePolicy, Rasa's own ensemble decides between the two, as it
does when serving.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set, Text, Tuple

from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME, RULE_ONLY_LOOPS, RULE_ONLY_SLOTS
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActionExecutionRejected
from rasa.shared.core.generator import TrackerWithCachedStates, TrainingDataGenerator
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.core.training_data.structures import RuleStep, StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.utils.common import class_from_module_path

# What `rasa train` does: stories are also glued together at random.
AUGMENTATION_FACTOR = 50
# Between the parts of a tracker's name where Rasa joined stories at a checkpoint.
_JOINED = " > "


@dataclass(frozen=True)
class Project:
    """A Rasa project's dialogue half; `rules` are the settings of its RulePolicy, None without one."""

    domain: Domain
    graph: StoryGraph
    rules: Optional[Dict[Text, Any]]

    @property
    def stories(self) -> List[Text]:
        """Names of the stories, each once, in the order they are written."""
        return list(dict.fromkeys(s.block_name for s in self.graph.story_steps if not _is_rule(s)))


@dataclass
class Judged:
    """Held-out predictions: one flag an action and one a story, and the milliseconds of each prediction."""

    right: List[bool] = field(default_factory=list)
    right_but_listen: List[bool] = field(default_factory=list)
    right_stories: List[bool] = field(default_factory=list)
    milliseconds: List[float] = field(default_factory=list)
    wrong: List[Text] = field(default_factory=list)


def load_project(folder: Path) -> Project:
    """Reads config.yml, the domain (file or folder) and data/ of a Rasa project.

    Raises:
        ValueError: something of these is missing, or there are fewer than two stories.
    """
    config, data = folder / "config.yml", folder / "data"
    domain = next((path for path in (folder / "domain.yml", folder / "domain") if path.exists()), None)
    for path, what in ((config, "config.yml"), (domain, "domain.yml or domain/"), (data, "data/")):
        if path is None or not path.exists():
            raise ValueError(f"{folder} is no Rasa project: {what} is missing; name a folder that holds it.")
    importer = TrainingDataImporter.load_from_config(str(config), str(domain), [str(data)])
    settings = next(
        (p for p in importer.get_config().get("policies") or [] if p["name"].split(".")[-1] == "RulePolicy"),
        None,
    )
    rules = None if settings is None else {key: value for key, value in settings.items() if key != "name"}
    project = Project(importer.get_domain(), importer.get_stories(), rules)
    if len(project.stories) < 2:
        found = len(project.stories)
        raise ValueError(f"{data} holds {found} stories: at least two are needed to hold some out.")
    return project


def held_out_stories(project: Project, share: float, seed: int) -> Set[Text]:
    """A random share (0–1) of the stories' names; at least one is held out and one is kept."""
    names = project.stories
    count = min(max(round(share * len(names)), 1), len(names) - 1)
    return set(random.Random(seed).sample(names, count))


def training_trackers(project: Project, held_out: Set[Text]) -> List[TrackerWithCachedStates]:
    """What a policy is trained on: all rules and the stories that are not held out, augmented by Rasa."""
    steps = [s for s in project.graph.story_steps if _is_rule(s) or s.block_name not in held_out]
    generator = TrainingDataGenerator(
        StoryGraph(steps), project.domain, augmentation_factor=AUGMENTATION_FACTOR
    )
    return generator.generate()


def held_out_trackers(project: Project, held_out: Set[Text]) -> List[TrackerWithCachedStates]:
    """Whole conversations with a held-out story in them (those joined by checkpoints have several)."""
    steps = [s for s in project.graph.story_steps if not _is_rule(s)]
    generator = TrainingDataGenerator(
        StoryGraph(steps), project.domain, augmentation_factor=0, use_story_concatenation=False
    )
    return [t for t in generator.generate() if held_out.intersection(t.sender_id.split(_JOINED))]


def train_policy(
    name: Text, settings: Dict[Text, Any], trackers: List[TrackerWithCachedStates], domain: Domain
) -> Tuple[Policy, float]:
    """A trained policy, and the seconds that its training took.

    Args:
        name: dotted name of the class.
    """
    policy_class = class_from_module_path(name)
    with TemporaryDirectory(prefix="policy-") as folder:
        policy: Policy = policy_class.create(
            {**policy_class.get_default_config(), **settings},
            LocalModelStorage.create(Path(folder)),
            Resource("policy"),
            ExecutionContext(GraphSchema({})),
        )
        started = time.perf_counter()
        policy.train(trackers, domain)
        return policy, time.perf_counter() - started


def train_rules(project: Project, trackers: List[TrackerWithCachedStates]) -> Optional[RulePolicy]:
    """The project's RulePolicy, trained; None if it has none.

    Raises:
        InvalidRule: rules and stories contradict each other.
    """
    if project.rules is None:
        return None
    name = f"{RulePolicy.__module__}.{RulePolicy.__name__}"
    return train_policy(name, project.rules, trackers, project.domain)[0]


def judge(
    policy: Policy, rules: Optional[RulePolicy], trackers: Sequence[DialogueStateTracker], domain: Domain
) -> Judged:
    """Predicts every action of the conversations, given the true conversation before it."""
    judged = Judged()
    for tracker in trackers:
        story_is_right = True
        for before, action in _decisions(tracker, domain):
            predicted, milliseconds = _predict(policy, rules, before, domain, action)
            judged.milliseconds.append(milliseconds)
            judged.right.append(predicted == action)
            if action != ACTION_LISTEN_NAME:
                judged.right_but_listen.append(predicted == action)
            if predicted != action:
                story_is_right = False
                judged.wrong.append(f"{tracker.sender_id}: {predicted} instead of {action}")
        judged.right_stories.append(story_is_right)
    return judged


def _decisions(tracker: DialogueStateTracker, domain: Domain) -> Iterator[Tuple[DialogueStateTracker, Text]]:
    """Each action with the conversation before it; not the first, with which every conversation waits."""
    before = DialogueStateTracker(tracker.sender_id, domain.slots)
    for number, event in enumerate(tracker.applied_events()):
        if isinstance(event, ActionExecuted) and number > 0 and event.action_name:
            yield before, event.action_name
        before.update(event, domain)


def _predict(
    policy: Policy,
    rules: Optional[RulePolicy],
    tracker: DialogueStateTracker,
    domain: Domain,
    true_action: Text,
) -> Tuple[Optional[Text], float]:
    """The predicted action, None without any, and the milliseconds of the learned policy alone."""
    predicted, milliseconds = _predict_once(policy, rules, tracker, domain)
    loop = tracker.active_loop_name
    if rules and loop and predicted == loop != true_action:
        # A story that leaves a form's path does not say that the form refused the message first.
        tracker.update(ActionExecutionRejected(loop))
        predicted, milliseconds = _predict_once(policy, rules, tracker, domain)
    return predicted, milliseconds


def _predict_once(
    policy: Policy, rules: Optional[RulePolicy], tracker: DialogueStateTracker, domain: Domain
) -> Tuple[Optional[Text], float]:
    rule_only = (
        {key: rules.lookup.get(key, []) for key in (RULE_ONLY_SLOTS, RULE_ONLY_LOOPS)} if rules else None
    )
    started = time.perf_counter()
    predictions = [policy.predict_action_probabilities(tracker, domain, rule_only_data=rule_only)]
    milliseconds = (time.perf_counter() - started) * 1000
    if rules:
        predictions.append(rules.predict_action_probabilities(tracker, domain))
    best = DefaultPolicyPredictionEnsemble().combine_predictions(predictions, tracker, domain)
    chosen = domain.action_names_or_texts[best.max_confidence_index] if best.max_confidence > 0 else None
    return chosen, milliseconds


def _is_rule(step: Any) -> bool:
    return isinstance(step, RuleStep)
