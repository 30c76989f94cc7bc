"""`rapport learn test-for`: a conversation that went wrong becomes the smallest test that shows it."""

from __future__ import annotations

import asyncio
import itertools
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from learning.learned import ACTIVE, LABEL, STORY
from learning.store import LearningStore
from learning.stories.failure import Failure, failure_of, shrink
from learning.stories.items import Offer, offer
from learning.stories.steps import Expected, steps_of
from learning.stories.writing import Draft, story_name, write
from learning.tables import flags, learned, turns
from learning.turn import Turn
from rapport.console import console, done
from rapport.engine_files import ENDPOINTS, nlg_for, read_yaml
from rapport.errors import RapportError
from rapport.live_actions import live_actions
from rapport.rehearsing import Converse, rehearsing, turns_of
from rapport.settings import Settings
from rapport.training import latest_model

# Not below tests/: what a test expects fails until the assistant is mended, and `make test` must not.
FOLDER = Path("var/learned/tests")
PRIORITY = 6
# What stands in a conversation for personal data that was masked: that of a customer of the demo shop.
STAND_INS = {
    "[email]": "emma.hartley@example.com",
    "[contact_email]": "emma.hartley@example.com",
    "[identity]": "emma.hartley@example.com",
    "[identity_postcode]": "LA9 4QQ",
    "[postcode]": "LA9 4QQ",
    "[phone]": "01632 960 148",
    "[person]": "Emma Hartley",
    "[address]": "12 Fell View, Kendal, LA9 4QQ",
    "[new_address]": "12 Fell View, Kendal, LA9 4QQ",
}
_FEWEST_LETTERS = 6


@dataclass(frozen=True)
class Case:
    """A turn that went wrong, and what the customer wrote up to it."""

    turn: Turn
    texts: tuple[str, ...]


def make_test(settings: Settings, name: str, expect: str = "", folder: Path = FOLDER) -> Path:
    """Reduces a conversation and writes the test.

    Args:
        settings: of the assistant.
        name: of a turn or a conversation, or its beginning.
        expect: the intent, action or response that would have been right; what reviewers said if empty.
        folder: where the test is written.

    Returns:
        The test's file.

    Raises:
        RapportError: there is no such turn, or nothing goes wrong in it.
        NotShown: it no longer goes wrong.
    """
    store = LearningStore(settings.learning.database_url)
    case = find_case(store, name)
    model = latest_model(settings.server.models_folder)
    if model is None:
        raise RapportError("There is no model: run `rapport train` first.")
    expected = Expected.of(expect or accepted_intent(store, case.turn.text))
    failure = failure_of(case.turn)
    if expected and _is_met(expected, case.turn):
        raise RapportError(f"Nothing went wrong there: {expect or expected.intent} is what happened.")
    with console.status("Trying shorter conversations …"), _quiet():
        with rehearsing(settings, model) as converse:
            draft, runs = _reduced(case, failure, expected, converse)
        file = write(draft, folder)
        problems = _problems(settings, model, file)
    status = offer(store, _offer(case, draft), time.time())
    said = sum("user" in step for step in draft.steps)
    done(f"{file}: {said} of {len(case.texts)} messages, found in {runs} runs; review item {status}")
    _say_outcome(draft, problems)
    return file


def find_case(store: LearningStore, name: str) -> Case:
    """The turn of that name; of a conversation, the turn that most needs a look.

    Raises:
        RapportError: there is none, or several.
    """
    if len(name) < _FEWEST_LETTERS:
        raise RapportError(f"{name!r} is too short: give {_FEWEST_LETTERS} letters of a turn's name or more.")
    found = list(store.turns(None, turns.c.id.startswith(name, autoescape=True)))
    if len(found) > 1:
        raise RapportError(f"{len(found)} turns begin with {name!r}: give more letters.")
    turn = found[0] if found else _flagged_turn(store, name)
    before = store.turns(turn.conversation, turns.c.number <= turn.number)
    return Case(turn, tuple(unmasked(one.text) for one in before if one.text))


