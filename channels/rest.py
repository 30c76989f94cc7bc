"""A REST connector for scripts and tests, with the request and answer of Rasa's own.

`POST /webhooks/rest/webhook` `{"sender": "ada", "message": "hello", "metadata": {…}?}` answers
`[{"recipient_id": "ada", "text": "…", "buttons": […]}]`. Unlike Rasa's own it

- needs a sender, and answers 400 with `{"error": {"code", "text"}}` to what it cannot read, 413 to what is
  too long;
- answers 503 with a kind text in the usual list when the turn fails or takes too long, and never streams;
- takes `/intent{…}` only if the assistant has just offered it as a button in that conversation, so that
  nobody steps around the NLU pipeline;
- serves callers on this machine only (`enabled_for: loopback`), or others who send
  `Authorization: Bearer <token>`.
"""

import hmac
import uuid
from typing import Any, Optional

from rasa.core.channels.channel import CollectingOutputChannel, InputChannel, UserMessage
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.cleaning import clean_text, is_intent_text
from channels.history import offered_payloads
from channels.http import Refusal, is_loopback, kindly, read_json, ready_agent
from channels.settings import RestSettings, read_settings
from channels.turns import OnNewMessage, TurnFailed, Turns, TurnTooSlow

_MAX_SENDER_LENGTH = 255


class RestCollector(CollectingOutputChannel):
    """Rasa's collector; citations that came as metadata are shown as `custom`, where scripts look."""

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Collect one bot message in Rasa's shape."""
        if message.get("citations") and not message.get("custom"):
            message["custom"] = {"citations": message["citations"]}
        await super().send_response(recipient_id, message)


class SafeRestInput(InputChannel):
    """The REST connector.

    Example of `credentials.yml`:
        channels.rest.SafeRestInput:
          enabled_for: loopback
    """

    def __init__(self, settings: RestSettings) -> None:
        """Take settings; nothing is opened."""
        self.settings = settings
        self._turns = Turns(settings.timeout_seconds)

    @classmethod
    def name(cls) -> str:
        """The channel's name, which is also its place under `/webhooks/`."""
        return "rest"

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> "SafeRestInput":
        """Make the connector from its part of `credentials.yml`."""
        return cls(read_settings(RestSettings, credentials))

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Returns `/` (health) and `/webhook`."""
        rest = Blueprint("rapport_rest")
        guard = kindly(self.settings.texts.failed)

        @guard
        async def webhook(request: Request) -> HTTPResponse:
            return await self._webhook(request, on_new_message)

        rest.add_route(guard(self._health), "/", methods=["GET"], name="health")
        rest.add_route(webhook, "/webhook", methods=["POST"], stream=True, name="webhook")
        return rest

    async def _health(self, _: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    async def _webhook(self, request: Request, on_new_message: OnNewMessage) -> HTTPResponse:
        self._check_caller(request)
        too_long = f"The request may hold at most {self.settings.max_body_bytes} bytes."
        unreadable = 'Send a JSON object such as {"sender": "ada", "message": "hello"} as application/json.'
        body = await read_json(request, self.settings.max_body_bytes, too_long, unreadable)
        if request.args.get("stream", "false").lower() not in ("false", "0"):
            raise Refusal(400, "no_streaming", "This connector does not stream. Leave out 'stream'.")
        sender_id, text = _sender(body), self._text(body)
        agent = ready_agent(request, self.settings.texts.failed)
        if is_intent_text(text):
            await _check_offered(agent, sender_id, text)
        collector = RestCollector()
        metadata = body["metadata"] if isinstance(body.get("metadata"), dict) else None
        message = UserMessage(text, collector, sender_id, input_channel=self.name(), metadata=metadata)
        if not await self._run(message, on_new_message):
            return response.json([{"recipient_id": sender_id, "text": self.settings.texts.failed}], 503)
        return response.json(collector.messages)

    async def _run(self, message: UserMessage, on_new_message: OnNewMessage) -> bool:
        async def turn() -> None:
            await on_new_message(message)

        try:
            # Each under a key of its own: turns of one sender wait for each other in Rasa's lock store.
            await self._turns.run(uuid.uuid4().hex, turn())
        except (TurnTooSlow, TurnFailed):
            return False
        return True

    def _check_caller(self, request: Request) -> None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        token = self.settings.token
        if token and hmac.compare_digest(given, token.encode()):
            return
        if is_loopback(request) or (self.settings.enabled_for == "everyone" and not token):
            return
        hint = "send 'Authorization: Bearer <token>'" if token else "call from this machine, or set a 'token'"
        raise Refusal(403, "forbidden", f"This connector is not open to you: {hint}.")

    def _text(self, body: dict[str, Any]) -> str:
        raw, limit = body.get("message"), self.settings.max_text_length
        if not isinstance(raw, str):
            raise Refusal(400, "message_missing", "'message' is missing or not a text.")
        text = clean_text(raw)
        if not text:
            raise Refusal(400, "message_empty", "'message' holds nothing that can be read.")
        if len(text) > limit:
            raise Refusal(413, "too_long", f"'message' has {len(text)} characters; {limit} are allowed.")
        return text


def _sender(body: dict[str, Any]) -> str:
    sender = body.get("sender")
    sender = sender.strip() if isinstance(sender, str) else ""
    if not sender:
        raise Refusal(400, "sender_missing", "'sender' is missing or empty: name the conversation.")
    if len(sender) > _MAX_SENDER_LENGTH:
        text = f"'sender' has {len(sender)} characters; {_MAX_SENDER_LENGTH} are allowed."
        raise Refusal(400, "sender_too_long", text)
    if sender.startswith("web-"):
        raise Refusal(403, "sender_reserved", "'sender' may not begin with 'web-': the chat page owns those.")
    return sender


async def _check_offered(agent: Any, sender_id: str, text: str) -> None:
    tracker = await agent.tracker_store.retrieve(sender_id)
    if tracker is None or text.strip() not in offered_payloads(tracker.events):
        raise Refusal(
            400,
            "intent_not_offered",
            "A message that begins with '/' is taken only if it is the payload of a button that the "
            "assistant has just shown.",
        )
