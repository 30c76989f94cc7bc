"""Models in this process, for real: the same tiny Llama on llama.cpp and on transformers."""

import json
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from llm.answering import Answerer
from llm.errors import GeneratorCutOff, GeneratorError, GeneratorTimeout, GeneratorUnavailable
from llm.generators.base import LanguageModel
from llm.generators.llama_cpp_model import LlamaCppModel
from llm.generators.prompted import PromptedGenerator
from llm.generators.transformers_model import TransformersModel
from llm.knowledge.index import KnowledgeIndex
from llm.prompts.prompt import Prompt
from tests.generators.conftest import ADAPTED, COST, REPLIES, RETURN, UNKNOWN, Tiny
from tests.unit.llm.test_answering import BY_COVERAGE

# Makes a model from the tiny one's files; further settings by name.
Make = Callable[..., LanguageModel]


def llama_cpp(tiny: Tiny, adapted: bool = False, **how: object) -> LanguageModel:
    return LlamaCppModel(tiny.gguf, tiny.adapter_gguf if adapted else None, **how)  # type: ignore[arg-type]


def transformers(tiny: Tiny, adapted: bool = False, **how: object) -> LanguageModel:
    return TransformersModel(str(tiny.folder), str(tiny.adapter) if adapted else None, **how)  # type: ignore[arg-type]


BOTH = pytest.mark.parametrize("make", [llama_cpp, transformers])


def written(model: LanguageModel, prompt: Prompt) -> str:
    pieces: list[str] = []
    model.write(prompt, pieces.append)
    assert len(pieces) > 1, "it comes in pieces"
    return "".join(pieces)


@BOTH
def test_a_model_writes_what_it_learned(tiny: Tiny, make: Make) -> None:
    model = make(tiny)
    assert {question: written(model, prompt) for question, prompt in tiny.prompts.items()} == REPLIES


def test_both_write_the_same_to_what_they_never_saw(tiny: Tiny) -> None:
    models = [make(tiny, max_tokens=40) for make in (llama_cpp, transformers)]
    for text in ("delivery", "£3.95 – 2–4 days?", "Grüße 🙂"):
        replies = []
        for model in models:
            pieces: list[str] = []
            try:
                model.write(Prompt("a/1", "Answer.", text), pieces.append)
            except GeneratorCutOff:
                pieces.append("…")
            replies.append("".join(pieces))
        assert replies[0] == replies[1] and replies[0]


@BOTH
def test_an_adapter_changes_what_it_was_trained_on(tiny: Tiny, make: Make) -> None:
    assert written(make(tiny, adapted=True), tiny.prompts[COST]) == ADAPTED


@BOTH
def test_answers_are_grounded_and_cited(tiny: Tiny, make: Make, index: KnowledgeIndex) -> None:
    answerer = Answerer(index, PromptedGenerator(make(tiny), 60), BY_COVERAGE)
    answer = answerer.answer(RETURN)
    assert answer.text == "Unused items can be returned within 30 days of delivery."
    assert answer.generator == make(tiny).name and answer.prompt.startswith("answer/2#")
    assert answer.citations[0].document == "returns.md" and answer.grounded
    declined = answerer.answer(UNKNOWN)
    assert (declined.found, declined.generator) == (False, make(tiny).name)


@BOTH
def test_a_model_is_loaded_by_its_first_word(tiny: Tiny, make: Make) -> None:
    generator = PromptedGenerator(make(tiny), 60)
    generator.warm_up()
    loaded = getattr(generator.model, "_llama", None) or getattr(generator.model, "_loaded", None)
    assert loaded is not None
    assert written(generator.model, tiny.prompts[COST]) == REPLIES[COST]


@BOTH
def test_the_longest_reply_is_kept(tiny: Tiny, make: Make) -> None:
    pieces: list[str] = []
    with pytest.raises(GeneratorCutOff):
        make(tiny, max_tokens=4).write(tiny.prompts[RETURN], pieces.append)
    assert REPLIES[RETURN].startswith("".join(pieces))
    assert written(make(tiny, max_tokens=100), tiny.prompts[RETURN]) == REPLIES[RETURN]


@BOTH
def test_a_reader_that_goes_away_leaves_the_model_usable(tiny: Tiny, make: Make) -> None:
    model = make(tiny)

    def enough(piece: str) -> None:
        raise KeyError("enough")

    with pytest.raises(KeyError):
        model.write(tiny.prompts[COST], enough)
    assert written(model, tiny.prompts[COST]) == REPLIES[COST]


