"""Commands in a real project folder: what goes wrong is one sentence that says what to do."""

import json
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.integration.home import Home
from tests.integration.talking import Customer


@pytest.fixture(scope="module")
def project(homes: Callable[..., Home]) -> Home:
    """A folder that tests may spoil if they mend it again; nothing runs in it."""
    return homes("project", copied=("domain", "knowledge"))


@pytest.fixture
def broken_domain(project: Home) -> Iterator[Home]:
    file = project.folder / "domain/session.yml"
    good = file.read_text()
    file.write_text(good.replace("responses:", "responses:\n  utter_new: [text: 'never closed", 1))
    yield project
    file.write_text(good)


def sentences(printed: str) -> list[str]:
    """What a failed command said."""
    return [line for line in printed.splitlines() if line.startswith("✗")]


def test_a_broken_domain_file_is_named_with_its_line_and_the_last_model_stays(broken_domain: Home) -> None:
    before = broken_domain.models
    trained = broken_domain.run("train")
    assert trained.returncode == 1
    [sentence] = sentences(trained.stderr)
    assert "domain/session.yml, line " in sentence
    assert "Traceback" not in trained.stderr
    assert broken_domain.models == before != []


def test_a_broken_domain_file_does_not_start_the_assistant(broken_domain: Home) -> None:
    started = broken_domain.run("up")
    assert started.returncode == 1
    assert "domain/session.yml, line " in started.stderr
    assert broken_domain.running() == []


def test_a_damaged_model_ends_the_start_with_what_to_do(project: Home) -> None:
    model = project.folder / "models" / project.models[-1]
    whole = model.read_bytes()
    model.write_bytes(whole[: len(whole) // 2])
    try:
        ended = project.run("up", "--no-train", timeout_seconds=120)
    finally:
        model.write_bytes(whole)
    assert ended.returncode == 1
    assert f"models/{model.name} cannot be loaded" in ended.stderr
    assert "rapport train --force" in ended.stderr
    assert project.running() == []


def test_a_missing_knowledge_folder_is_a_clear_error(project: Home) -> None:
    away = project.folder / "away"
    (project.folder / "knowledge").rename(away)
    try:
        for command in ("index", "up"):
            ended = project.run(command)
            assert ended.returncode == 1
            [sentence] = sentences(ended.stderr)
            assert "knowledge" in sentence
            assert "Traceback" not in ended.stderr
    finally:
        away.rename(project.folder / "knowledge")


@pytest.mark.parametrize("port", ["rasa_port", "actions_port"])
def test_a_port_in_use_is_named_and_nothing_is_started(project: Home, port: str) -> None:
    with socket.socket() as other:
        number = getattr(project, port)
        # What an earlier test's server left closing on this port is no hindrance.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", number))
        other.listen()
        ended = project.run("up", "--no-train")
    assert ended.returncode == 1
    [sentence] = sentences(ended.stderr)
    assert str(number) in sentence
    assert f"RAPPORT_SERVER__{port.upper()}" in sentence
    assert project.running() == []


def test_a_second_up_beside_the_running_assistant_says_who_has_the_port(home: Home) -> None:
    ended = home.run("up")
    assert ended.returncode == 1
    assert all(str(port) in ended.stderr for port in (home.rasa_port, home.actions_port))
    assert home.rasa_is_ready()


def test_the_doctor_is_content_with_the_running_assistant(home: Home) -> None:
    examined = home.run("doctor", "--json")
    findings = {one["check"]: one for one in json.loads(examined.stdout)}
    assert examined.returncode == 0
    assert {one["level"] for one in findings.values()} == {"good"}
    assert findings["ports"]["text"] == "both servers are running and answer"


def test_the_doctor_sees_a_key_that_others_may_read(home: Home) -> None:
    key = home.folder / "var/secrets/api.key"
    key.chmod(0o644)
    try:
        ended = home.run("doctor")
    finally:
        key.chmod(0o600)
    assert ended.returncode == 1
    assert "chmod 600 var/secrets/api.key" in ended.stdout


def test_the_knowledge_answers_while_the_assistant_runs_and_when_it_does_not(
    home: Home, project: Home
) -> None:
    question = "How many volume adjusters may lie in one boot?"
    answers = [json.loads(place.run("ask", "--json", question).stdout) for place in (home, project)]
    for answer in answers:
        assert answer["found"]
        assert "two volume adjusters" in answer["text"]
        assert answer["citations"][0]["title"] == "Boot fitting guide"
    assert answers[0]["text"] == answers[1]["text"]


def test_the_knowledge_says_when_it_does_not_know(home: Home) -> None:
    answer = json.loads(home.run("ask", "--json", "Can you teach me to play the guitar?").stdout)
    assert answer["found"] is False
    assert answer["citations"] == []


def test_a_new_article_is_answered_from_after_an_update_beside_the_running_assistant(home: Home) -> None:
    article = home.folder / "knowledge/shops/lockers.md"
    article.write_text("# Lockers\n\n## Are there lockers?\n\nThe Keswick shop has twelve lockers for £2.\n")
    try:
        indexed = home.run("index")
        assert indexed.returncode == 0, indexed.stderr
        assert "shops/lockers.md" in indexed.stdout
        assert "twelve lockers" in Customer(home).say("Does the Keswick shop have lockers?").text
    finally:
        article.unlink()
        home.run("index")
