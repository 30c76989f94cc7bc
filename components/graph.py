"""How Rasa makes our components: the same few lines for each of them, written once."""

from __future__ import annotations

from typing import Any, Dict, Text, Type, TypeVar

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

Self = TypeVar("Self", bound=GraphComponent)


class Configured(GraphComponent):
    """A component that needs its settings only: `__init__(config)`."""

    @classmethod
    def create(
        cls: Type[Self],
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """Creates the component (see parent class)."""
        return cls(config)  # type: ignore[call-arg]


class Trained(GraphComponent):
    """A component that keeps what it learned: `__init__(config, model_storage, resource)`."""

    @classmethod
    def create(
        cls: Type[Self],
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        """Creates it untrained (see parent class)."""
        return cls(config, model_storage, resource)  # type: ignore[call-arg]
