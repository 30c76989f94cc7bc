"""Models side by side: conversations stay on their side, on any channel, and nobody notices a death."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from learning.rollout.registry import CANARY, PASSED, RASA, STABLE, Candidate, Registry, checksum
from learning.rollout.split import held_out, on_canary
from learning.store import LearningStore
from rapport.training import latest_model, parts_file
from tests.integration.home import Home, free_port, until

SHARE, HOLDOUT = 0.3, 0.2
SECRET = "signing secret"
# Answers to Slack go to a proxy that is not there: the tests have no network.
SLACK = f"""
slack:
  slack_token: xoxb-none
  slack_signing_secret: {SECRET}
  proxy: http://127.0.0.1:9
"""


def with_another_id(model: Path, target: Path, model_id: str) -> None:
    """The same model as if it had been trained once more."""
    with tarfile.open(model) as old, tarfile.open(target, "w:gz") as new:
        for member in old:
            content = old.extractfile(member)
            data = content.read() if content else b""
            if member.name.endswith("metadata.json"):
                data = json.dumps({**json.loads(data), "model_id": model_id}).encode()
                member.size = len(data)
            new.addfile(member, io.BytesIO(data) if content else None)


@pytest.fixture(scope="module")
def shared(homes: Callable[..., Home]) -> Iterator[Home]:
    """An assistant with an entry before Rasa, and a candidate that passed the gate."""
    patch = pytest.MonkeyPatch()
    home = homes("canary")
    (home.folder / "tests").symlink_to(Path(__file__).parents[1])
    credentials = home.folder / "credentials.yml"
    content = credentials.read_text()
    credentials.unlink()
    credentials.write_text(content + SLACK)
    variables = {
        **home.environment(),
        "RAPPORT_ROLLOUT__AFTER_GATE": "canary",
        "RAPPORT_ROLLOUT__SHARE": str(SHARE),
        "RAPPORT_ROLLOUT__HOLDOUT": str(HOLDOUT),
        "RAPPORT_SERVER__STABLE_PORT": str(free_port()),
        "RAPPORT_SERVER__CANARY_PORT": str(free_port()),
        "RAPPORT_SERVER__SHADOW_PORT": str(free_port()),
    }
    patch.setattr(Home, "environment", lambda _: variables)
    model = latest_model(home.folder / "models")
    assert model is not None
    file = home.folder / "var/candidates/next/next.tar.gz"
    file.parent.mkdir(parents=True)
    with_another_id(model, file, "the-next-model")
    shutil.copy2(parts_file(model), file.with_name("next.fingerprint.json"))
    report = {"model_id": "the-next-model"}
    registry_of(home).add(
        Candidate("next", RASA, PASSED, "var/candidates/next/next.tar.gz", checksum(file), report=report)
    )
    home.up()
    yield home
    patch.undo()


def registry_of(home: Home) -> Registry:
    return Registry(LearningStore(f"sqlite:///{home.folder}/var/learning.db"))


def sender(on: bool, number: int = 0) -> str:
    """One who is drawn for the canary, or one who is neither that nor held out."""
    names = [f"ada-{n}" for n in range(500)]
    drawn = [name for name in names if on_canary(name, SHARE, "next")]
    others = [name for name in names if name not in drawn and not held_out(name, HOLDOUT, "next")]
    return (drawn if on else others)[number]


def held(number: int = 0) -> str:
    return [name for n in range(500) if held_out(name := f"ada-{n}", HOLDOUT, "next")][number]


def model_that_answers(home: Home, name: str) -> str:
    """Says hello, and tells which model that was for."""
    body = {"sender": name, "message": "hello"}
    answer = httpx.post(f"{home.rasa}/webhooks/rest/webhook", json=body, timeout=40, trust_env=False)
    assert answer.status_code == 200 and answer.json()[0]["text"], answer.text
    return models_of(home, name)[-1]


def models_of(home: Home, name: str) -> list[str]:
    """Models for which the messages of a conversation were, in order."""
    rows = home.rows("tracker.db", "select data from events where sender_id = ? order by id", name)
    said = [event for (data,) in rows if (event := json.loads(str(data)))["event"] == "user"]
    return [str(event["metadata"]["model_id"]) for event in said]


def says_on_slack(home: Home, name: str, secret: str = SECRET, **headers: str) -> httpx.Response:
    """A direct message, signed as Slack signs it."""
    event = {"type": "message", "channel_type": "im", "channel": "D1", "user": name, "text": "hello"}
    body, stamp = json.dumps({"event": event, "authorizations": []}), str(int(time.time()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    signed = {
        "Content-Type": "application/json",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
    }
    url = f"{home.rasa}/webhooks/slack/webhook"
    return httpx.post(url, content=body, headers={**signed, **headers}, timeout=40, trust_env=False)


def canary_process(home: Home) -> psutil.Process | None:
    folder = ".canary"
    found = [
        one for one in home.running() if folder in one.environ().get("RAPPORT_SERVER__MODELS_FOLDER", "")
    ]
    return found[0] if found else None


def test_a_canary_from_its_beginning_to_its_promotion(shared: Home) -> None:
    first = model_that_answers(shared, sender(True))
    assert first == model_that_answers(shared, sender(False)) != "the-next-model"

    began = shared.run("learn", "canary", "next")
    assert began.returncode == 0, began.stderr
    until(lambda: model_that_answers(shared, sender(True)) == "the-next-model", "the canary answers", 120)
    assert [model_that_answers(shared, sender(True, n)) for n in (1, 2)] == ["the-next-model"] * 2
    assert [model_that_answers(shared, sender(False, n)) for n in (1, 2)] == [first] * 2

    check_slack(shared)

    process = canary_process(shared)
    assert process is not None
    process.kill()
    # What is under way then may have been read: it gets a 503, and is never had again by the other side.
    process.wait(10)
    assert [model_that_answers(shared, sender(True, n)) for n in range(4)] == [first] * 4

    promoted = shared.run("learn", "promote", "next")
    assert promoted.returncode == 0, promoted.stderr
    assert {model_that_answers(shared, sender(on)) for on in (True, False)} == {"the-next-model"}
    assert registry_of(shared).get("next").status == STABLE
    assert registry_of(shared).current(CANARY) is None

    until(lambda: model_that_answers(shared, held()) == first, "the holdout has the model before", 120)
    assert [model_that_answers(shared, held(n)) for n in (1, 2)] == [first] * 2
    assert {model_that_answers(shared, sender(on)) for on in (True, False)} == {"the-next-model"}
    assert "20% of the conversations stay with" in shared.run("learn", "models").stdout

    back = shared.run("learn", "rollback", "--why", "to see whether it goes")
    assert back.returncode == 0, back.stderr
    assert {model_that_answers(shared, name) for name in (sender(True), sender(False), held())} == {first}
    assert registry_of(shared).get("next").report["holdout"]["why"] == "to see whether it goes"


def check_slack(home: Home) -> None:
    """Slack is shared out as every channel; retries and signatures are Rasa's to judge."""
    assert answers_on_slack(home, sender(True, 5)) == ["canary"]
    assert answers_on_slack(home, sender(False, 5)) == ["rasa"]

    before = slack_answers(home)
    retry = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    again = says_on_slack(home, sender(True, 5), **retry)
    assert (again.status_code, again.headers["X-Slack-No-Retry"]) == (201, "1")
    assert says_on_slack(home, sender(True, 5), secret="another").status_code == 400
    assert slack_answers(home) == before


