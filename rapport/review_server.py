"""Reviews over HTTP: `rapport learn serve`, on this machine alone, for a console or a script.

| request | answer |
|---|---|
| `GET /items?kind=&status=&limit=` | `{"items": […]}`, in the order in which they are best answered |
| `GET /items/<id>` | the item with `turns` and `reviews` |
| `POST /items/<id>/review` `{"reviewer", "verdict", "value", "note"}` | the item as it is then |
| `GET /disputes` | items on which reviewers disagree |
| `POST /items/<id>/settle` `{"reviewer", "verdict", "value", "note"}` | the item as it is then |

Of an item with `first` and `second` the better answer is chosen: verdict `change`, value
`{"better": "first"}` or `{"better": "second"}`; `reject` says that both are bad. Who wrote which is told once
it is decided.

All need `Authorization: Bearer …` with the key in var/secrets/api.key. A server of its own, for the action
server knows nothing of learning, and reviews must not slow customers' answers. Errors are `{"error": "…"}`:
400 for what cannot be taken, 401 without the key, 404 for what is gone, 413 for what is too long.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse, json

from learning.errors import GoneError, LearningError, ReviewError
from learning.learned import ANSWER, KINDS
from learning.review.comparing import as_shown
from learning.review.item import DISPUTED, STATUSES, UNDECIDED, Item
from learning.review.queue import find_items, get_item, reviews_of, turns_of_item
from learning.review.verdicts import Verdict, review, settle
from learning.store import LearningStore
from rapport.console import console
from rapport.errors import RapportError
from rapport.learned import write
from rapport.review import check_choice, open_store, rules
from rapport.review_order import ReviewOrder
from rapport.secret_files import API_KEY, make_secrets, read_secret
from rapport.settings import Settings

HOST = "127.0.0.1"
# Bytes of a request: an article of 50,000 letters and its questions fit.
LARGEST_REQUEST = 400_000
_MOST = 500


def serve(settings: Settings, port: int) -> None:
    """Serves reviews on loopback until the process is told to stop."""
    make_secrets()
    console.print(f"Reviews on http://{HOST}:{port}/items, with the key in {API_KEY}. Ctrl-C ends it.")
    app = make_app(settings, read_secret(API_KEY))
    app.run(host=HOST, port=port, workers=1, access_log=False, motd=False)


def make_app(settings: Settings, key: str, name: str = "reviews") -> Sanic:
    """The app.

    Args:
        settings: where items are, and how they are decided.
        key: what callers must send.
        name: of the app in this process.
    """
    app = Sanic(name)
    app.config.REQUEST_MAX_SIZE = LARGEST_REQUEST
    store = open_store(settings)

    @app.middleware("request")
    async def guard(request: Request) -> HTTPResponse | None:
        if hmac.compare_digest((request.token or "").encode(), key.encode()):
            return None
        return json({"error": f"this needs the key in {API_KEY}: send `Authorization: Bearer …`"}, status=401)

    @app.exception(Exception)
    async def failed(request: Request, error: Exception) -> HTTPResponse:
        return _refusal(error)

    _add_reading(app, store, ReviewOrder(settings, store))
    _add_judging(app, store, settings)
    return app


def _add_reading(app: Sanic, store: LearningStore, order: ReviewOrder) -> None:
    def next_of(kind: str, limit: int) -> list[Item]:
        return order.next(find_items(store, UNDECIDED, kind), count=limit)

    @app.get("/items")
    async def items(request: Request) -> HTTPResponse:
        kind, status = request.args.get("kind", ""), request.args.get("status", "")
        check_choice("kind", kind, KINDS)
        check_choice("status", status, STATUSES)
        limit = _count(request.args.get("limit", "50"))
        asked = (find_items, store, [status], kind, limit) if status else (next_of, kind, limit)
        found = await asyncio.to_thread(*asked)
        return json({"items": [asdict(as_shown(item)) for item in found]})

    @app.get("/disputes")
    async def disputes(request: Request) -> HTTPResponse:
        found = await asyncio.to_thread(find_items, store, [DISPUTED])
        return json({"items": [asdict(as_shown(item)) for item in found]})

    @app.get("/items/<name:str>")
    async def item(request: Request, name: str) -> HTTPResponse:
        return json(await asyncio.to_thread(_whole, store, name))


def _add_judging(app: Sanic, store: LearningStore, settings: Settings) -> None:
    def judge(take: Callable[..., Item], name: str, body: Any) -> dict[str, Any]:
        after = take(store, name, _verdict(body), rules(settings, store), time.time())
        if after.kind == ANSWER:
            write(settings, kinds=(ANSWER,))
        return asdict(as_shown(after))

    @app.post("/items/<name:str>/review")
    async def review_item(request: Request, name: str) -> HTTPResponse:
        return json(await asyncio.to_thread(judge, review, name, request.json))

    @app.post("/items/<name:str>/settle")
    async def settle_item(request: Request, name: str) -> HTTPResponse:
        return json(await asyncio.to_thread(judge, settle, name, request.json))


def _whole(store: LearningStore, name: str) -> dict[str, Any]:
    found = get_item(store, name)
    with store.engine.connect() as connection:
        turns, said = turns_of_item(name, connection), reviews_of(name, connection)
    shown = [
        {"id": turn.id, "conversation": turn.conversation, "text": turn.text, "reply": turn.reply}
        for turn in turns
    ]
    return {**asdict(as_shown(found)), "turns": shown, "reviews": [asdict(one) for one in said]}


def _verdict(body: Any) -> Verdict:
    """The verdict in a request.

    Raises:
        ReviewError: it is not shaped like one.
    """
    told = body if isinstance(body, dict) else {}
    value = told.get("value")
    if not isinstance(told.get("verdict"), str) or not (value is None or isinstance(value, dict)):
        raise ReviewError('Send {"reviewer": "…", "verdict": "accept", "value": {…} where it is changed}.')
    return Verdict(str(told.get("reviewer") or ""), told["verdict"], value, str(told.get("note") or ""))


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise ReviewError(f"limit is {text[:20]!r}: give a number from 1 to {_MOST}.")
    return int(text)


def _refusal(error: Exception) -> HTTPResponse:
    """What went wrong, as one sentence; never a traceback."""
    if isinstance(error, SanicException):
        return json({"error": str(error)}, status=error.status_code or 500)
    if isinstance(error, GoneError):
        return json({"error": str(error)}, status=404)
    if isinstance(error, ReviewError | RapportError):
        return json({"error": str(error)}, status=400)
    if isinstance(error, LearningError):
        return json({"error": str(error)}, status=503)
    return json({"error": f"this should not happen: {type(error).__name__}"}, status=500)
