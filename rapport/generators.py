"""Makes the generator that the settings name; what it needs is imported only if it is chosen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from rapport.errors import SettingsError
from rapport.prompt_settings import approved_answers, make_prompting
from rapport.settings import Settings

if TYPE_CHECKING:
    from llm.generators.base import Generator, LanguageModel
    from llm.generators.openai_server import OpenAIServer
    from llm.knowledge.index import KnowledgeIndex

KEY_VARIABLE = "OPENAI_API_KEY"
Named = TypeVar("Named")


def make_generator(
    settings: Settings, index: KnowledgeIndex | None = None, model: LanguageModel | None = None
) -> Generator | None:
    """What writes answers; None for the default, which composes them from the passages.

    No model is loaded and no server asked before the first question.

    Args:
        settings: choose it.
        index: where the passages of examples are; without it none are shown.
        model: one that is there already, for it takes long to load.

    Raises:
        SettingsError: the chosen generator's model is not named, or its prompt cannot be made.
    """
    if settings.answers.generator == "extractive":
        return None
    from llm.generators.prompted import PromptedGenerator

    prompting = make_prompting(settings.prompts)
    approved = approved_answers(settings.prompts, index) if index else None
    return PromptedGenerator(
        model or make_model(settings), settings.answers.timeout_seconds, prompting, approved
    )


def make_model(settings: Settings) -> LanguageModel:
    """The language model of the generator that the settings name.

    Raises:
        SettingsError: it is not named, or the generator has none.
    """
    makers = {"llama_cpp": _llama_cpp, "transformers": _transformers, "openai": openai_server}
    name = settings.answers.generator
    if name not in makers:
        raise SettingsError(f"answers.generator is {name}, which has no language model: choose another.")
    return makers[name](settings)


def api_key() -> str | None:
    """The key for OpenAI-compatible servers; the environment is the one place where it is looked for."""
    return os.environ.get(KEY_VARIABLE, "").strip() or None


def openai_server(settings: Settings, timeout_seconds: float | None = None) -> OpenAIServer:
    """The server of the section openai.

    Args:
        settings: name it.
        timeout_seconds: longest silence; None is that for answers.

    Raises:
        SettingsError: its model is not named.
    """
    from llm.generators.openai_server import OpenAIServer

    chosen = settings.openai
    return OpenAIServer(
        chosen.base_url,
        _named(chosen.model, "openai"),
        api_key(),
        timeout_seconds or settings.answers.timeout_seconds,
        chosen.retries,
        chosen.max_tokens,
        chosen.temperature,
        chosen.extra,
    )


def _llama_cpp(settings: Settings) -> LanguageModel:
    from llm.generators.llama_cpp_model import LlamaCppModel

    chosen = settings.llama_cpp
    return LlamaCppModel(
        _named(chosen.model, "llama_cpp"),
        chosen.adapter,
        chosen.context_tokens,
        chosen.threads,
        chosen.gpu_layers,
        chosen.max_tokens,
        chosen.temperature,
        settings.answers.timeout_seconds,
    )


def _transformers(settings: Settings) -> LanguageModel:
    from llm.generators.transformers_model import TransformersModel

    chosen = settings.transformers
    return TransformersModel(
        _named(chosen.model, "transformers"),
        chosen.adapter,
        chosen.device,
        chosen.dtype,
        chosen.max_tokens,
        chosen.temperature,
        settings.answers.timeout_seconds,
    )


def _named(model: Named | None, section: str) -> Named:
    if not model:
        raise SettingsError(f"{section}.model names no model: set it in rapport.yml.")
    return model
