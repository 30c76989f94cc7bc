from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rapport import checks_knowledge, checks_parts, checks_security
from rapport.doctor import examine, show
from rapport.finding import bad, good, warning
from rapport.secret_files import API_KEY, make_secrets
from rapport.settings import Knowledge, Server, Settings


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


@pytest.fixture
def settings(project: Path, free_port: Any) -> Settings:
    """Settings with free ports, and the files that Rasa needs."""
    write("endpoints.yml", "action_endpoint:\n  url: http://127.0.0.1:5055/webhook\n")
    write("credentials.yml", "channels.web.WebInput:\n  secret_file: var/secrets/channel.key\n")
    write("Procfile", "rasa: rapport rasa\n")
    return Settings(server=Server(rasa_port=free_port(), actions_port=free_port()))


def test_keys_must_exist_and_be_closed_to_others(settings: Settings) -> None:
    assert checks_security.secrets(settings).level == "bad"
    make_secrets()
    assert checks_security.secrets(settings).level == "good"
    API_KEY.chmod(0o640)
    finding = checks_security.secrets(settings)
    assert (finding.level, finding.fix) == ("bad", "chmod 600 var/secrets/api.key")


@pytest.mark.parametrize(
    ("host", "level"), [("127.0.0.1", "good"), ("::1", "good"), ("0.0.0.0", "bad"), ("x", "bad")]
)
def test_listening_to_the_world_is_red(settings: Settings, host: str, level: str) -> None:
    assert checks_security.addresses(Settings(server=Server(host=host))).level == level


def test_actions_on_another_machine_are_a_warning(settings: Settings) -> None:
    write("endpoints.yml", "action_endpoint:\n  url: http://10.0.0.7:5055/webhook\n")
    assert checks_security.addresses(settings).level == "warning"


def test_an_api_without_token_is_red_in_the_procfile_and_in_fact(settings: Settings, serving: Any) -> None:
    assert checks_security.api(settings).level == "good"
    write("Procfile", "rasa: rasa run --enable-api\n")
    assert "opens it without a token" in checks_security.api(settings).text
    write("Procfile", "rasa: rapport rasa\n")
    for status, level in ((200, "bad"), (401, "good")):
        with serving({"GET /domain": (status, {})}) as server:
            assert checks_security.api(Settings(server=Server(rasa_port=server.port))).level == level


def test_secrets_in_clear_are_named_and_variables_are_not(settings: Settings) -> None:
    assert checks_security.credentials(settings).level == "good"
    write(
        "credentials.yml", "slack:\n  slack_token: ${SLACK_TOKEN}\nfacebook:\n  page-access-token: EAAB12\n"
    )
    assert checks_security.credentials(settings).text == "facebook.page-access-token stands in clear"


def test_a_tracker_store_that_cannot_be_imported_is_red(settings: Settings) -> None:
    assert checks_security.tracker_store(settings).level == "good"
    write("endpoints.yml", "tracker_store:\n  type: nowhere.Store\n")
    finding = checks_security.tracker_store(settings)
    assert finding.level == "bad" and "in memory only" in finding.text


def test_every_encoder_that_is_named_must_be_there(settings: Settings) -> None:
    write("config.yml", "pipeline:\n- name: components.encoder.SentenceEncoder\n  model: other\n")
    finding = checks_parts.encoder(settings)
    assert finding.level == "bad" and "'other' has no config.json" in finding.text
    both = "all-MiniLM-L6-v2 + universal-sentence-encoder-multilingual"
    write("config.yml", f"pipeline:\n- name: components.encoder.SentenceEncoder\n  model: {both}\n")
    assert f"ONNX file of {both.replace(' + ', ', ')} is missing" in checks_parts.encoder(settings).text


def test_an_encoder_is_kept_in_one_place(settings: Settings) -> None:
    write("config.yml", "pipeline:\n- name: components.encoder.SentenceEncoder\n  cache_dir: attic\n")
    finding = checks_parts.encoder(settings)
    assert finding.level == "bad" and "config.yml keeps its encoder in attic" in finding.text