def _flagged_turn(store: LearningStore, conversation: str) -> Turn:
    wanted = turns.c.conversation.startswith(conversation, autoescape=True)
    statement = sa.select(turns.c.id).join(flags, flags.c.turn == turns.c.id).where(wanted)
    with store.engine.connect() as connection:
        order = (flags.c.priority.desc(), turns.c.number)
        found = connection.execute(statement.order_by(*order)).scalars().first()
    if found is None:
        raise RapportError(
            f"There is no turn {conversation!r}, and no conversation with a flagged one: "
            "`rapport learn flags --json` names them."
        )
    return next(store.turns(None, turns.c.id == found))


def unmasked(text: str) -> str:
    """A text that can be said again: something else in the place of personal data."""
    for mask, stand_in in STAND_INS.items():
        text = text.replace(mask, stand_in)
    return text


def accepted_intent(store: LearningStore, text: str) -> str:
    """What reviewers said that a message means; empty if they did not."""
    wanted = " ".join(text.lower().split())
    statement = sa.select(learned.c.content).where(learned.c.kind == LABEL, learned.c.status == ACTIVE)
    with store.engine.connect() as connection:
        contents = list(connection.execute(statement).scalars())
    same = [one for one in contents if " ".join(str(one.get("text")).lower().split()) == wanted]
    return str(same[-1].get("intent") or "") if same else ""


def _is_met(expected: Expected, turn: Turn) -> bool:
    happened = {*(name for name, _ in turn.actions), *turn.responses}
    return turn.routed == expected.intent if expected.intent else expected.action in happened


def _reduced(case: Case, failure: Failure, expected: Expected, converse: Converse) -> tuple[Draft, int]:
    """The test of the shortest conversation, and how many it took."""
    numbers = itertools.count()

    def attempt(texts: list[str]) -> list[Turn]:
        return turns_of(converse(f"try-{next(numbers)}", texts))

    found = shrink(case.texts, failure, attempt)
    events = converse("shortest", list(found.texts))
    steps, now = steps_of(events, expected)
    name = story_name(found.turn.text, case.turn.id)
    return Draft(name, tuple(steps), tuple(now), bool(expected)), found.runs


def _problems(settings: Settings, model: Path, file: Path) -> list[str]:
    """What the suite says of the test: it must fail now if it says what is right, and pass if it does not."""
    from components.suite import run_suite

    nlg = nlg_for(settings, read_yaml(ENDPOINTS))
    results = file.parent / "results"
    results.mkdir(parents=True, exist_ok=True)
    with live_actions(settings) as actions:
        result = asyncio.run(run_suite(model, file, actions.exchange, nlg, results, {}))
    return [problem for story in result.stories for problem in story.problems]


def _offer(case: Case, draft: Draft) -> Offer:
    reason = "a conversation that went wrong, as short as it still shows it"
    proposal = {"name": draft.name, "steps": [dict(step) for step in draft.steps]}
    turn = case.turn
    return Offer(STORY, turn.id, PRIORITY, turn.text, turn.language, proposal, (reason,), (turn,))


def _say_outcome(draft: Draft, problems: list[str]) -> None:
    if draft.is_known and problems:
        console.print(f"  fails now: {problems[0]}", markup=False, soft_wrap=True)
        console.print("  once it passes (`rapport test --live FILE`), move it to tests/", style="dim")
    elif draft.is_known:
        console.print("  passes already: the assistant has been mended since", style="yellow")
    elif problems:
        console.print(f"  the suite goes another way: {problems[0]}", style="yellow", markup=False)
    else:
        console.print("  it shows what happens now; write what should happen, or give --expect", style="dim")


def _quiet() -> warnings.catch_warnings:  # type: ignore[type-arg]
    """Rasa warns of what validation has said."""
    return warnings.catch_warnings(action="ignore")
