"""The chat page's connector, mounted at `/chat` inside the Rasa process.

| request | answer |
|---|---|
| `GET /chat/`, `GET /chat/help/<page>` | the page (`page/`), the rendered help centre |
| `POST /chat/session` `{"restart": true}`? | sets the signed cookie; `{"welcome", "suggestions", …}` |
| `POST /chat/messages` `{"text" or "payload", "id"?}` | `{"message_id", "messages", "handed_over"}` |
| `GET /chat/history?after=<time>` | `{"messages", "handed_over", "busy", "cursor"}` |
| `POST /chat/feedback` `{"message_id", "value"}` | `{"saved": true}`; a value is `up`, `down` or `none` |
| `GET /chat/health` | `{"status": "ok"}` once a model is loaded, else 503 |

Refusals are `{"error": {"code", "text"}}`, the text being for the customer.

**How citations reach the page.** An action says
`dispatcher.utter_message(response="utter_answer", json_message={"citations": [citation, …]})`, a citation
being `{"title": "Returns", "heading": "How long you have", "url": "/chat/help/returns#how-long-you-have"}`.
As `custom` they stay with the bot message in the tracker; `citations=[…]` as a plain keyword (the event's
metadata) works as well. `heading` may be missing; a `url` becomes a link if it is a path of ours or https.

**How a colleague's message reaches the page.** Whoever takes over appends
`BotUttered(text, metadata={"author": "colleague", "name": "Priya"})` to the tracker; while the conversation
is paused the page asks for the history every `poll_seconds`.

**Feedback** is a `SlotSet("feedback", {"message_id", "value", "time"})` in the tracker; the latest counts.
"""

import re
import time
import uuid
from typing import Any, Optional

from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.core.events import SlotSet
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels import history
from channels.cleaning import as_plain_text, clean_text
from channels.files import add_page_routes
from channels.http import Refusal, caller_address, kindly, read_json, ready_agent, require_same_origin
from channels.limits import TokenBuckets
from channels.presenting import Presenter
from channels.settings import WebSettings, read_settings
from channels.signing import ButtonSealer, SessionSigner, load_secret
from channels.turns import OnNewMessage, TurnCollector, TurnFailed, TurnRunning, Turns, TurnTooSlow

COOKIE = "rapport_chat"
PREFIX = "/chat"

_MESSAGE_ID = re.compile(r"[0-9a-f]{32}")
_FEEDBACK_VALUES = ("up", "down", "none")
_HISTORY_LENGTH = 300
# Reading is cheap and a page that waits for a colleague asks often; this only stops a flood.
_READS_PER_MINUTE, _READS_BURST = 600, 120


