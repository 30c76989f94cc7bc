"""The trained assistant in this process: customers' messages in, all that happened out, without a server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Text, Type

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.utils.endpoints import EndpointConfig

from components.suite import ActionEndpoint, Exchange
from components.tracker_store import RapportTrackerStore


class Conversing:
    """Speaks as the running assistant would; actions are run by a function.

    Example:
        >>> with Conversing(model, exchange, nlg) as assistant:
        ...     events = assistant.converse("emma", ["hello", "where is my order?"])

    Args:
        model: the trained model's archive.
        exchange: stands for the action server.
        nlg: the response chooser, as in endpoints.yml; None takes Rasa's.
        store: settings of the tracker store, as in endpoints.yml; None keeps conversations in memory.
    """

    def __init__(
        self,
        model: Path,
        exchange: Exchange,
        nlg: Optional[Mapping[Text, Any]] = None,
        store: Optional[Mapping[Text, Any]] = None,
    ) -> None:
        self._endpoint = ActionEndpoint(exchange)
        given = {name: value for name, value in (store or {}).items() if name != "type"}
        tracker_store = RapportTrackerStore(**given) if store else InMemoryTrackerStore(None)
        self._agent = Agent(
            generator=EndpointConfig(**nlg) if nlg else None,
            tracker_store=tracker_store,
            action_endpoint=self._endpoint,
        )
        self._agent.load_model(model)
        self._runner = asyncio.Runner()

    def __enter__(self) -> Conversing:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], *error: Any) -> None:
        self._runner.close()

    def converse(self, sender: Text, texts: Sequence[Text]) -> List[Dict[Text, Any]]:
        """Takes a customer's messages one after the other.

        Args:
            sender: who writes; each name is a customer of their own.
            texts: what they write.

        Returns:
            The whole conversation's events, as the tracker store writes them.

        Raises:
            RuntimeError: an action could not be run.
        """
        return self._runner.run(self._converse(sender, texts))

    async def _converse(self, sender: Text, texts: Sequence[Text]) -> List[Dict[Text, Any]]:
        self._endpoint.story, self._endpoint.failures = sender, []
        for text in texts:
            await self._agent.handle_message(UserMessage(text, CollectingOutputChannel(), sender))
        if self._endpoint.failures:
            raise RuntimeError(self._endpoint.failures[0])
        tracker = await self._agent.tracker_store.retrieve_full_tracker(sender)
        return [event.as_dict() for event in tracker.events] if tracker else []
