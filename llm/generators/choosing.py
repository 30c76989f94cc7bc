"""Lets a language model choose among some meanings of a message; it writes no more than a number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from llm.errors import GeneratorCutOff, GeneratorGarbage, GeneratorUnavailable, PromptError
from llm.generators.base import LanguageModel
from llm.generators.in_time import pieces_in_time
from llm.generators.thoughts import without_thoughts
from llm.prompts.fence import as_data
from llm.prompts.prompt import Prompt, render

VERSION = "choice/1"
_LONGEST_MESSAGE, _LONGEST_LINE = 1_000, 200
# `2`, `2.`, `2) track order`, `{"choice": "2"}`; not "2 of these fit".
_NUMBER = re.compile(r"\W*(?:choice\W+)?(\d{1,3})(?:[^\w\s].*|\s*)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Meaning:
    """What a message may mean: a name in plain words, and examples of messages."""

    name: str
    examples: tuple[str, ...] = ()


def choose(
    model: LanguageModel, message: str, meanings: Sequence[Meaning], timeout_seconds: float
) -> int | None:
    """Which meaning a message has.

    Example:
        >>> choose(model, "wo ist mein paket", [Meaning("track order"), Meaning("cancel order")], 15)
        0

    Args:
        model: chooses.
        message: a customer's.
        meanings: one or more; "none of these" is added.
        timeout_seconds: for the reply, loading the model included.

    Returns:
        The place of the meaning; None for none of these.

    Raises:
        GeneratorError: it did not choose.
    """
    pieces: list[str] = []
    try:
        for piece in pieces_in_time(model, choice_prompt(message, meanings), timeout_seconds):
            pieces.append(piece)
    except GeneratorCutOff:  # it goes on talking; the number comes first
        pass
    found = _NUMBER.fullmatch(without_thoughts("".join(pieces)))
    number = int(found[1]) if found else 0
    if not 1 <= number <= len(meanings) + 1:
        raise GeneratorGarbage(
            f"The generator {model.name} named none of the numbers that it may choose from."
        )
    return None if number > len(meanings) else number - 1


def choice_prompt(message: str, meanings: Sequence[Meaning]) -> Prompt:
    """What the model is asked; the likeliest number is wanted, whatever the model's temperature.

    Raises:
        GeneratorUnavailable: the template is broken.
    """
    shown = [
        {"name": _line(one.name), "examples": [_line(text) for text in one.examples]} for one in meanings
    ]
    try:
        prompt = render(VERSION, meanings=shown, message=as_data(message, _LONGEST_MESSAGE))
    except PromptError as error:
        raise GeneratorUnavailable(str(error)) from error
    choices = tuple(str(number) for number in range(1, len(meanings) + 2))
    return replace(prompt, choices=choices, temperature=0.0)


def _line(text: str) -> str:
    return " ".join(as_data(text, _LONGEST_LINE).split())
