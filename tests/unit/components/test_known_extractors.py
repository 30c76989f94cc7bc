from __future__ import annotations

import warnings
from typing import Any

import pytest
from rasa.engine.graph import GraphSchema, SchemaNode
from rasa.graph_components.validators.default_recipe_validator import DefaultV1RecipeValidator
from rasa.nlu.extractors.regex_entity_extractor import RegexEntityExtractor
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from components.entity_tagger import EntityTagger
from tests.unit.components.conftest import entity

TEXT_ = "swap 8 for 9"
DATA = TrainingData(
    [Message({TEXT: TEXT_, INTENT: "swap", ENTITIES: [entity("size", "9", TEXT_, role="to")]})],
    lookup_tables=[{"name": "size", "elements": ["8", "9"]}],
)


def warned(*kinds: Any) -> list[str]:
    nodes = {kind.__name__: SchemaNode({}, kind, "create", "process", {}) for kind in kinds}
    validator = DefaultV1RecipeValidator(GraphSchema(nodes))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        validator._warn_if_some_training_data_is_unused(training_data=DATA)
    assert validator._component_types == set(kinds)
    return [str(one.message) for one in caught if "NLU configuration" in str(one.message)]


def test_an_extractor_of_ours_learns_entities_roles_and_lists() -> None:
    assert warned(EntityTagger, RegexEntityExtractor) == []


@pytest.mark.filterwarnings("ignore")
def test_without_one_rasa_still_warns() -> None:
    assert len(warned(RegexEntityExtractor)) == 3
