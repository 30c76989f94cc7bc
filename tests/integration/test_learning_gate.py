"""A canary beside the stable model: conversations stay on their side, and nobody notices its death."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from learning.rollout.registry import CANARY, PASSED, RASA, STABLE, Candidate, Registry, checksum
from learning.rollout.split import on_canary
from learning.store import LearningStore
from rapport.training import latest_model, parts_file
from tests.integration.home import Home, free_port, until

SHARE = 0.3


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
    variables = {
        **home.environment(),
        "RAPPORT_ROLLOUT__AFTER_GATE": "canary",
        "RAPPORT_ROLLOUT__SHARE": str(SHARE),
        "RAPPORT_SERVER__STABLE_PORT": str(free_port()),
        "RAPPORT_SERVER__CANARY_PORT": str(free_port()),
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
    drawn = [name for n in range(500) if on_canary(name := f"ada-{n}", SHARE, "next") is on]
    return drawn[number]


def model_that_answers(home: Home, name: str) -> str:
    """Says hello, and tells which model that was for."""
    body = {"sender": name, "message": "hello"}
    answer = httpx.post(f"{home.rasa}/webhooks/rest/webhook", json=body, timeout=40, trust_env=False)
    assert answer.status_code == 200 and answer.json()[0]["text"], answer.text
    rows = home.rows("tracker.db", "select data from events where sender_id = ? order by id", name)
    said = [event for (data,) in rows if (event := json.loads(str(data)))["event"] == "user"]
    return str(said[-1]["metadata"]["model_id"])


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

    process = canary_process(shared)
    assert process is not None
    process.kill()
    assert [model_that_answers(shared, sender(True, n)) for n in range(4)] == [first] * 4

    promoted = shared.run("learn", "promote", "next")
    assert promoted.returncode == 0, promoted.stderr
    assert {model_that_answers(shared, sender(on)) for on in (True, False)} == {"the-next-model"}
    assert registry_of(shared).get("next").status == STABLE
    assert registry_of(shared).current(CANARY) is None

    back = shared.run("learn", "rollback", "--why", "to see whether it goes")
    assert back.returncode == 0, back.stderr
    assert model_that_answers(shared, sender(True)) == first


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
