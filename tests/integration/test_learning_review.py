"""From conversations to data that Rasa takes: harvested, proposed, reviewed by people, written."""

from __future__ import annotations

import json
import os
import pty
import select
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from learning.review.item import Item
from learning.review.queue import delete_items, find_items
from learning.store import LearningStore
from tests.integration.home import RAPPORT, Home, free_port, until

MARKUP = 'please [engrave](order_number){"entity": "size"} ${HOME} on it - gizmo'
WANTS = (
    "can you engrave a name on a bottle",
    "is there room for a camper van outside",
    "i lost a glove at your place last week",
    "could i borrow a tent for a weekend",
    "do you buy old rucksacks from people",
    "who wrote the song in your video",
    MARKUP,
)

# The real model and actions, and the tracker store of endpoints.yml, without servers.
TALK = """
import json, sys
from rapport.engine_files import ENDPOINTS, read_yaml
from rapport.project import enter_project
from rapport.rehearsing import rehearsing
from rapport.training import latest_model

settings = enter_project()
model = latest_model(settings.server.models_folder)
with rehearsing(settings, model, read_yaml(ENDPOINTS)["tracker_store"]) as converse:
    for number, want in enumerate(json.loads(sys.argv[1])):
        converse(f"customer-{number}", [want, "that is not what i meant"])
"""
TIMEOUT_SECONDS = 600


class Reviews:
    """The JSON interface of reviews, as a console uses it."""

    def __init__(self, home: Home) -> None:
        self.port = free_port()
        self.store = LearningStore(f"sqlite:///{home.folder}/var/learning.db")
        home.start("learn", "serve", "--port", str(self.port))
        self.http = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=TIMEOUT_SECONDS, trust_env=False
        )
        until(self._answers, "reviews are served", TIMEOUT_SECONDS)
        self.key = {"Authorization": f"Bearer {home.key}"}

    def _answers(self) -> bool:
        try:
            return self.http.get("/items").status_code == 401
        except httpx.HTTPError:
            return False

    def items(self) -> list[Item]:
        """Labels that nobody has judged yet, in the order in which they are shown."""
        answer = self.http.get("/items?kind=label", headers=self.key)
        shown = [one["id"] for one in answer.json()["items"]]
        found = {item.id: item for item in find_items(self.store, ["open"], without_verdict_of="rita")}
        return [found[name] for name in shown if name in found]

    def says(self, item: str, reviewer: str, verdict: str, how: str = "review", **value: str) -> Any:
        """Gives a verdict; what came of it."""
        body = {"reviewer": reviewer, "verdict": verdict, **({"value": value} if value else {})}
        return self.http.post(f"/items/{item}/{how}", json=body, headers=self.key).json()


