"""What answers of a language model cost: its tokens, counted, times prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.errors import RapportError

if TYPE_CHECKING:
    from llm.generators.base import Emit, Generator, LanguageModel
    from llm.prompts.prompt import Prompt
    from rapport.settings import Settings

GENERATORS = ("extractive", "llama_cpp", "transformers", "openai")
# English text has about so many characters a token, whichever tokenizer; not all servers say their counts.
CHARACTERS_A_TOKEN = 4.0


@dataclass(frozen=True)
class Prices:
    """In any currency, per million tokens."""

    read: float = 0.0
    written: float = 0.0


class Counted:
    """A generator by name, whose model's characters are counted.

    Args:
        settings: the model's.
        name: of the generator.

    Raises:
        RapportError: there is no such generator, or its model is not named in rapport.yml.
    """

    def __init__(self, settings: Settings, name: str) -> None:
        if name not in GENERATORS:
            raise RapportError(f"--generator {name} is not known: give one of {', '.join(GENERATORS)}.")
        self.generator: Generator | None = None
        self._model: _CountingModel | None = None
        if name != "extractive":
            from llm.generators.prompted import PromptedGenerator
            from rapport.generators import make_model

            chosen = settings.model_copy(
                update={"answers": settings.answers.model_copy(update={"generator": name})}
            )
            self._model = _CountingModel(make_model(chosen))
            self.generator = PromptedGenerator(self._model, settings.answers.timeout_seconds)

    def cost(self, prices: Prices, answers: int) -> float:
        """Of an answer that was sent, on average; what was written in vain is paid, too."""
        if self._model is None or not answers:
            return 0.0
        read = self._model.read / CHARACTERS_A_TOKEN * prices.read
        written = self._model.written / CHARACTERS_A_TOKEN * prices.written
        return round((read + written) / 1e6 / answers, 8)


class _CountingModel:
    """A model with the characters that it read and wrote."""

    def __init__(self, model: LanguageModel) -> None:
        self._model, self.name = model, model.name
        self.read = self.written = 0

    def write(self, prompt: Prompt, emit: Emit) -> None:
        self.read += sum(len(message["content"]) for message in prompt.messages)

        def count(piece: str) -> None:
            self.written += len(piece)
            emit(piece)

        self._model.write(prompt, count)
