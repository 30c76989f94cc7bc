"""The actions without a server: for tests that run them in their own process."""

from typing import Any

from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection


class LocalActions:
    """Answers the calls of actions as the server's webhook would; `configure` says what they work with."""

    def __init__(self) -> None:
        self._executor = ActionExecutor()
        self._executor.register_package("actions")

    async def answer(self, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Run the action of a call; its HTTP status and body."""
        try:
            answer = await self._executor.run(call)
        except ActionExecutionRejection as rejection:
            return 400, {"error": str(rejection), "action_name": rejection.action_name}
        return 200, answer or {}
