"""The action server's process: rasa_sdk's app, and the knowledge that it owns, on one address.

| request | who may | answer |
|---|---|---|
| `POST /webhook` | on loopback anyone, elsewhere the token | what an action says and changes (Rasa asks) |
| `GET /actions` | as above | names of the actions |
| `GET /health` | anyone | `{"status": "ok"}`; 503 with what does not answer |
| `POST /knowledge/ask` `{"question", "history", "as_of"}` | the token | `{"found", "text", "citations", …}` |
| `POST /knowledge/report` `{"questions"}` | the token | what is wrong with the knowledge |
| `POST /knowledge/index` `{"rebuild", "file"}` | the token | what the update of the index did |

The token comes as `Authorization: Bearer …` or, as Rasa's `endpoints.yml` sends it, as `?token=…`.
"""

import asyncio
import hmac
import ipaddress
from dataclasses import replace
from typing import Any

import structlog
from rasa_sdk.endpoint import create_app as create_sdk_app
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions.context import Services, configure, current
from actions.crm.backend import CrmError
from actions.shop.backend import ShopError
from actions.wording import citation_values
from llm.errors import LlmError

logger = structlog.get_logger(__name__)

LONGEST_QUESTION = 2000


class UnsafeAddress(ValueError):
    """The server would be reachable from elsewhere without a token."""


def run(services: Services, host: str = "127.0.0.1", port: int = 5055, token: str | None = None) -> None:
    """Serve until the process is told to stop.

    Args:
        services: What actions work with.
        host: An address of this machine; anything but loopback needs a token.
        port: Where to listen.
        token: Opens the knowledge routes and, beyond loopback, all others.

    Raises:
        UnsafeAddress: the host is not loopback and there is no token.
    """
    app = create_app(services, host, token)
    logger.info("actions.server.started", host=host, port=port)
    app.run(host=host, port=port, workers=1, access_log=False, motd=False)


def create_app(services: Services, host: str = "127.0.0.1", token: str | None = None) -> Sanic:
    """The app, with every action of this package registered.

    Raises:
        UnsafeAddress: the host is not loopback and there is no token.
    """
    local = is_loopback(host)
    if not local and not token:
        raise UnsafeAddress(
            f"the action server would listen on {host} for everyone: set a token, or use 127.0.0.1"
        )
    configure(services)
    app = create_sdk_app("actions", cors_origins="")
    _guard(app, token, local)
    _add_knowledge_routes(app)
    return app


def is_loopback(host: str) -> bool:
    """True for an address that only this machine reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _guard(app: Sanic, token: str | None, local: bool) -> None:
    @app.middleware("request")
    async def guard(request: Request) -> HTTPResponse | None:
        # rasa_sdk has a /health of its own that looks at nothing.
        if request.path == "/health":
            return await asyncio.to_thread(_health, current())
        open_to_all = local and not request.path.startswith("/knowledge")
        if open_to_all or _has_token(request, token):
            return None
        return json(
            {"error": "this needs the action server's token: send `Authorization: Bearer …`"}, status=401
        )


def _has_token(request: Request, token: str | None) -> bool:
    sent = request.token or request.args.get("token") or ""
    return bool(token) and hmac.compare_digest(sent.encode(), str(token).encode())


def _health(services: Services) -> HTTPResponse:
    problems: dict[str, str] = {}
    for name, ping in (("shop", services.shop.ping), ("crm", services.crm.ping)):
        try:
            ping()
        except (ShopError, CrmError) as error:
            problems[name] = str(error)
    knowledge = "ok" if services.answerer else "missing"
    if problems:
        return json({"status": "failing", "knowledge": knowledge, "problems": problems}, status=503)
    return json({"status": "ok", "knowledge": knowledge})


def _add_knowledge_routes(app: Sanic) -> None:
    @app.post("/knowledge/ask")
    async def ask(request: Request) -> HTTPResponse:
        body = request.json if isinstance(request.json, dict) else {}
        question, history = body.get("question"), body.get("history") or []
        if not isinstance(question, str) or not question.strip() or len(question) > LONGEST_QUESTION:
            return json({"error": f"send a question of 1 to {LONGEST_QUESTION} characters"}, status=400)
        as_of = str(body.get("as_of") or "")
        return await asyncio.to_thread(_answered, current(), question, [str(text) for text in history], as_of)

    @app.post("/knowledge/report")
    async def report(request: Request) -> HTTPResponse:
        body = request.json if isinstance(request.json, dict) else {}
        asked = [one for one in body.get("questions") or [] if isinstance(one, dict)]
        examine = current().examine
        if examine is None:
            return json({"error": "there is no knowledge: run `rapport index`"}, status=503)
        return json(await asyncio.to_thread(examine, asked))

    @app.post("/knowledge/index")
    async def index(request: Request) -> HTTPResponse:
        body = request.json if isinstance(request.json, dict) else {}
        rebuild, file = body.get("rebuild") is True, str(body.get("file") or "")
        return await asyncio.to_thread(_indexed, current(), rebuild, file)


def _answered(services: Services, question: str, history: list[str], as_of: str = "") -> HTTPResponse:
    if services.answerer is None or (as_of and services.past is None):
        return json(
            {"error": "there is no knowledge: check knowledge.folder, run `rapport index`"}, status=503
        )
    try:
        answerer = services.past(as_of) if as_of and services.past else services.answerer
        filters = replace(services.filters, day=as_of[:10])
        answer = answerer.answer(question, history, filters=filters)
    except LlmError as error:
        logger.error("knowledge.ask.failed", error=type(error).__name__, detail=str(error))
        return json({"error": str(error)}, status=422 if as_of else 503)
    result: dict[str, Any] = {
        "found": answer.found,
        "text": answer.text,
        "confidence": answer.confidence,
        "grounded": answer.grounded,
        "generator": answer.generator,
        "prompt": answer.prompt,
        "citations": [
            {**shown, "document": cited.document, "version": cited.version}
            for shown, cited in zip(citation_values(answer.citations, services), answer.citations)
        ],
    }
    return json(result)


def _indexed(services: Services, rebuild: bool, file: str) -> HTTPResponse:
    if services.reindex is None:
        return json({"error": "this server was started without a knowledge folder"}, status=503)
    try:
        return json(services.reindex(rebuild, file))
    except LlmError as error:
        logger.error("knowledge.index.failed", error=type(error).__name__, detail=str(error))
        return json({"error": str(error)}, status=422)
