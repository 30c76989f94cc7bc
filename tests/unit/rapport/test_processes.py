"""What the two servers are started with."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
import structlog
from structlog.testing import capture_logs

from llm.generators.openai_server import OpenAIServer
from llm.generators.prompted import PromptedGenerator
from rapport.actions_process import make_services, present, warm_up_beside
from rapport.engine_files import OUR_ENDPOINTS, endpoints_for, read_yaml
from rapport.errors import RapportError
from rapport.handing_back import hand_back
from rapport.rasa_process import arguments, hide_deprecations
from rapport.secret_files import API_KEY, make_secrets, read_secret
from rapport.settings import Encoder, Server, Settings, Shop
from rapport.steps import seed_shop
from tests.unit.llm.chat_server import chat_server, hangs_after, refuses, says

ENDPOINTS = "action_endpoint:\n  url: http://127.0.0.1:5055/webhook\n  enable_selective_domain: true\n"


@pytest.fixture
def endpoints(project: Path) -> None:
    """Rasa's endpoints.yml with the default port."""
    Path("endpoints.yml").write_text(ENDPOINTS, encoding="utf-8")


@pytest.mark.usefixtures("endpoints")
def test_rasa_is_started_on_loopback_with_the_api_behind_the_key(project: Path) -> None:
    Path("models").mkdir()
    Path("models/new.tar.gz").touch()
    line = " ".join(arguments(Settings(), "the-key"))
    assert "--enable-api --auth-token the-key" in line
    assert "--interface 127.0.0.1 --port 5005" in line
    assert "--model models/new.tar.gz" in line
    assert "--endpoints endpoints.yml --credentials credentials.yml" in line


@pytest.mark.usefixtures("endpoints")
def test_without_a_model_it_is_said_what_to_do(project: Path) -> None:
    with pytest.raises(RapportError, match=r"no model in models/: run `rapport train`"):
        arguments(Settings(), "the-key")


@pytest.mark.usefixtures("endpoints")
def test_another_port_of_the_action_server_reaches_rasa(project: Path) -> None:
    assert endpoints_for(Settings()) == Path("endpoints.yml")
    assert endpoints_for(Settings(server=Server(actions_port=6055))) == OUR_ENDPOINTS
    written = read_yaml(OUR_ENDPOINTS)["action_endpoint"]
    assert written == {"url": "http://127.0.0.1:6055/webhook", "enable_selective_domain": True}


def test_only_deprecations_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(warnings, "showwarning", lambda message, *_: shown.append(str(message)))
    hide_deprecations()
    for category, text in ((DeprecationWarning, "old call"), (UserWarning, "no such slot")):
        warnings.showwarning(category(text), category, "x.py", 1)
    assert shown == ["no such slot"]


def test_actions_work_without_knowledge(project: Path) -> None:
    settings = Settings(encoder=Encoder(model="nowhere"), shop=Shop(today=date(2026, 5, 18)))
    seed_shop(settings)
    with ExitStack() as resources:
        services = make_services(settings, resources)
        assert services.answerer is None and services.filters.audiences == frozenset()
        assert services.today == date(2026, 5, 18)
        services.shop.ping()
        services.crm.ping()


def test_the_demo_day_keeps_the_time_of_the_clock() -> None:
    moment = present(date(2026, 5, 18))
    assert (moment.date(), moment.tzinfo) == (date(2026, 5, 18), UTC)
    assert abs((present(None) - datetime.now(UTC)).total_seconds()) < 5


@pytest.mark.parametrize(("paused", "open_in_crm"), [(True, True), (True, False), (False, True)])
def test_a_conversation_is_handed_back_in_rasa_and_in_the_crm(
    project: Path, serving: Callable[..., Any], paused: bool, open_in_crm: bool
) -> None:
    from actions.crm.embedded import EmbeddedCrm
    from actions.shop.database import make_engine

    make_secrets()
    seed_shop(Settings())
    crm = EmbeddedCrm(make_engine(Settings().shop.database_url))
    if open_in_crm:
        crm.request_handover("web-1", "asked", "…")
    answers = {
        "GET /conversations/web-1/tracker": (200, {"paused": paused}),
        "POST /conversations/web-1/tracker/events": (200, {}),
    }
    with serving(answers) as server:
        assert "web-1" in hand_back(Settings(server=Server(rasa_port=server.port)), "web-1")
    assert crm.open_handover("web-1") is None
    sent = [body for line, body, _ in server.asked if "events" in line]
    assert sent == ([{"event": "resume"}] if paused else [])


def test_a_conversation_that_no_person_has_is_refused(project: Path, serving: Callable[..., Any]) -> None:
    make_secrets()
    seed_shop(Settings())
    with serving({"GET /conversations/web-1/tracker": (200, {"paused": False})}) as server:
        settings = Settings(server=Server(rasa_port=server.port))
        with pytest.raises(RapportError, match="'web-1' is not with a person"):
            hand_back(settings, "web-1")


FAKE_RASA = """
import atexit, pathlib, sys
atexit.register(lambda: pathlib.Path("cleaned").touch())
pathlib.Path("arguments").write_text(" ".join(sys.argv))
sys.exit(3)
"""
FAKE_MEND = """
import pathlib
def end_without_a_model():
    pathlib.Path("mended").touch()
"""


@pytest.mark.usefixtures("endpoints")
def test_rasas_key_is_no_argument_and_its_clean_up_and_exit_code_are_kept(project: Path) -> None:
    make_secrets()
    files = {
        "rasa/__init__.py": "",
        "rasa/__main__.py": FAKE_RASA,
        "models/a.tar.gz": "",
        "rapport.yml": "",
        # Ours mends the real Rasa, which is not there.
        "components/__init__.py": "",
        "components/model_loading.py": FAKE_MEND,
    }
    for name, text in files.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    process = subprocess.Popen([sys.executable, "-m", "rapport", "rasa"])
    seen = " ".join(psutil.Process(process.pid).cmdline())
    assert process.wait(timeout=30) == 3
    key = read_secret(API_KEY)
    assert key not in seen
    assert f"--auth-token {key}" in Path("arguments").read_text()
    assert Path("cleaned").exists()
    assert Path("mended").exists(), "without its model Rasa must end"


def test_the_model_is_loaded_beside_the_server_and_a_failure_is_only_logged() -> None:
    structlog.reset_defaults()  # commands of other tests log warnings only
    with chat_server(says("Hello.")) as chat, capture_logs() as logs:
        warm_up_beside(PromptedGenerator(OpenAIServer(chat.url, "small"))).join(10)
        chat.replies[:] = [refuses(401)]
        warm_up_beside(PromptedGenerator(OpenAIServer(chat.url, "small"))).join(10)
    assert [entry["event"] for entry in logs] == ["generator.warm", "generator.cold"]
    assert "refuses the key" in logs[1]["detail"]


def test_nobody_waits_for_a_model_that_loads() -> None:
    with chat_server(hangs_after()) as chat:
        started = time.perf_counter()
        loading = warm_up_beside(PromptedGenerator(OpenAIServer(chat.url, "small", timeout_seconds=5)))
        assert time.perf_counter() - started < 1 and loading.is_alive()
        chat.replies[:] = [says("Hello.")]
        chat.over.set()
        loading.join(10)
    assert not loading.is_alive() and loading.daemon
