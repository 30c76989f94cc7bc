"""The JSON interface of reviews."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from learning.datasets.records import accepted
from learning.learned import ANSWER, LABEL, PREFERENCE
from learning.review.comparing import Generation, comparison
from learning.review.queue import delete_items, find_items
from learning.stories.items import offer
from rapport.review import open_store
from rapport.review_server import make_app
from rapport.settings import Learning, Settings
from tests.unit.channels.harness import Server
from tests.unit.rapport.test_review import settings

__all__ = ["settings"]
KEY = {"Authorization": "Bearer secret"}
NAMES = itertools.count()
Client = httpx.Client


@pytest.fixture
def client(settings: Settings) -> Iterator[Client]:
    two = Settings(learning=Learning(reviewers=2))
    server = Server(None, [])  # type: ignore[arg-type]
    server.app = make_app(two, "secret", f"reviews{next(NAMES)}")
    with httpx.Client(base_url=server.start().url, trust_env=False) as found:
        yield found
    server.stop()


def call(
    client: Client, method: str, path: str, headers: dict[str, str] = KEY, **given: Any
) -> tuple[int, Any]:
    response = getattr(client, method)(path, headers=headers, **given)
    return response.status_code, response.json()


def test_nothing_without_the_key(client: Client) -> None:
    for headers in ({}, {"Authorization": "Bearer secre"}):
        status, told = call(client, "get", "/items", headers)
        assert status == 401 and "api.key" in told["error"]


def test_items_are_listed_read_and_judged_by_two(client: Client, settings: Settings) -> None:
    status, told = call(client, "get", "/items?kind=answer&limit=5")
    assert status == 200 and [item["kind"] for item in told["items"]] == [ANSWER]
    path = f"/items/{told['items'][0]['id']}"
    status, item = call(client, "get", path)
    assert item["turns"][0]["reply"] == "£9.\n£3.95." and item["reviews"] == []
    assert (
        call(client, "post", f"{path}/review", json={"reviewer": "rita", "verdict": "accept"})[1]["status"]
        == "open"
    )
    changed = {"reviewer": "sam", "verdict": "change", "value": {"answer": "£4."}}
    assert call(client, "post", f"{path}/review", json=changed)[1]["status"] == "disputed"
    assert len(call(client, "get", "/disputes")[1]["items"]) == 1
    status, told = call(client, "post", f"{path}/settle", json={"reviewer": "lead", "verdict": "accept"})
    assert (status, told["status"]) == (200, "accepted")
    assert "£3.95." in Path("data/learned/overrides.yml").read_text(encoding="utf-8")


def test_what_cannot_be_taken_is_a_sentence_and_changes_nothing(client: Client, settings: Settings) -> None:
    store = open_store(settings)
    (label,) = find_items(store, kind=LABEL)
    path = f"/items/{label.id}/review"
    for body, sentence in (
        ({"verdict": "accept"}, "reviewer's name"),
        ({"reviewer": "rita", "verdict": "sure"}, "no verdict"),
        ({"reviewer": "rita", "verdict": "change", "value": {"intent": "zzz"}}, "no intent"),
        ({"reviewer": "rita", "verdict": "change", "value": []}, "Send"),
        ([], "Send"),
    ):
        status, told = call(client, "post", path, json=body)
        assert status == 400 and sentence in told["error"], told
    assert call(client, "post", path, content="{")[0] == 400
    assert call(client, "post", path, content="x" * 1_000_000)[0] == 413
    assert call(client, "get", "/items?limit=0")[0] == 400 and call(client, "get", "/items?kind=x")[0] == 400
    with store.writing() as connection:
        delete_items([label.id], connection)
    status, told = call(client, "post", path, json={"reviewer": "rita", "verdict": "accept"})
    assert status == 404 and "is gone" in told["error"]
    assert call(client, "get", f"/items/{label.id}")[0] == 404 and not accepted(store)


def test_the_better_of_two_answers_is_chosen_unseen_who_wrote_it(client: Client, settings: Settings) -> None:
    store = open_store(settings)
    (turn,) = (one for one in store.turns() if one.id == "t1")
    shown = (Generation("£3.95.", "openai a"), Generation("It is £3.95.", "openai b temperature=0.8"))
    offer(store, comparison(turn, shown), 1.0)
    listed = call(client, "get", "/items?kind=preference")[1]["items"]
    path = f"/items/{listed[0]['id']}"
    assert "openai" not in str([listed, call(client, "get", path)[1]])
    status, told = call(client, "post", f"{path}/review", json={"reviewer": "rita", "verdict": "accept"})
    assert status == 400 and "which answer is better" in told["error"]
    better = {"verdict": "change", "value": {"better": "second"}}
    for reviewer in ("rita", "sam"):
        told = call(client, "post", f"{path}/review", json={"reviewer": reviewer, **better})[1]
    assert told["status"] == "accepted" and "openai" in str(told)
    (pair,) = (one.content for one in accepted(store) if one.kind == PREFERENCE)
    assert (pair["chosen"], pair["rejected"]) == ("It is £3.95.", "£3.95.")
    assert pair["chosen_was_shown"] == "second" and pair["chosen_by"] == "openai b temperature=0.8"