@pytest.fixture(scope="module")
def shop(homes: Callable[..., Home]) -> Home:
    """A project whose assistant customers have talked to, and whose items two reviewers must agree on."""
    made = homes("review", copied=("data", "domain"))
    settings = made.folder / "rapport.yml"
    text = settings.read_text(encoding="utf-8")
    settings.unlink()
    settings.write_text(text.replace("reviewers: 1 ", "reviewers: 2 "), encoding="utf-8")
    talked = subprocess.run(
        [sys.executable, "-c", TALK, json.dumps(WANTS)],
        cwd=made.folder,
        env=made.environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert talked.returncode == 0, talked.stderr
    return made


@pytest.fixture(scope="module")
def harvested(shop: Home) -> dict[str, Any]:
    """A harvest while a conversation is being written, with events that no harvest has seen before."""
    file = shop.folder / "var/tracker.db"
    with sqlite3.connect(file) as foreign:
        later = {"event": "user", "text": "from a later Rasa", "parse_data": None, "timestamp": time.time()}
        for data in ('{"event": "user", "te', '["no", "event"]', '{"event": "hologram"}', json.dumps(later)):
            foreign.execute("insert into events (sender_id, type_name, data) values ('x', 'user', ?)", [data])
    writing = sqlite3.connect(file, isolation_level=None)
    writing.execute("begin immediate")
    half = {"event": "user", "text": "half of a turn", "timestamp": time.time()}
    row = ["y", "user", json.dumps(half)]
    writing.execute("insert into events (sender_id, type_name, data) values (?, ?, ?)", row)
    first = shop.run("learn", "harvest", "--json", timeout_seconds=TIMEOUT_SECONDS)
    writing.execute("commit")
    writing.close()
    assert first.returncode == 0, first.stderr
    second = shop.run("learn", "harvest", "--json", timeout_seconds=TIMEOUT_SECONDS)
    assert second.returncode == 0, second.stderr
    return {"first": json.loads(first.stdout), "second": json.loads(second.stdout)}


@pytest.fixture(scope="module")
def reviews(shop: Home, harvested: dict[str, Any]) -> Iterator[Reviews]:
    proposed = shop.run("learn", "propose", "--json", timeout_seconds=TIMEOUT_SECONDS)
    assert proposed.returncode == 0, proposed.stderr
    assert sum(json.loads(proposed.stdout)["new"].values()) >= len(WANTS), proposed.stdout
    found = Reviews(shop)
    yield found
    found.http.close()
    found.store.engine.dispose()


def keys_in(file: Path) -> set[str]:
    """Of the vectors that are kept."""
    with np.load(file) as found:
        return set(found["keys"].tolist())


def test_what_is_being_written_or_foreign_ends_no_harvest(harvested: dict[str, Any]) -> None:
    first, second = harvested["first"], harvested["second"]
    assert first["turns"] >= 2 * len(WANTS) and first["broken"] == 2
    assert second["turns"] == 1  # the half of a turn, now that it is written


def test_a_second_proposal_changes_nothing_and_encodes_nothing(shop: Home, reviews: Reviews) -> None:
    file = shop.folder / "var/learning-vectors.npz"
    before, encoded = [item.id for item in reviews.items()], keys_in(file)
    again = shop.run("learn", "propose", "--json", timeout_seconds=TIMEOUT_SECONDS)
    assert json.loads(again.stdout)["new"] == {}
    assert [item.id for item in reviews.items()] == before
    assert encoded and keys_in(file) <= encoded


def test_what_cannot_be_taken_is_refused_and_changes_nothing(reviews: Reviews) -> None:
    before = reviews.items()
    path = f"/items/{before[0].id}/review"
    accept = {"reviewer": "rita", "verdict": "accept"}
    answers = [
        reviews.http.post(path, json=accept),
        reviews.http.post(path, json=accept, headers={"Authorization": "Bearer guessed"}),
        reviews.http.post(path, content=b"x" * 1_000_000, headers=reviews.key),
        reviews.http.post(path, content=b'{"reviewer": "ri', headers=reviews.key),
        reviews.http.post("/items/no-such-item/review", json=accept, headers=reviews.key),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 413, 400, 404]
    assert all(answer.json()["error"] and "Traceback" not in answer.text for answer in answers)
    assert [item.id for item in reviews.items()] == [item.id for item in before]


def test_two_who_disagree_and_whoever_settles_it(reviews: Reviews) -> None:
    item = next(one for one in reviews.items() if one.text == MARKUP)
    assert reviews.says(item.id, "rita", "change", intent="inform")["status"] == "open"
    assert reviews.says(item.id, "sam", "reject")["status"] == "disputed"
    settled = reviews.says(item.id, "lead", "change", "settle", intent="open_ticket")
    assert settled["status"] == "accepted"
    assert "error" in reviews.says(item.id, "lead", "accept", "settle")


def test_two_at_the_same_time_on_one_item_are_both_heard(reviews: Reviews) -> None:
    item = reviews.items()[0]
    gate, said = threading.Barrier(2), []

    def judge(reviewer: str) -> None:
        gate.wait()
        said.append(reviews.says(item.id, reviewer, "change", intent="out_of_scope")["status"])

    threads = [threading.Thread(target=judge, args=[name]) for name in ("rita", "sam")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["accepted", "open"]
    whole = reviews.http.get(f"/items/{item.id}", headers=reviews.key).json()
    assert {one["reviewer"] for one in whole["reviews"]} == {"rita", "sam"}


def test_a_deleted_item_is_gone(reviews: Reviews) -> None:
    item = reviews.items()[-1]
    with reviews.store.writing() as connection:
        delete_items([item.id], connection)
    answer = reviews.http.post(
        f"/items/{item.id}/review", json={"reviewer": "rita", "verdict": "accept"}, headers=reviews.key
    )
    assert answer.status_code == 404 and "is gone" in answer.json()["error"]


class Terminal:
    """A program in a terminal of its own, and somebody who types."""

    def __init__(self, home: Home, *arguments: str) -> None:
        self.ours, theirs = pty.openpty()
        self.program = subprocess.Popen(
            [str(RAPPORT), *arguments],
            cwd=home.folder,
            env={**home.environment(), "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        home.programs.append(self.program)
        os.close(theirs)
        self.shown = ""

    def waits_for(self, text: str, seconds: float = TIMEOUT_SECONDS) -> str:
        """Reads until a text is shown; what was shown up to there."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            assert time.monotonic() < end, f"{text!r} was not shown:\n{self.shown}"
            if select.select([self.ours], [], [], 0.5)[0]:
                try:
                    self.shown += os.read(self.ours, 65_536).decode("utf-8", "replace")
                except OSError:  # the program has ended
                    assert text in self.shown, f"it ended without {text!r}:\n{self.shown}"
        before, self.shown = self.shown.split(text, 1)
        return before

    def types(self, keys: str) -> None:
        os.write(self.ours, keys.encode())


def test_a_reviewer_in_a_terminal_picks_an_intent_with_the_tab_key(shop: Home, reviews: Reviews) -> None:
    first = reviews.items()[0]
    terminal = Terminal(shop, "learn", "review", "--reviewer", "rita", "--kind", "label")
    assert first.text in terminal.waits_for("? help")
    terminal.types("?\n")
    terminal.waits_for("everything until now is kept")
    terminal.waits_for("> ")
    terminal.types("c\n")
    terminal.waits_for("(empty: none): ")
    terminal.types("out_of_sc\t\n")
    terminal.waits_for("open")  # one of two has said so
    terminal.waits_for("> ")
    terminal.types("\x04")
    terminal.waits_for("items were judged by rita")
    assert terminal.program.wait(TIMEOUT_SECONDS) == 0
    assert reviews.says(first.id, "sam", "change", intent="out_of_scope")["status"] == "accepted"


def test_what_was_accepted_is_written_and_rasa_takes_it(shop: Home, reviews: Reviews) -> None:
    written = shop.run("learn", "write", timeout_seconds=TIMEOUT_SECONDS)
    assert written.returncode == 0, written.stderr
    learned = (shop.folder / "data/learned/nlu.yml").read_text(encoding="utf-8")
    assert "(engrave)(order_number)" in learned and "$ {HOME}" in learned
    assert learned.count("intent: out_of_scope") == 1
    listed = shop.run("learn", "datasets", timeout_seconds=TIMEOUT_SECONDS)
    assert time.strftime("%Y-%m-%d") in listed.stdout

    rasa = Path(sys.executable).with_name("rasa")
    validated = subprocess.run(
        [str(rasa), "data", "validate", "--domain", "domain", "--data", "data"],
        cwd=shop.folder,
        env=shop.environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert validated.returncode == 0, validated.stderr