@BOTH
def test_one_question_waits_for_the_other_but_not_for_ever(tiny: Tiny, make: Make) -> None:
    model = make(tiny, wait_seconds=0.2)
    written(model, tiny.prompts[COST])
    inside, go_on = threading.Event(), threading.Event()

    def slow(piece: str) -> None:
        inside.set()
        go_on.wait(10)

    first = threading.Thread(target=model.write, args=(tiny.prompts[COST], slow))
    first.start()
    assert inside.wait(10)
    with pytest.raises(GeneratorTimeout, match="busy"):
        model.write(tiny.prompts[COST], lambda piece: None)
    go_on.set()
    first.join(10)
    assert written(model, tiny.prompts[COST]) == REPLIES[COST]


@BOTH
def test_customers_get_the_passages_while_the_model_is_too_slow(
    tiny: Tiny, make: Make, index: KnowledgeIndex
) -> None:
    answer = Answerer(index, PromptedGenerator(make(tiny), 0.000_1), BY_COVERAGE).answer(COST)
    assert (answer.found, answer.generator) == (True, "extractive")


def refusal(model: LanguageModel) -> str:
    with pytest.raises(GeneratorUnavailable) as caught:
        model.write(Prompt("a/1", "Answer.", "the words of the customer"), lambda piece: None)
    assert "customer" not in str(caught.value)
    return str(caught.value)


def test_files_that_are_missing_or_broken_are_named(tiny: Tiny, tmp_path: Path) -> None:
    missing, broken = tmp_path / "missing.gguf", tmp_path / "broken.gguf"
    broken.write_bytes(tiny.gguf.read_bytes()[:5000])
    assert str(missing) in refusal(LlamaCppModel(missing))
    assert str(missing) in refusal(LlamaCppModel(tiny.gguf, missing))
    assert str(broken) in refusal(LlamaCppModel(broken))
    assert str(broken) in refusal(LlamaCppModel(tiny.gguf, broken))
    assert str(tmp_path) in refusal(TransformersModel(str(tmp_path)))
    assert str(tmp_path) in refusal(TransformersModel(str(tiny.folder), str(tmp_path)))
    cut = tmp_path / "cut"
    shutil.copytree(tiny.folder, cut)
    (cut / "model.safetensors").write_bytes((cut / "model.safetensors").read_bytes()[:5000])
    assert str(cut) in refusal(TransformersModel(str(cut)))


def test_a_prompt_that_does_not_fit_names_the_setting(tiny: Tiny) -> None:
    model = LlamaCppModel(tiny.gguf, context_tokens=512)
    with pytest.raises(GeneratorUnavailable, match=r"llama_cpp\.context_tokens"):
        model.write(Prompt("a/1", "Answer.", "words " * 600), lambda piece: None)


def with_template(tiny: Tiny, folder: Path, template: str) -> Tiny:
    """The same weights with another chat template; an empty one is none."""
    from tests.generators.tiny_llama import write_gguf

    shutil.copytree(tiny.folder, folder)
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    settings.pop("chat_template", None)
    if template:
        settings["chat_template"] = template
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return Tiny(folder, tiny.adapter, write_gguf(folder, folder / "m.gguf"), tiny.adapter_gguf, tiny.prompts)


@BOTH
def test_models_without_a_system_role_are_told_all_in_one_message(
    tiny: Tiny, make: Make, tmp_path: Path
) -> None:
    from tests.generators.tiny_llama import CHAT_TEMPLATE

    refusing = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    model = make(with_template(tiny, tmp_path / "other", refusing + CHAT_TEMPLATE))
    assert written(model, tiny.prompts[COST]) == REPLIES[COST]


@BOTH
def test_models_that_were_never_taught_to_chat_are_asked_too(tiny: Tiny, make: Make, tmp_path: Path) -> None:
    model = make(with_template(tiny, tmp_path / "other", ""), max_tokens=5)
    pieces: list[str] = []
    with suppress(GeneratorCutOff):
        model.write(tiny.prompts[COST], pieces.append)
    assert pieces


@BOTH
def test_a_template_that_cannot_be_read_is_an_error_of_ours(tiny: Tiny, make: Make, tmp_path: Path) -> None:
    broken = "{{ raise_exception('no messages at all') }}"
    with pytest.raises(GeneratorError):
        PromptedGenerator(make(with_template(tiny, tmp_path / "other", broken)), 30).generate("?", ())
