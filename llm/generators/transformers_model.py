"""A model in this process, on transformers and torch, with a PEFT adapter if wanted."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from jinja2 import TemplateError

from llm.errors import GeneratorCutOff, GeneratorInterrupted, GeneratorTimeout, GeneratorUnavailable
from llm.generators.base import Emit
from llm.prompts.prompt import Prompt


class TransformersModel:
    """Loads the model at the first question, and answers one question at a time.

    Args:
        model: folder of the model, or its id on a hub that can be reached.
        adapter: folder of a PEFT adapter, or its id.
        device: `auto` is the GPU if there is one; else as torch names devices.
        dtype: `auto` is that of the files; else `float32`, `bfloat16`, `float16`.
        max_tokens: longest reply.
        temperature: 0 writes the likeliest, 1 freely.
        wait_seconds: how long a question waits for those before it.
    """

    name = "transformers"

    def __init__(
        self,
        model: str,
        adapter: str | None = None,
        device: str = "auto",
        dtype: str = "auto",
        max_tokens: int = 300,
        temperature: float = 0.0,
        wait_seconds: float = 20.0,
    ) -> None:
        self.model, self.adapter, self.device, self.dtype = model, adapter, device, dtype
        self.max_tokens, self.temperature, self.wait_seconds = max_tokens, temperature, wait_seconds
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def write(self, prompt: Prompt, emit: Emit) -> None:
        """Write the reply (see `LanguageModel`).

        Raises:
            GeneratorUnavailable: a package or a file is missing, or cannot be loaded.
            GeneratorTimeout: other questions are before this one.
            GeneratorInterrupted: torch failed.
            GeneratorCutOff: the reply reached `max_tokens`.
        """
        if not self._lock.acquire(timeout=self.wait_seconds):
            raise GeneratorTimeout(f"The model {self.model} is busy with other questions.")
        try:
            model, tokenizer = self.load()
            ending = self._generate(model, tokenizer, prompt, emit)
        except (ValueError, RuntimeError) as error:
            raise GeneratorInterrupted(f"transformers failed ({type(error).__name__}).") from error
        finally:
            self._lock.release()
        if ending == "length":
            raise GeneratorCutOff("The reply reached its greatest length.")

    def load(self) -> tuple[Any, Any]:
        """The model (with its adapter, in evaluation mode) and its tokenizer.

        Raises:
            GeneratorUnavailable: a package or a file is missing, or is no such model.
        """
        if self._loaded is None:
            self._loaded = self._load()
        return self._loaded

    def _load(self) -> tuple[Any, Any]:
        try:
            import torch
            from transformers import AutoModelForCausalLM, AutoTokenizer
            from transformers.utils.logging import disable_progress_bar
        except ImportError as error:
            raise GeneratorUnavailable(
                f"{error.name} is not installed, and transformers needs it: run `make models`."
            ) from error
        disable_progress_bar()  # a server has no terminal
        device = self.device if self.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
        try:
            tokenizer = AutoTokenizer.from_pretrained(self.model)
            model: Any = AutoModelForCausalLM.from_pretrained(self.model, dtype=self.dtype)
            if self.adapter:
                from peft import PeftModel

                model = PeftModel.from_pretrained(model, self.adapter)
            return model.to(device).eval(), tokenizer
        except Exception as error:  # broken files make its many readers raise errors of many kinds
            named = " with ".join(filter(None, (self.model, self.adapter)))
            reason = str(error).strip().split("\n")[0]
            raise GeneratorUnavailable(f"transformers cannot load {named}: {reason}") from error

    def _generate(self, model: Any, tokenizer: Any, prompt: Prompt, emit: Emit) -> str:
        """Writes the reply; returns `stop` or `length`."""
        import torch
        from transformers import TextStreamer

        class Streamer(TextStreamer):
            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
                if text:
                    emit(text)

        temperature = self.temperature if prompt.temperature is None else prompt.temperature
        how: dict[str, Any] = {"do_sample": temperature > 0}
        if temperature > 0:
            how["temperature"] = temperature
        inputs = _tokens(tokenizer, prompt).to(model.device)
        if prompt.choices:
            how["prefix_allowed_tokens_fn"] = _only(
                [tokenizer(choice, add_special_tokens=False)["input_ids"] for choice in prompt.choices],
                inputs["input_ids"].shape[1],
                sorted(_ends(model)),
            )
        with torch.inference_mode():
            written = model.generate(
                **inputs,
                **how,
                max_new_tokens=self.max_tokens,
                pad_token_id=tokenizer.eos_token_id,  # one reply at a time is never padded
                streamer=Streamer(tokenizer, skip_prompt=True, skip_special_tokens=True),
            )
        length = written.shape[1] - inputs["input_ids"].shape[1]
        return "length" if length >= self.max_tokens and int(written[0, -1]) not in _ends(model) else "stop"


def _tokens(tokenizer: Any, prompt: Prompt) -> Any:
    """The prompt as the model was taught to read it: `input_ids` and `attention_mask`, [1, tokens]."""
    if not tokenizer.chat_template:
        return tokenizer(prompt.plain, return_tensors="pt")
    how = {"add_generation_prompt": True, "return_tensors": "pt", "return_dict": True}
    try:
        return tokenizer.apply_chat_template(prompt.messages, **how)
    except (ValueError, TemplateError):  # what templates raise that know no system's role
        return tokenizer.apply_chat_template(prompt.one_message, **how)


def _only(choices: Sequence[list[int]], start: int, ends: list[int]) -> Callable[[int, Any], list[int]]:
    """Which tokens may come next, so that the reply is one of some.

    Args:
        choices: the tokens of each.
        start: length of the prompt, in tokens.
        ends: the tokens that end a reply.
    """

    def allowed(_: int, tokens: Any) -> list[int]:
        written = tokens[start:].tolist()
        open_ones = [choice for choice in choices if choice[: len(written)] == written]
        following = {choice[len(written)] for choice in open_ones if len(choice) > len(written)}
        return sorted(following) + (ends if written in choices or not following else [])

    return allowed


def _ends(model: Any) -> set[int]:
    """The tokens that end a reply."""
    ends = model.generation_config.eos_token_id
    return set(ends) if isinstance(ends, list) else {ends}
