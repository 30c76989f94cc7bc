from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from llm.errors import GeneratorUnavailable
from llm.prompts.prompt import Prompt
from rapport.errors import SettingsError
from rapport.generators import make_generator, make_model
from rapport.settings import Answers, LlamaCpp, OpenAI, Settings, Transformers, load_settings
from tests.unit.llm.chat_server import chat_server, refuses, says

HEAVY = ("torch", "transformers", "peft", "llama_cpp", "tensorflow")
CHOICES = {
    "extractive": "",
    "llama_cpp": "llama_cpp:\n  model: m.gguf\n",
    "transformers": "transformers:\n  model: folder\n",
    "openai": "openai:\n  model: small\n",
}


def write(text: str) -> None:
    Path("rapport.yml").write_text(text, encoding="utf-8")


def openai(url: str) -> Settings:
    return Settings(answers=Answers(generator="openai"), openai=OpenAI(base_url=url, model="small"))


@pytest.mark.parametrize("name", CHOICES)
def test_the_settings_choose_the_generator(project: Path, name: str) -> None:
    write(f"answers:\n  generator: {name}\n{CHOICES[name]}")
    generator = make_generator(load_settings())
    assert (generator.name if generator else "extractive") == name


def test_a_choice_without_its_model_is_told_at_once(project: Path) -> None:
    write("answers:\n  generator: openai\n")
    with pytest.raises(SettingsError, match=r"answers\.generator is openai: name its model in rapport\.yml"):
        load_settings()
    with pytest.raises(SettingsError, match=r"openai\.model"):
        make_generator(Settings(answers=Answers(generator="openai")))
    with pytest.raises(SettingsError, match="extractive"):
        make_model(Settings())


@pytest.mark.parametrize("name", CHOICES)
def test_nothing_heavy_is_loaded_before_the_first_question(project: Path, name: str) -> None:
    write(f"answers:\n  generator: {name}\n{CHOICES[name]}")
    root = Path(__file__).parents[3]
    program = (
        "import sys, llm.answering, rapport.knowledge_local\n"
        "from rapport.generators import make_generator\n"
        "from rapport.settings import load_settings\n"
        "make_generator(load_settings())\n"
        f"print([name for name in {HEAVY} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(root)},
    )
    assert done.stdout.strip() == "[]"


def test_the_key_comes_from_the_environment_and_from_nowhere_else(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("answers:\n  generator: openai\nopenai:\n  model: small\n  api_key: sk-secret\n")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "there is no setting 'openai.api_key'" in str(caught.value) and "sk-secret" not in str(
        caught.value
    )
    write("openai:\n  base_url: https://user:sk-secret@example.com/v1\n")
    with pytest.raises(SettingsError, match=r"openai\.base_url"):
        load_settings()
    monkeypatch.setenv("OPENAI_API_KEY", " sk-secret\n")
    with chat_server(says("Yes.")) as chat:
        make_model(openai(chat.url)).write(Prompt("a/1", "", ""), lambda piece: None)
    assert chat.asked[0][2]["Authorization"] == "Bearer sk-secret"


def test_the_settings_reach_the_server(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with chat_server(refuses(503)) as chat:
        write(
            "answers:\n  generator: openai\n  timeout_seconds: 3\n"
            f"openai:\n  model: small\n  base_url: {chat.url}\n"
            "  retries: 0\n  max_tokens: 99\n  temperature: 0.5\n  extra: {top_p: 0.9}\n"
        )
        with pytest.raises(GeneratorUnavailable, match="503"):
            make_model(load_settings()).write(Prompt("a/1", "", ""), lambda piece: None)
    [(_, body, headers)] = chat.asked
    assert (body["max_tokens"], body["temperature"], body["top_p"]) == (99, 0.5, 0.9)
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("package", "settings"),
    [
        ("llama_cpp", Settings(answers=Answers(generator="llama_cpp"), llama_cpp=LlamaCpp(model=Path("m")))),
        ("torch", Settings(answers=Answers(generator="transformers"), transformers=Transformers(model="m"))),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_the_fix(
    monkeypatch: pytest.MonkeyPatch, package: str, settings: Settings
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(GeneratorUnavailable, match=r"not installed.*make models"):
        make_model(settings).write(Prompt("a/1", "", ""), lambda piece: None)
