"""A mend to Rasa's check of a configuration.

Found in 3.6: it knows three extractors that learn entities, by name, and warns at every training that "your
NLU configuration does not include an entity extractor" when it is another one. Mend: one that says
`learns_entities` counts as well.
"""

from __future__ import annotations

from rasa.graph_components.validators.default_recipe_validator import DefaultV1RecipeValidator
from rasa.nlu.classifiers.diet_classifier import DIETClassifier
from rasa.shared.nlu.training_data.training_data import TrainingData

_warn = DefaultV1RecipeValidator._warn_if_some_training_data_is_unused


def count_other_extractors() -> None:
    """Applies the mend."""
    DefaultV1RecipeValidator._warn_if_some_training_data_is_unused = _warn_of_what_is_unused


def _warn_of_what_is_unused(self: DefaultV1RecipeValidator, training_data: TrainingData) -> None:
    """Rasa's own check; an extractor of ours stands there as DIET, which learns all of it too."""
    types = self._component_types
    if any(getattr(kind, "learns_entities", False) for kind in types):
        self._component_types = {*types, DIETClassifier}
    try:
        _warn(self, training_data)
    finally:
        self._component_types = types