def answers_on_slack(home: Home, name: str) -> list[str]:
    """Who answers a customer on Slack, by the names of the logs."""
    before = slack_answers(home)
    assert says_on_slack(home, name).status_code == 200
    until(lambda: slack_answers(home) != before, "somebody answers on Slack", 60)
    return [program for program, count in slack_answers(home).items() if count != before[program]]


def slack_answers(home: Home) -> dict[str, int]:
    """How often each Rasa tried to answer on Slack, where the proxy refused it."""
    logs = {name: home.folder / f"var/log/{name}.log" for name in ("canary", "rasa")}
    return {name: log.read_text().count("ClientProxyConnectionError: ") for name, log in logs.items()}


def test_a_candidate_reads_along_and_does_nothing_else(shared: Home) -> None:
    began = shared.run("learn", "shadow", "next", "--live")
    assert began.returncode == 0, began.stderr

    def report() -> dict[str, Any]:
        model_that_answers(shared, "eve")
        time.sleep(3)  # readings are written every two seconds
        told = shared.run("learn", "shadow", "--report", "--json")
        return dict(json.loads(told.stdout)) if told.returncode == 0 else {"turns": 0}

    until(lambda: report()["turns"] >= 2, "the candidate reads along", 150)
    told = report()
    # It is the same model: what it reads differs nowhere.
    assert told["changed"] == [] and told["read"] >= told["turns"]
    assert "the-next-model" not in models_of(shared, "eve")
    asked = shared.rows("learning.db", "select * from shadow_readings")
    assert not any("hello" in str(value) or "eve" in str(value) for row in asked for value in row)

    assert shared.run("learn", "shadow", "--off").returncode == 0
    until(lambda: not any(".shadow" in one.environ().get("RAPPORT_SERVER__MODELS_FOLDER", "")
                          for one in shared.running()), "the candidate's Rasa ends")  # fmt: skip


def test_the_page_passes_the_entry_and_a_caller_elsewhere_is_not_taken_for_one_here(shared: Home) -> None:
    with httpx.Client(base_url=shared.rasa, trust_env=False, timeout=40) as visitor:
        assert visitor.get("/chat/").status_code == 200
        assert visitor.post("/chat/session", json={}).json()["new"]
        answered = visitor.post("/chat/messages", json={"text": "hello"})
        assert answered.status_code == 200 and answered.json()["messages"]
        assert visitor.get("/chat/history").json()["messages"]

    body = {"sender": "eve", "message": "hello"}
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    refused = httpx.post(
        f"{shared.rasa}/webhooks/rest/webhook", json=body, headers=elsewhere, trust_env=False
    )
    assert refused.status_code == 403
