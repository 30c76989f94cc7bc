"""The section prompts of rapport.yml, as a designer writes it, up to what a server is asked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm.generators.prompted import PromptedGenerator
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import HybridRetriever
from llm.prompts.context import CustomerContext
from llm.prompts.prompt import template_files
from rapport.errors import SettingsError
from rapport.generators import make_generator
from rapport.settings import load_settings
from tests.unit.llm.chat_server import chat_server, says
from tests.unit.llm.conftest import DELIVERY, RETURNS, HashingEncoder

ROOT = Path(__file__).parents[3]
QUESTION = "How much is standard delivery?"


@pytest.fixture
def index(project: Path) -> Iterator[KnowledgeIndex]:
    (project / "knowledge").mkdir()
    (project / "knowledge" / "delivery.md").write_text(DELIVERY, encoding="utf-8")
    (project / "knowledge" / "returns.md").write_text(RETURNS, encoding="utf-8")
    with KnowledgeIndex(project / "index", HashingEncoder()) as opened:
        opened.update(project / "knowledge")
        yield opened


def write(url: str, prompts: str) -> None:
    text = f"answers: {{generator: openai}}\nopenai: {{base_url: '{url}', model: small}}\nprompts:\n{prompts}"
    Path("rapport.yml").write_text(text, encoding="utf-8")


def test_what_the_settings_say_is_what_a_server_is_asked(index: KnowledgeIndex) -> None:
    Path("prompts").mkdir()
    Path("prompts/approved_answers.yml").write_text(
        "- question: postage to France?\n  answer: France costs £14.50 [1].\n"
        "  sources: [delivery.md#other-countries]\n",
        encoding="utf-8",
    )
    settings = (
        "  company: Owls & Sons\n  role: tailor\n  roles: {tailor: You are a tailor.}\n"
        "  rules: [Never speak of the weather.]\n  examples: 1\n  thinking: true\n"
    )
    passages = HybridRetriever(index).search(QUESTION, 3)
    with chat_server(says("<thinking>£4?</thinking>Standard delivery ", "costs £3.95 [1].")) as chat:
        write(chat.url, settings)
        generator = make_generator(load_settings(), index)
        assert isinstance(generator, PromptedGenerator)
        draft = generator.generate(QUESTION, passages, CustomerContext(voice="Be warm.", mood="calm"))
    assert draft.text == "Standard delivery costs £3.95."
    assert draft.prompt.startswith("answer/2+role=tailor+shots=1+thinking#")
    system, user = (message["content"] for message in chat.asked[0][1]["messages"])
    for words in (
        "for Owls & Sons,",
        "You are a tailor.",
        "- Never speak of the weather.",
        "Be warm.",
        "<thinking>",
    ):
        assert words in system
    assert "France costs £14.50 [1]." in user and "The customer is calm." in user


@pytest.mark.parametrize(
    ("prompts", "said"),
    [
        ("  version: answer/9\n", "There is no template answer/9: there are answer/1, answer/2"),
        ("  role: techncian\n", "There is no role 'techncian': write 'technician' if you meant that"),
        ("  roles_by_intent: {ask_shops: nobody}\n", "There is no role 'nobody'"),
        ("  version: answer/mine\n", r"mine\.jinja cannot be filled: 'colour' is undefined"),
    ],
)
def test_a_prompt_that_cannot_be_made_is_told_before_anybody_asks(
    project: Path, prompts: str, said: str
) -> None:
    (project / "prompts" / "answer").mkdir(parents=True)
    template = "{% block system %}{{ colour }}{% endblock %}{% block user %}{% endblock %}"
    (project / "prompts" / "answer" / "mine.jinja").write_text(template, encoding="utf-8")
    write("http://127.0.0.1:9/v1", prompts)
    with pytest.raises(SettingsError, match=said):
        make_generator(load_settings())


@pytest.mark.parametrize("prompts", ["  examples: 9\n", "  context: [address]\n", "  thoughts: true\n"])
def test_a_setting_that_there_is_not_is_an_error(project: Path, prompts: str) -> None:
    write("http://127.0.0.1:9/v1", prompts)
    with pytest.raises(SettingsError, match=r"rapport\.yml"):
        load_settings()


def test_the_demos_settings_can_be_used_and_name_the_demos_company(project: Path) -> None:
    for name in ("rapport.yml", "prompts"):
        source = ROOT / name
        shutil.copytree(source, project / name) if source.is_dir() else shutil.copy(source, project)
    settings = load_settings()
    chosen = settings.model_copy(
        update={
            "answers": settings.answers.model_copy(update={"generator": "openai"}),
            "openai": settings.openai.model_copy(update={"model": "small"}),
        }
    )
    generator = make_generator(chosen)
    assert isinstance(generator, PromptedGenerator)
    prompt = generator.prompt("?", (), CustomerContext(intent="ask_care_instructions"))
    assert "Fernhill Outfitters" in prompt.system and "+role=technician" in prompt.version


def test_nothing_that_is_shipped_for_everybody_names_the_demos_company() -> None:
    files = [*template_files().values(), ROOT / "llm" / "prompts" / "roles.yml"]
    assert not [file for file in files if "fernhill" in file.read_text(encoding="utf-8").lower()]
