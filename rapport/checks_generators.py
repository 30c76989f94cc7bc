"""The doctor's checks of what orders passages and writes answers: its package, files or server."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from rapport.finding import Finding, bad, good, warning
from rapport.settings import Settings

NAME = "generator"
GGUF_MAGIC = b"GGUF"
CHECK_SECONDS = 5.0


def generator(settings: Settings) -> Finding:
    """The chosen generator could write; the others are not looked at."""
    checks = {"llama_cpp": _llama_cpp, "transformers": _transformers, "openai": _openai}
    chosen = settings.answers.generator
    if chosen not in checks:
        return good(NAME, "extractive: answers are composed from the passages; no model is needed")
    return checks[chosen](settings)


def reranker(settings: Settings) -> Finding:
    """The chosen cross-encoder can be loaded."""
    from llm.errors import RerankerError
    from llm.knowledge.reranking import CrossEncoder

    folder = settings.answers.reranker
    if folder is None:
        return good("reranker", "none: passages stay in retrieval's order")
    try:
        CrossEncoder(folder)
    except RerankerError as error:
        return bad("reranker", str(error), "correct answers.reranker, or set it to null")
    return good("reranker", f"{folder} can be used")


def _llama_cpp(settings: Settings) -> Finding:
    chosen = settings.llama_cpp
    missing = _missing("llama_cpp")
    if missing:
        return missing
    for key, file in (("model", chosen.model), ("adapter", chosen.adapter)):
        if file and not file.is_file():
            fix = f"`rapport model pull`, or correct llama_cpp.{key}"
            return bad(NAME, f"llama_cpp: {file} is missing", fix)
        if file and not _is_gguf(file):
            fix = f"fetch it anew, or correct llama_cpp.{key}"
            return bad(NAME, f"llama_cpp: {file} is no GGUF file", fix)
    return good(NAME, f"llama_cpp: {chosen.model}{_with(chosen.adapter)} is there")


def _is_gguf(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(GGUF_MAGIC)) == GGUF_MAGIC


def _transformers(settings: Settings) -> Finding:
    chosen = settings.transformers
    missing = _missing("torch", "transformers", *(["peft"] if chosen.adapter else []))
    if missing:
        return missing
    problems = list(_folder_problems("model", chosen.model, "config.json"))
    problems += _folder_problems("adapter", chosen.adapter, "adapter_config.json")
    if problems:
        return problems[0]
    return good(NAME, f"transformers: {chosen.model}{_with(chosen.adapter)} is there")


def _folder_problems(key: str, named: str | None, must_hold: str) -> Iterator[Finding]:
    """What is wrong with a model's or an adapter's folder."""
    if not named:
        return
    folder = Path(named)
    if folder.is_dir():
        if not (folder / must_hold).is_file():
            yield bad(NAME, f"transformers: {folder} has no {must_hold}", f"correct transformers.{key}")
    elif folder.is_absolute() or named.startswith(".") or named.count("/") != 1:
        yield bad(NAME, f"transformers: the folder {folder} is missing", f"correct transformers.{key}")
    else:
        yield warning(
            NAME,
            f"transformers: there is no folder {named}; it will be looked for on a hub at the first question",
            f"name a folder in transformers.{key} to start without the internet",
        )


def _openai(settings: Settings) -> Finding:
    from llm.errors import GeneratorError
    from rapport.generators import openai_server

    chosen = settings.openai
    server = openai_server(settings, CHECK_SECONDS)
    try:
        offered = server.models()
    except GeneratorError as error:
        return bad(NAME, f"openai: {error}", "start the server, or correct the section openai")
    if offered and chosen.model not in offered:
        few = ", ".join(offered[:5])
        return bad(NAME, f"openai: the server has no model {chosen.model}, but {few}", "correct openai.model")
    address = urlsplit(chosen.base_url)
    if address.scheme == "http" and address.hostname not in ("127.0.0.1", "::1", "localhost"):
        text = f"openai: questions and key travel unencrypted to {address.hostname}"
        return warning(NAME, text, "use https, or be sure of that network")
    return good(NAME, f"openai: {chosen.base_url} answers and has {chosen.model}")


def _missing(*packages: str) -> Finding | None:
    absent = [package for package in packages if find_spec(package) is None]
    return bad(NAME, f"not installed: {', '.join(absent)}", "`make models`") if absent else None


def _with(adapter: Path | str | None) -> str:
    return f" with the adapter {adapter}" if adapter else ""
