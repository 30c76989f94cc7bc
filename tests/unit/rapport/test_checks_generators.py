from __future__ import annotations

from pathlib import Path

import pytest

from rapport import checks_generators
from rapport.checks_generators import generator, reranker
from rapport.doctor import CHECKS
from rapport.knowledge_local import make_reranker
from rapport.settings import Answers, LlamaCpp, OpenAI, Settings, Transformers
from tests.unit.llm.chat_server import Reply, chat_server, hangs_after, refuses, sends
from tests.unit.llm.small_cross_encoder import write_cross_encoder

MODELS = '{"data": [{"id": "small"}]}'


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """All packages seem to be there: what is tested is what is looked at next."""
    monkeypatch.setattr(checks_generators, "find_spec", lambda name: object())


def llama_cpp(model: Path, adapter: Path | None = None) -> Settings:
    return Settings(answers=Answers(generator="llama_cpp"), llama_cpp=LlamaCpp(model=model, adapter=adapter))


def transformers(model: str, adapter: str | None = None) -> Settings:
    chosen = Transformers(model=model, adapter=adapter)
    return Settings(answers=Answers(generator="transformers"), transformers=chosen)


def openai(url: str) -> Settings:
    return Settings(answers=Answers(generator="openai"), openai=OpenAI(base_url=url, model="small"))


def test_the_doctor_looks_at_the_generator() -> None:
    assert generator in CHECKS
    assert generator(Settings()).level == "good"


def test_a_package_that_is_missing_is_red(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checks_generators, "find_spec", lambda name: None)
    for settings in (llama_cpp(tmp_path), transformers(str(tmp_path), "a")):
        finding = generator(settings)
        assert (finding.level, finding.fix) == ("bad", "`make models`")
    assert finding.text == "not installed: torch, transformers, peft"


def test_gguf_files_must_be_there_and_be_such(installed: None, tmp_path: Path) -> None:
    model, other = tmp_path / "m.gguf", tmp_path / "other.gguf"
    model.write_bytes(b"GGUF\x03rest")
    other.write_bytes(b"<html>")
    assert generator(llama_cpp(model)).level == "good"
    assert "missing" in generator(llama_cpp(tmp_path / "none.gguf")).text
    assert "no GGUF file" in generator(llama_cpp(other)).text
    finding = generator(llama_cpp(model, other))
    assert finding.level == "bad" and finding.fix.endswith("llama_cpp.adapter")


def test_a_models_folder_must_hold_one_and_a_hubs_id_is_a_warning(installed: None, tmp_path: Path) -> None:
    assert "has no config.json" in generator(transformers(str(tmp_path))).text
    (tmp_path / "config.json").touch()
    assert generator(transformers(str(tmp_path))).level == "good"
    assert "has no adapter_config.json" in generator(transformers(str(tmp_path), str(tmp_path))).text
    assert generator(transformers("owner/model")).level == "warning"
    for missing in ("/nowhere/model", "models/of/ours", "nowhere", "./a/b"):
        assert generator(transformers(missing)).level == "bad", missing


def test_a_server_that_has_the_model_is_good() -> None:
    with chat_server(sends(MODELS, "application/json")) as chat:
        assert generator(openai(chat.url)).level == "good"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (refuses(401), "OPENAI_API_KEY"),
        (refuses(500), "500"),
        (hangs_after(), "cannot be reached"),
        (sends('{"data": [{"id": "large"}]}', "application/json"), "no model small, but large"),
    ],
)
def test_a_server_that_cannot_be_used_is_red(
    monkeypatch: pytest.MonkeyPatch, reply: Reply, text: str
) -> None:
    monkeypatch.setattr(checks_generators, "CHECK_SECONDS", 0.3)
    with chat_server(reply) as chat:
        finding = generator(openai(chat.url))
    assert finding.level == "bad" and text in finding.text


def test_a_key_on_an_open_road_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    from llm.generators.openai_server import OpenAIServer

    monkeypatch.setattr(OpenAIServer, "models", lambda self: ["small"])
    assert generator(openai("http://models.example.com/v1")).level == "warning"
    assert generator(openai("https://models.example.com/v1")).level == "good"


def test_a_reranker_that_cannot_be_used_is_named_and_done_without(tmp_path: Path) -> None:
    torn = Settings(answers=Answers(reranker=tmp_path / "none"))
    assert reranker in CHECKS and reranker(Settings()).level == "good"
    finding = reranker(torn)
    assert finding.level == "bad" and str(tmp_path / "none") in finding.text
    assert make_reranker(torn) is None and make_reranker(Settings()) is None
    sound = Settings(answers=Answers(reranker=write_cross_encoder(tmp_path / "small", "france")))
    assert reranker(sound).level == "good"
    made = make_reranker(sound)
    assert made is not None and made.name == "small"
