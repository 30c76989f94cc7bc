"""A GGUF model in this process, on llama.cpp, with a LoRA adapter if wanted."""

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from llm.errors import (
    GeneratorCutOff,
    GeneratorError,
    GeneratorInterrupted,
    GeneratorTimeout,
    GeneratorUnavailable,
)
from llm.generators.base import Emit
from llm.prompts.prompt import Prompt

# Key of the chat template in a GGUF file, and the name that llama-cpp-python gives it.
_TEMPLATE_KEY, _TEMPLATE = "tokenizer.chat_template", "chat_template.default"
SEED = 7


class LlamaCppModel:
    """Loads the model at the first question, and answers one question at a time: a context holds only one.

    Args:
        model: the GGUF file.
        adapter: a LoRA as a GGUF file.
        context_tokens: prompt and reply together.
        threads: how many cores it uses; 0 is half of them. More than are idle make it much slower.
        gpu_layers: how many layers go to a GPU; -1 is all.
        max_tokens: longest reply.
        temperature: 0 writes the likeliest, 1 freely.
        wait_seconds: how long a question waits for those before it.
    """

    name = "llama_cpp"

    def __init__(
        self,
        model: Path,
        adapter: Path | None = None,
        context_tokens: int = 4096,
        threads: int = 0,
        gpu_layers: int = 0,
        max_tokens: int = 300,
        temperature: float = 0.0,
        wait_seconds: float = 20.0,
    ) -> None:
        self.model, self.adapter = model, adapter
        self.context_tokens, self.threads, self.gpu_layers = context_tokens, threads, gpu_layers
        self.max_tokens, self.temperature, self.wait_seconds = max_tokens, temperature, wait_seconds
        self._lock = threading.Lock()
        self._llama: Any = None

    def write(self, prompt: Prompt, emit: Emit) -> None:
        """Write the reply (see `LanguageModel`).

        Raises:
            GeneratorUnavailable: llama-cpp-python or a file is missing, or cannot be loaded; or
                the prompt does not fit into its context.
            GeneratorTimeout: other questions are before this one.
            GeneratorInterrupted: llama.cpp failed.
            GeneratorCutOff: the reply reached `max_tokens` or filled the context.
        """
        if not self._lock.acquire(timeout=self.wait_seconds):
            raise GeneratorTimeout(f"The model {self.model.name} is busy with other questions.")
        try:
            ending = _emit(self._chunks(prompt), emit)
        except (ValueError, RuntimeError) as error:
            raise _failure(error) from error
        finally:
            self._lock.release()
        if ending == "length":
            raise GeneratorCutOff("The reply reached its greatest length.")

    def load(self) -> Any:
        """The loaded model, a `llama_cpp.Llama`.

        Raises:
            GeneratorUnavailable: the package or a file is missing, or the file is no such model.
        """
        if self._llama is None:
            self._llama = self._loaded()
        return self._llama

    def _loaded(self) -> Any:
        try:
            from llama_cpp import Llama
        except ImportError as error:
            raise GeneratorUnavailable("llama-cpp-python is not installed: run `make models`.") from error
        for file in filter(None, (self.model, self.adapter)):
            if not file.is_file():
                raise GeneratorUnavailable(f"The file {file} is missing: correct llama_cpp in rapport.yml.")
        threads = self.threads or None
        try:
            llama = Llama(
                str(self.model),
                lora_path=str(self.adapter) if self.adapter else None,
                n_ctx=self.context_tokens,
                n_threads=threads,
                n_threads_batch=threads,
                n_gpu_layers=self.gpu_layers,
                seed=SEED,
                verbose=False,
            )
        except (ValueError, RuntimeError, OSError) as error:
            named = " and ".join(str(file) for file in (self.model, self.adapter) if file)
            raise GeneratorUnavailable(f"llama.cpp cannot load {named}: {error}.") from error
        # The package (0.3.36) overlooks an adapter that cannot be read; llama.cpp would end the process.
        if self.adapter and not llama._lora_adapter:
            raise GeneratorUnavailable(
                f"llama.cpp cannot load {self.adapter}: it is no LoRA for {self.model}."
            )
        if _TEMPLATE_KEY in llama.metadata:
            # The package replaces some templates by its own; its one for Mistral drops the system's words.
            llama.chat_format = _TEMPLATE
        return llama

    def _chunks(self, prompt: Prompt) -> Iterator[dict[str, Any]]:
        llama = self.load()
        temperature = self.temperature if prompt.temperature is None else prompt.temperature
        how: dict[str, Any] = {"max_tokens": self.max_tokens, "temperature": temperature, "stream": True}
        if prompt.choices:
            how["grammar"] = _grammar(prompt.choices)
        if _TEMPLATE_KEY not in llama.metadata:
            chunks: Iterator[dict[str, Any]] = llama.create_completion(prompt.plain, **how)
            return chunks
        try:
            chunks = llama.create_chat_completion(prompt.messages, **how)
        except (ValueError, TemplateError):  # what templates raise that know no system's role
            chunks = llama.create_chat_completion(prompt.one_message, **how)
        return chunks


def _grammar(choices: Sequence[str]) -> Any:
    """Lets the model write one of these and nothing else."""
    from llama_cpp import LlamaGrammar

    return LlamaGrammar.from_string(f"root ::= {' | '.join(map(json.dumps, choices))}", verbose=False)


def _failure(error: Exception) -> GeneratorError:
    if "exceed context window" in str(error):
        return GeneratorUnavailable("The prompt is too long: set llama_cpp.context_tokens higher.")
    return GeneratorInterrupted(f"llama.cpp failed ({type(error).__name__}).")


def _emit(chunks: Iterator[dict[str, Any]], emit: Emit) -> str | None:
    """Emits the chunks' texts; returns why the reply ended."""
    ending = None
    for chunk in chunks:
        choice = chunk["choices"][0]
        text = choice["delta"].get("content") if "delta" in choice else choice["text"]
        if text:
            emit(text)
        ending = choice["finish_reason"] or ending
    return ending