def test_a_missing_model_is_red_and_an_old_one_yellow(settings: Settings) -> None:
    assert checks_parts.model(settings).level == "bad"
    write("models/a.tar.gz", "x")
    assert checks_parts.model(settings).level == "warning"


def test_missing_documents_and_an_old_index_are_told_apart(settings: Settings) -> None:
    assert "missing or empty" in checks_parts.knowledge(settings).text
    write("knowledge/a.md", "# A")
    assert "never indexed" in checks_parts.knowledge(settings).text
    Path("var/chroma").mkdir(parents=True)
    assert checks_parts.knowledge(settings).level == "warning"


def test_a_missing_database_is_red_with_the_fix(settings: Settings) -> None:
    finding = checks_parts.database(settings)
    assert finding.level == "bad" and "rapport seed" in finding.fix


def test_a_port_of_a_stranger_is_red(settings: Settings, serving: Any, free_port: Any) -> None:
    with serving({}) as server:
        finding = checks_parts.ports(Settings(server=Server(rasa_port=server.port, actions_port=free_port())))
    assert finding.level == "bad" and f"{server.port} is in use by process" in finding.text
    assert checks_parts.ports(settings).level == "good"


def test_broken_settings_are_the_only_finding(project: Path) -> None:
    write("rapport.yml", "server: 1\n")
    (finding,) = examine()
    assert finding.check == "settings" and finding.level == "bad"


def test_a_check_that_fails_is_a_finding_and_hides_no_other(project: Path) -> None:
    def broken_check(_: Settings) -> None:
        raise OSError("disk on fire")

    write("rapport.yml", "")
    findings = examine((broken_check, lambda _: good("other", "fine")))  # type: ignore[arg-type]
    assert [(item.check, item.level) for item in findings[1:]] == [("broken check", "bad"), ("other", "good")]
    assert "disk on fire" in findings[1].text


def test_only_red_findings_make_it_fail(capsys: pytest.CaptureFixture[str]) -> None:
    assert show([good("a", "fine"), warning("b", "old", "do it")], as_json=False)
    assert not show([bad("c", "broken", "mend it")], as_json=True)
    shown = capsys.readouterr().out
    assert "→ do it" in shown
    assert json.loads(shown[shown.index("[\n") :]) == [
        {"check": "c", "level": "bad", "text": "broken", "fix": "mend it"}
    ]


def test_a_damaged_index_and_a_chroma_server_that_is_gone_are_red(
    settings: Settings, serving: Any, free_port: Any
) -> None:
    assert checks_knowledge.knowledge_index(settings).level == "good"
    write("var/chroma/chroma.sqlite3", "no database")
    finding = checks_knowledge.knowledge_index(settings)
    assert (finding.level, finding.fix) == ("bad", "`rapport index --rebuild`") and "damaged" in finding.text
    gone = Settings(knowledge=Knowledge(chroma_url=f"http://127.0.0.1:{free_port()}"))
    finding = checks_knowledge.knowledge_index(gone)
    assert finding.level == "bad" and "cannot be used" in finding.text and "chroma run" in finding.fix
    with serving({"GET /api/v2/heartbeat": (200, {})}) as server:
        there = Settings(knowledge=Knowledge(chroma_url=f"http://127.0.0.1:{server.port}"))
        assert checks_knowledge.knowledge_index(there).level == "good"
    with serving({"GET /api/v2/heartbeat": (401, {})}) as server:
        closed = Settings(knowledge=Knowledge(chroma_url=f"http://127.0.0.1:{server.port}"))
        assert "it answered 401" in checks_knowledge.knowledge_index(closed).text


def test_an_action_server_that_goes_on_without_knowledge_is_yellow(settings: Settings, serving: Any) -> None:
    make_secrets()
    for state, level in (("ok", "good"), ("missing", "warning")):
        with serving({"GET /health": (200, {"knowledge": state})}) as server:
            running = Settings(server=Server(actions_port=server.port))
            assert checks_knowledge.knowledge_index(running).level == level
