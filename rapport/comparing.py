"""`rapport learn compare`: has questions answered twice, for reviewers to say which answer is better."""

from __future__ import annotations

import json
import secrets
import time
from collections import Counter
from dataclasses import dataclass

from learning.review.comparing import Generation, comparison, to_compare
from learning.review.words import normalised
from learning.store import LearningStore
from learning.stories.items import offer
from learning.turn import Turn
from rapport.asked_questions import Asked
from rapport.console import console, done, progress_bar
from rapport.generators import make_model
from rapport.prompt_trial import SENT, PromptTrial
from rapport.prompts import SETTINGS, chosen, context_for, with_generator
from rapport.reading_index import reading_index
from rapport.review import open_store
from rapport.settings import Settings

# Many questions have one right answer, which is written twice: so many are tried for one to review.
_TRIED = 3
# Of what the same customer wrote before.
_HISTORY = 3
MADE, SAME, UNANSWERED = "made", "same", "unanswered"


@dataclass(frozen=True)
class Second:
    """How the second answer is made: the prompt's version, as `rapport prompt try` has it, and how freely."""

    version: str = SETTINGS
    temperature: float = 0.8


def compare(settings: Settings, most: int, second: Second, generator: str = "") -> Counter[str]:
    """Makes items of questions that customers asked; how many, and why not of others.

    Args:
        settings: choose the model, and how its first answer is made.
        most: so many items.
        second: how its second answer is made.
        generator: another one than that of the settings.

    Raises:
        RapportError: no language model is chosen.
        LlmError: it, a prompt or the knowledge cannot be used.
    """
    settings, store = with_generator(settings, generator), open_store(settings)
    waiting = to_compare(store, _TRIED * most)
    found: Counter[str] = Counter()
    if not waiting:
        return found
    model = make_model(settings)
    with reading_index(settings) as index, progress_bar() as bar:
        trials = (
            PromptTrial(index, settings, model, chosen(settings, SETTINGS)),
            PromptTrial(index, settings, model, chosen(settings, second.version), second.temperature),
        )
        task = bar.add_task("Loading the model", total=most)
        trials[0].watched.warm_up()
        for turn in waiting:
            became = _compare(settings, store, turn, trials)
            found[became] += 1
            bar.update(task, completed=found[MADE], description="Asking the model")
            if found[MADE] == most:
                break
    return found


def _compare(
    settings: Settings, store: LearningStore, turn: Turn, trials: tuple[PromptTrial, PromptTrial]
) -> str:
    """Has one question answered twice; the answers are shown in an order that is drawn."""
    asked = Asked(turn.text, _before(store, turn), turn.language or "en", turn.routed or turn.intent)
    made: list[Generation] = []
    for trial in trials:
        given = trial.run(asked, context_for(settings, asked))
        if given.ending != SENT:
            return UNANSWERED
        temperature = trial.watched.generator.temperature
        how = "" if temperature is None else f" temperature={temperature:g}"
        made.append(Generation(given.text, f"{trial.watched.name} {given.version}{how}"))
    if normalised(made[0].text) == normalised(made[1].text):
        return SAME
    if secrets.randbelow(2):
        made.reverse()
    offer(store, comparison(turn, made), time.time())
    return MADE


def _before(store: LearningStore, turn: Turn) -> tuple[str, ...]:
    """What the same customer wrote before, oldest first."""
    earlier = [one.text for one in store.turns(turn.conversation) if one.number < turn.number]
    return tuple(text for text in earlier if not text.startswith("/"))[-_HISTORY:]


def show_compare(settings: Settings, most: int, second: Second, generator: str, as_json: bool) -> None:
    """Makes items and says what came of it."""
    found = compare(settings, most, second, generator)
    if as_json:
        print(json.dumps({name: found[name] for name in (MADE, SAME, UNANSWERED)}))  # noqa: T201
        return
    if not found:
        console.print("No question waits: those that the help centre answered are all compared, or flagged.")
        return
    done(f"{found[MADE]} questions with two answers each wait for `rapport learn review --kind preference`")
    console.print(
        f"  {found[SAME]} were answered the same twice, {found[UNANSWERED]} not answered twice", style="dim"
    )
