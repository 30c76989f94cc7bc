"""Rasa's view of the learned policy: what happens next where no rule says so, learned from the stories.

It does what TEDPolicy does with intents, without TensorFlow: training takes less than a second, TED minutes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Text

import structlog
from rasa.core.constants import DEFAULT_POLICY_PRIORITY, POLICY_MAX_HISTORY, POLICY_PRIORITY
from rasa.core.featurizers.tracker_featurizers import MaxHistoryTrackerFeaturizer, TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import InvalidConfigException

from components.action_model import NAMES_FILE, ActionModel, Example, fit
from components.dialogue_features import conversation_features, new_intent

logger = structlog.get_logger(__name__)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class LightPolicy(Policy):
    """Predicts the next action from the last states of the conversation, learned from stories (not rules).

    It keeps silent where it is unsure and on intents that no story has, so that RulePolicy's fallback speaks.
    Rules and forms always win: their confidence is 1, and their priority is higher.

    Example (config.yml):
        - name: components.light_policy.LightPolicy
          threshold: 0.5
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """The settings.

        threshold: probability (0–1) below which nothing is predicted. RulePolicy's fallback overrules what is
            less probable than its core_fallback_threshold anyway.
        max_history: how many states back it looks.
        ridge: doubt about each example; greater is smoother.
        max_examples: of more, a random choice (training time grows with their third power).
        """
        return {
            POLICY_PRIORITY: DEFAULT_POLICY_PRIORITY,
            POLICY_MAX_HISTORY: 5,
            "threshold": 0.0,
            "ridge": 0.02,
            "max_examples": 3000,
            "random_seed": 42,
        }

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: Optional[TrackerFeaturizer] = None,
        model: Optional[ActionModel] = None,
    ) -> None:
        """Checks the settings (see parent class).

        Raises:
            InvalidConfigException: a setting has an impossible value.
        """
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        _check(config)
        self.model = model

    def _standard_featurizer(self) -> MaxHistoryTrackerFeaturizer:
        """States stay dictionaries: `conversation_features` weighs them."""
        return MaxHistoryTrackerFeaturizer(state_featurizer=None, max_history=self.config[POLICY_MAX_HISTORY])

    def train(
        self, training_trackers: List[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        """Learns from the stories as written; stories glued together at random taught it nothing."""
        trackers = [
            tracker
            for tracker in SupportedData.trackers_for_supported_data(self.supported_data(), training_trackers)
            if not getattr(tracker, "is_augmented", False)
        ]
        examples = self._examples(trackers, domain)
        if not examples:
            logger.warning("light_policy.no_stories", advice="write stories in data/, or remove the policy")
            return self._resource
        self.model = fit(
            examples, self.config["ridge"], self.config["max_examples"], self.config["random_seed"]
        )
        with self._model_storage.write_to(self._resource) as folder:
            self.featurizer.persist(folder)
            self.model.save(folder)
        return self._resource

    def _examples(self, trackers: Sequence[TrackerWithCachedStates], domain: Domain) -> List[Example]:
        examples = []
        for tracker in trackers:
            histories, actions = self.featurizer.training_states_and_labels(
                [tracker], domain, ignore_action_unlikely_intent=True
            )
            story = frozenset([tracker.sender_id])
            examples += [
                Example(conversation_features(states), action[0], story)
                for states, action in zip(histories, actions)
            ]
        return examples

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Probabilities of all actions, all zero where it keeps silent (see parent class)."""
        result = self._default_predictions(domain)
        states = self._prediction_states(tracker, domain, rule_only_data=rule_only_data)
        if self.model is None or self._is_unheard_of(new_intent(states)):
            return self._prediction(result)
        probabilities = self.model.probabilities(conversation_features(states))
        if probabilities.max() >= self.config["threshold"]:
            for action, probability in zip(self.model.actions, probabilities):
                result[domain.index_for_action(action)] = float(probability)
        return self._prediction(result)

    def _is_unheard_of(self, intent: Optional[Text]) -> bool:
        """Whether no story has this intent: whatever the rest of the conversation says would be a guess."""
        return (
            intent is not None and self.model is not None and f"0 intent {intent}" not in self.model.features
        )

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LightPolicy:
        """Loads the trained policy; one that was trained without stories never predicts."""
        try:
            with model_storage.read_from(resource) as folder:
                featurizer = TrackerFeaturizer.load(folder)
                model = ActionModel.load(Path(folder)) if (Path(folder) / NAMES_FILE).is_file() else None
        except ValueError:
            return cls(config, model_storage, resource, execution_context)
        return cls(config, model_storage, resource, execution_context, featurizer, model)


def _check(config: Dict[Text, Any]) -> None:
    limits = {"threshold": (0, 1), "ridge": (1e-6, 100), "max_examples": (1, 20000), "max_history": (1, 100)}
    for name, (least, most) in limits.items():
        value = config[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise InvalidConfigException(
                f"LightPolicy in config.yml: {name} is {value!r}; it must be a number from {least} to {most}."
            )
