"""`rapport prompt` as prompt engineers call it: a real index, and a real server that stands for a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from rich.console import Console
from rich.progress import Progress
from typer.testing import CliRunner

import llm.encoder
from rapport import prompt_checks, prompts
from rapport.cli import app
from rapport.errors import RapportError
from rapport.knowledge import update
from rapport.knowledge_local import open_index
from rapport.settings import load_settings
from tests.unit.llm.chat_server import ChatServer, chat_server, refuses, says
from tests.unit.llm.conftest import DELIVERY, RETURNS, HashingEncoder

COST, IRELAND = "How much is standard delivery?", "How much is delivery to Ireland?"
APPROVED = """
- question: postage to France?
  answer: France costs £14.50 [1].
  sources: [delivery.md#other-countries]
"""


@pytest.fixture
def printed(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    """A project with two articles and one approved answer; a console so wide that no word is broken."""
    monkeypatch.setattr(llm.encoder, "load_encoder", lambda *_, **__: HashingEncoder())
    for name, text in (
        ("knowledge/delivery.md", DELIVERY),
        ("knowledge/returns.md", RETURNS),
        ("prompts/approved_answers.yml", APPROVED),
        ("rapport.yml", "answers: {threshold: 0}\nprompts: {company: Owls & Sons, examples: 1}\n"),
    ):
        file = project / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    update(load_settings(), Progress(disable=True))
    console = Console(width=300, record=True, highlight=False, file=open(project / "out.txt", "w"))  # noqa: SIM115
    monkeypatch.setattr(prompts, "console", console)
    yield console
    structlog.reset_defaults()  # commands log to the runner's standard error, which is closed now


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["prompt", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def ask(chat: ChatServer, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.setenv("RAPPORT_OPENAI__BASE_URL", chat.url)
    monkeypatch.setenv("RAPPORT_OPENAI__MODEL", "small")
    return run("try", *arguments, "--generator", "openai")


def test_the_list_names_templates_roles_and_what_the_settings_say(printed: Console, project: Path) -> None:
    (project / "prompts" / "answer").mkdir()
    (project / "prompts" / "answer" / "mine.jinja").write_text("{# Terse. #}\n", encoding="utf-8")
    run("list")
    text = printed.export_text()
    for words in ("answer/1", "answer/2", "answer/mine", "Terse.", "technician", "1 approved answers"):
        assert words in text
    assert "rapport.yml: answer/2+shots=1" in text


def test_what_is_shown_is_what_a_model_would_be_asked(printed: Console, project: Path) -> None:
    (project / "rapport.yml").write_text(
        "style: {preset: companion}\nprompts: {company: Owls & Sons}\n", encoding="utf-8"
    )
    fact = "Order FH-1001 was shipped."
    run("show", "answer/2+role=sales+shots=1", "--question", IRELAND, "--mood", "calm", "--fact", fact)
    text = printed.export_text()
    for words in (
        *("for Owls & Sons,", "You are a sales adviser", "Write in this voice.", "France costs £14.50 [1]."),
        *("Ireland: price £9.50", fact, f"<question>\n{IRELAND}\n</question>", "Answer in English."),
        "answer/2+role=sales+shots=1#",
    ):
        assert words in text


def test_the_check_names_every_broken_example_template_and_intent(
    printed: Console, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(prompt_checks, "warned", said.append)
    run("check")
    assert said == []
    for name, text in (
        ("prompts/approved_answers.yml", APPROVED + APPROVED.replace("£14.50", "£4.50")),
        ("prompts/answer/2.jinja", ""),
        ("prompts/answer/mine.jinja", "{% block system %}"),
        ("domain/questions.yml", "intents: [ask_shops, {ask_price: {use_entities: []}}]\n"),
        (
            "rapport.yml",
            "prompts: {roles_by_intent: {ask_shops: sales, ask_price: sales, ask_shop: sales}}\n",
        ),
    ):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["prompt", "check"])
    assert isinstance(result.exception, RapportError) and "4 things about prompts" in str(result.exception)
    for problem, words in zip(
        said,
        (
            "mine.jinja is broken",
            "answer/2.jinja has the name of",
            "ask_shop, which is no intent",
            "example 2",
        ),
    ):
        assert words in problem


def test_two_versions_are_shown_side_by_side_with_what_was_cut(
    printed: Console, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    replies = [
        says("Hello."),  # when it is loaded
        says("Standard delivery costs £3.95 [1]. Owls bring it by night."),
        says("<thinking>£3.95?</thinking>Standard delivery takes 2–4 working days [1]."),
        says("NO ANSWER"),
        refuses(401),
    ]
    with chat_server(*replies) as chat:
        output = ask(chat, monkeypatch, "answer/1", "answer/2+shots=1+thinking", COST, IRELAND, "--json",
                     "--html", "page.html")  # fmt: skip
    text = printed.export_text()
    assert "Standard delivery costs £3.95." in text and "cut: Owls bring it by night." in text
    assert "Standard delivery takes 2–4 working days." in text and "£3.95?" not in text
    assert "NO ANSWER" in text and "answers 401; it refuses the key" in text
    assert "How much is delivery in the UK?" in text
    asked = [body["messages"] for _, body, _ in chat.asked]
    assert ["<example>" in messages[1]["content"] for messages in asked] == [False, False, True, False, True]
    first, second = json.loads(output.strip().splitlines()[-1])["versions"]
    assert (first["version"], first["sent"], first["declined"], first["sentences_cut"]) == (
        "answer/1",
        1,
        1,
        1,
    )
    assert (second["version"], second["sent"], second["failed"]) == ("answer/2+shots=1+thinking", 1, 1)
    assert second["prompt_characters"] > first["prompt_characters"] > 0
    page = (project / "page.html").read_text(encoding="utf-8")
    assert "<del>Owls bring it by night.</del>" in page and "answer/2+shots=1+thinking#" in page


def test_what_a_model_writes_is_no_markup_of_the_page(
    printed: Console, monkeypatch: pytest.MonkeyPatch, project: Path
) -> None:
    with chat_server(
        says("Standard delivery costs £3.95 [1]. Standard <script>alert(1)</script> owls.")
    ) as chat:
        ask(chat, monkeypatch, "answer/1", "settings", COST, "--html", "page.html")
    assert "<script>" not in (project / "page.html").read_text(encoding="utf-8")


def test_it_works_while_another_process_has_the_index_and_takes_nothing_from_it(
    printed: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        open_index(load_settings()) as index,
        chat_server(says("Standard delivery costs £3.95 [1].")) as chat,
    ):
        before = len(index.contents.chunks)
        ask(chat, monkeypatch, "answer/1", "settings", COST)
        assert len(index.contents.chunks) == before
    assert printed.export_text().count("Standard delivery costs £3.95.") == 2


def test_the_settings_may_be_named_and_changed_in_one_point(printed: Console, project: Path) -> None:
    text = "prompts: {role: sales, roles_by_intent: {ask_shops: accounts}, examples: 1}\n"
    (project / "rapport.yml").write_text(text, encoding="utf-8")
    settings = load_settings()
    assert prompts.chosen(settings, "settings") == prompts.unchecked_prompting(settings.prompts)
    thinking = prompts.chosen(settings, "settings+thinking")
    assert (thinking.role, thinking.examples, thinking.thinking) == ("sales", 1, True)
    assert thinking.role_for("ask_shops") == "accounts"
    other = prompts.chosen(settings, "settings+role=technician+shots=0")
    assert (other.role_for("ask_shops"), other.examples) == ("technician", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["try", "answer/1", "answer/2", COST], "The generator extractive is asked no prompt"),
        (["try", "answer/1", "answer/2", COST, "--generator", "gpt"], "The generator gpt is asked no prompt"),
        (["try", "answer/1", "answer/2"], "There is no question"),
        (["try", "answer/1", "answer/2", "--recorded", "3"], "names no SQLite file"),
        (["try", "answer/1", "answer/9", COST, "--generator", "openai"], "There is no template answer/9"),
        (["try", "answer/1", "answer/2", COST, "--generator", "openai"], "openai.model names no model"),
        (["try", "answer/1", "answer/2", "--file", "gone.txt"], "gone.txt cannot be read"),
        (["show", "answer"], "is no version of a prompt"),
    ],
)
def test_what_cannot_be_tried_is_said_in_one_sentence(
    printed: Console, arguments: list[str], said: str
) -> None:
    result = CliRunner().invoke(app, ["prompt", *arguments])
    assert said in str(result.exception)
    assert any(base.__name__ in ("RapportError", "LlmError") for base in type(result.exception).__mro__)
