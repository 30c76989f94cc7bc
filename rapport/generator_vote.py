"""The vote of a language model on what messages mean: that of `answers.generator`, where it is one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from learning.labels.votes import NONE, Generator
from llm.errors import GeneratorError, GeneratorUnavailable
from llm.generators.choosing import Meaning, choose
from llm.generators.prompted import WARM_UP_SECONDS
from rapport.console import warned
from rapport.generators import make_model
from rapport.settings import Settings

# Examples of each intent that it is shown.
_EXAMPLES = 3
# It is left alone for the rest of the run after so many failures in a row.
_FAILURES = 3


def generator_vote(settings: Settings, examples: Sequence[tuple[str, str]]) -> Generator | None:
    """What asks the model; None where none is configured, or none is to vote.

    Nothing is loaded and no server asked before the first vote. A model that is down does not vote, and that
    is said once.

    Args:
        settings: name the model, and on how many labels it votes.
        examples: texts with their intents; the model is shown some of each.
    """
    left = settings.learning.generator_votes
    if settings.answers.generator == "extractive" or not left:
        return None
    model, shown = make_model(settings), _shown(examples)
    # The first vote waits until a model in this process is loaded.
    timeout_seconds, failed = WARM_UP_SECONDS, 0

    def vote(text: str, intents: Sequence[str]) -> str | None:
        nonlocal left, timeout_seconds, failed
        if left <= 0:
            return None
        left -= 1
        meanings = [Meaning(name.replace("_", " "), shown.get(name, ())) for name in intents]
        allowed_seconds, timeout_seconds = timeout_seconds, settings.answers.timeout_seconds
        try:
            place = choose(model, text, meanings, allowed_seconds)
        except GeneratorError as error:
            failed += 1
            if isinstance(error, GeneratorUnavailable) or failed == _FAILURES:
                left = 0
                warned(f"{error} It does not vote in this run; what is proposed comes from the other votes.")
            return None
        failed = 0
        return NONE if place is None else intents[place]

    return vote


def _shown(examples: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for text, intent in examples:
        if len(found[intent]) < _EXAMPLES:
            found[intent].append(text)
    return {intent: tuple(texts) for intent, texts in found.items()}