class WebInput(InputChannel):
    """The chat page and its HTTP interface.

    Example of `credentials.yml`:
        channels.web.WebInput:
          title: Fernhill Outfitters
          welcome: Hello! How can I help?
    """

    def __init__(self, settings: WebSettings) -> None:
        """Load the secret (made where there is none) and start with full rate limits."""
        self.settings = settings
        secret = load_secret(settings.secret_file)
        max_age_seconds = settings.session_days * 86_400
        self._signer = SessionSigner(secret, max_age_seconds)
        self._sealer = ButtonSealer(secret, max_age_seconds)
        self._presenter = Presenter(self._sealer)
        self._turns = Turns(settings.timeout_seconds)
        self._by_sender = TokenBuckets(settings.messages_per_minute, settings.messages_burst)
        self._by_address = TokenBuckets(settings.address_messages_per_minute, settings.address_messages_burst)
        self._reads = TokenBuckets(_READS_PER_MINUTE, _READS_BURST)

    @classmethod
    def name(cls) -> str:
        """The channel's name in trackers and in responses' channel variants."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> "WebInput":
        """Make the connector from its part of `credentials.yml`."""
        return cls(read_settings(WebSettings, credentials))

    def url_prefix(self) -> str:
        """An absolute path, which Rasa joins to `/webhooks/` as it is."""
        return PREFIX

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Returns the page and its HTTP interface."""
        chat = Blueprint("rapport_web_chat")
        guard = kindly(self.settings.texts.failed)

        @guard
        async def messages(request: Request) -> HTTPResponse:
            return await self._message(request, on_new_message)

        chat.add_route(guard(self._session), "/session", methods=["POST"], stream=True, name="session")
        chat.add_route(messages, "/messages", methods=["POST"], stream=True, name="messages")
        chat.add_route(guard(self._feedback), "/feedback", methods=["POST"], stream=True, name="feedback")
        chat.add_route(guard(self._history), "/history", methods=["GET"], name="history")
        chat.add_route(guard(self._health), "/health", methods=["GET"], name="health")
        add_page_routes(chat, self.settings, PREFIX)
        return chat

    async def _health(self, request: Request) -> HTTPResponse:
        ready_agent(request, self.settings.texts.failed)
        return response.json({"status": "ok"})

    async def _session(self, request: Request) -> HTTPResponse:
        body = await self._body(request)
        known = None if body.get("restart") else self._signer.read(request.cookies.get(COOKIE))
        settings = self.settings
        answer = response.json(
            {
                "welcome": settings.welcome,
                "suggestions": settings.suggestions,
                "max_text_length": settings.max_text_length,
                "poll_seconds": settings.poll_seconds,
                "handed_over_text": settings.texts.handed_over,
                "new": known is None,
            }
        )
        if known is None:
            self._take(self._by_address, caller_address(request))
            answer.cookies[COOKIE] = self._signer.issue()[1]
            answer.cookies[COOKIE].update(self._cookie_attributes())
        return answer

    def _cookie_attributes(self) -> dict[str, Any]:
        max_age = self._signer.max_age_seconds
        attributes = {"path": PREFIX, "httponly": True, "samesite": "Strict", "max-age": max_age}
        return {**attributes, "secure": True} if self.settings.secure_cookie else attributes

    async def _message(self, request: Request, on_new_message: OnNewMessage) -> HTTPResponse:
        sender_id = self._sender(request)
        body = await self._body(request)
        text, metadata = self._said(sender_id, body)
        self._take(self._by_address, caller_address(request))
        self._take(self._by_sender, sender_id)
        agent = ready_agent(request, self.settings.texts.failed)
        collector = TurnCollector()
        message_id = self._message_id(body)
        message = UserMessage(
            text, collector, sender_id, input_channel=self.name(), message_id=message_id, metadata=metadata
        )
        await self._run(sender_id, message, on_new_message)
        tracker = await agent.tracker_store.retrieve(sender_id)
        handed_over = bool(tracker and tracker.is_paused())
        shown = self._presenter.live(sender_id, message_id, collector.messages)
        if not shown and not handed_over:
            shown = [self._presenter.said_by_channel(self.settings.texts.no_answer)]
        return response.json({"message_id": message_id, "messages": shown, "handed_over": handed_over})

    async def _run(self, sender_id: str, message: UserMessage, on_new_message: OnNewMessage) -> None:
        texts = self.settings.texts

        async def turn() -> None:
            await on_new_message(message)

        try:
            await self._turns.run(sender_id, turn())
        except TurnRunning:
            raise Refusal(409, "busy", texts.busy, retry_after_seconds=2) from None
        except TurnTooSlow:
            raise Refusal(504, "slow", texts.slow) from None
        except TurnFailed:
            raise Refusal(503, "failed", texts.failed) from None

    async def _history(self, request: Request) -> HTTPResponse:
        sender_id = self._sender(request)
        self._take(self._reads, sender_id)
        store = ready_agent(request, self.settings.texts.failed).tracker_store
        after = self._after(request)
        # A page that opens shows earlier sessions too; one that waits needs only the latest: cheaper.
        tracker = await (store.retrieve(sender_id) if after else store.retrieve_full_tracker(sender_id))
        events = list(tracker.events) if tracker else []
        entries = history.conversation(events)[-_HISTORY_LENGTH:]
        values = history.feedback_values(events)
        shown = [self._presenter.entry(sender_id, entry, values) for entry in entries if entry.time > after]
        cursor = max([after, *(entry.time for entry in entries)])
        paused = bool(tracker and tracker.is_paused())
        busy = self._turns.is_running(sender_id)
        return response.json({"messages": shown, "handed_over": paused, "busy": busy, "cursor": cursor})

    async def _feedback(self, request: Request) -> HTTPResponse:
        sender_id = self._sender(request)
        body = await self._body(request)
        message_id, value = body.get("message_id"), body.get("value")
        if not isinstance(message_id, str) or value not in _FEEDBACK_VALUES:
            raise Refusal(400, "bad_request", self.settings.texts.bad_request)
        self._take(self._reads, sender_id)
        agent = ready_agent(request, self.settings.texts.failed)
        async with agent.lock_store.lock(sender_id, wait_time_in_seconds=0.05):
            tracker = await agent.tracker_store.retrieve_full_tracker(sender_id)
            entries = history.conversation(tracker.events) if tracker else []
            if not any(entry.message_id == message_id and entry.author != "customer" for entry in entries):
                raise Refusal(404, "not_found", self.settings.texts.bad_request)
            tracker = await agent.tracker_store.retrieve(sender_id) or tracker
            feedback = {"message_id": message_id, "value": value, "time": time.time()}
            tracker.update(SlotSet(history.FEEDBACK_SLOT, feedback), agent.domain)
            await agent.tracker_store.save(tracker)
        return response.json({"saved": True})

    def _said(self, sender_id: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Returns what Rasa gets as the customer's message, and its metadata."""
        texts, limit = self.settings.texts, self.settings.max_text_length
        token, text = body.get("payload"), body.get("text")
        if isinstance(token, str):
            button = self._sealer.open(sender_id, token)
            if button is None:
                raise Refusal(403, "bad_button", texts.bad_button)
            return button.payload, {history.TITLE_KEY: button.title}
        if not isinstance(text, str):
            raise Refusal(400, "bad_request", texts.bad_request)
        text = as_plain_text(clean_text(text))
        if len(text) > limit:
            raise Refusal(413, "too_long", texts.too_long.replace("{limit}", f"{limit:,}"))
        if not text:
            raise Refusal(400, "empty", texts.empty)
        return text, {}

    async def _body(self, request: Request) -> dict[str, Any]:
        texts = self.settings.texts
        require_same_origin(request, texts.bad_request)
        too_long = texts.too_long.replace("{limit}", f"{self.settings.max_text_length:,}")
        return await read_json(request, self.settings.max_body_bytes, too_long, texts.bad_request)

    def _sender(self, request: Request) -> str:
        sender_id = self._signer.read(request.cookies.get(COOKIE))
        if sender_id is None:
            raise Refusal(401, "no_session", self.settings.texts.no_session)
        return sender_id

    def _take(self, buckets: TokenBuckets, key: str) -> None:
        if wait_seconds := buckets.take(key):
            raise Refusal(429, "too_fast", self.settings.texts.too_fast, retry_after_seconds=wait_seconds)

    def _after(self, request: Request) -> float:
        try:
            return float(request.args.get("after") or 0)
        except ValueError:
            raise Refusal(400, "bad_request", self.settings.texts.bad_request) from None

    @staticmethod
    def _message_id(body: dict[str, Any]) -> str:
        """The page names its messages, so that after a lost answer it can see whether one has arrived."""
        proposed = body.get("id")
        return proposed if isinstance(proposed, str) and _MESSAGE_ID.fullmatch(proposed) else uuid.uuid4().hex
