"""One cycle of learning, the short way: flagged turns are grouped and reviewed, a model is trained on them.

`Cycle` is what `bench.week.run` is given: a longer way (proposals, datasets, gate, canary) takes this one's
place by having its arguments and result.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from bench.week.customers import Want
from bench.week.reviewer import Reviewer, plain
from learning.ratchet import groups_of
from learning.store import LearningStore
from learning.tables import turns
from learning.turn import Turn
from llm.encoder import load_encoder
from rapport.environment import child_environment
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.training import latest_model

NLU, RULES, DOMAIN = Path("data/learned/nlu.yml"), Path("data/learned/rules.yml"), Path("domain/learned.yml")
# Fewer messages than that are no want of many customers.
SMALLEST = 3
# So large a share of the suite's conversations may end otherwise with the new model. Some of their messages
# lie at a band's edge on purpose, and every training moves those a little.
ALLOWED = 0.02
_ENDED = re.compile(r"(\d+) passed, (\d+) failed")
# Two names for what nobody understood, with the same answer (data/rules/routing.yml).
_LOST = "(?:nlu_fallback|out_of_scope)"
_CALLED_OTHERWISE = re.compile(rf": expected {_LOST}, understood {_LOST}$")
# Told what is being done.
Note = Callable[[str], None]


@dataclass(frozen=True)
class Learnt:
    """What a cycle did.

    Attributes:
        reviews, wrong: how many there were, and how many of them gave a wrong label on purpose.
        examples: learned ones, by intent.
        model: what answers from now on: the new model, or the one before if it was not good enough.
        promoted: whether it is the new one.
        passed, failed: conversations of the suite that went as they should with the new model, or did not.
        called_otherwise: of those that did, in how many a message was called by another name.
    """

    reviews: int
    wrong: int
    examples: dict[str, int]
    model: Path
    promoted: bool
    passed: int
    failed: int
    called_otherwise: int


# Settings of the project (the working folder), the reviewer, and whom to tell what is being done.
Cycle = Callable[[Settings, Reviewer, Note], Learnt]


def learn(settings: Settings, reviewer: Reviewer, note: Note) -> Learnt:
    """Flagged turns → new intents and labels → files → a model, which is kept if the suite is green."""
    texts = flagged_texts(LearningStore(settings.learning.database_url))
    vectors = load_encoder(settings.encoder.model, settings.encoder.cache_dir, precision="int8").encode(texts)
    groups = [[texts[place] for place in group] for group in groups_of(vectors) if len(group) >= SMALLEST]
    found = {want.intent: want for group in groups if (want := reviewer.new_intent(group))}
    known = {want.intent for want in reviewer.wants if not want.is_new}
    labelled: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        intent = reviewer.label(text)
        if intent in found or intent in known:
            labelled[str(intent)].append(text)
    note(f"{len(texts)} flagged messages in {len(groups)} groups; {reviewer.reviews} reviews")
    write(labelled, list(found.values()))
    examples = {intent: len(some) for intent, some in labelled.items()}
    note(f"training with {sum(examples.values())} examples, {len(found)} new intents")
    before = latest_model(settings.server.models_folder)
    rapport("train")
    note("running the conversation suite")
    passed, failed, called_otherwise = _suite()
    model = latest_model(settings.server.models_folder)
    promoted = model != before and failed <= ALLOWED * (passed + failed)
    if not promoted:
        model = _without(model, before)
    if model is None:
        raise RapportError("There is no model: `rapport train` made none.")
    return Learnt(
        reviewer.reviews, len(reviewer.mistakes), examples, model, promoted, passed, failed, called_otherwise
    )


def _suite() -> tuple[int, int, int]:
    """Runs the conversation suite; see `Learnt`: passed, failed, called otherwise."""
    said = rapport("test", check=False)
    found = _ENDED.search(said.stdout)
    if found is None:
        raise RapportError(f"The conversation suite could not be run: {said.stderr[-300:]}")
    strictly, wrong = int(found[2]), went_wrong(said.stdout)
    return int(found[1]) + strictly - wrong, wrong, strictly - wrong


def went_wrong(report: str) -> int:
    """How many conversations of a suite's report did not go as they should, for the customer."""
    stories = report.split("✗ ")[1:]
    problems = ([line for line in story.splitlines()[1:] if line.startswith("    ")] for story in stories)
    return sum(any(not _CALLED_OTHERWISE.search(line) for line in some) for some in problems)


def _without(model: Path | None, before: Path | None) -> Path | None:
    """Throws a model away that is not good enough; what answers then."""
    if model is not None and model != before:
        model.unlink()
    return before


def flagged_texts(store: LearningStore) -> list[str]:
    """Different messages of flagged turns that somebody wrote freely, in order."""
    wanted = [flag.turn for flag in store.flags()]
    found: dict[str, str] = {}
    for turn in store.turns(None, turns.c.id.in_(wanted), sa.not_(turns.c.text.startswith("/"))):
        if _written_freely(turn):
            found.setdefault(plain(turn.text), turn.text)
    return list(found.values())


def _written_freely(turn: Turn) -> bool:
    return bool(turn.text.strip()) and not turn.is_answer_to_form


def write(labelled: dict[str, list[str]], new: Sequence[Want]) -> None:
    """Writes Rasa's files: examples, a rule for each new intent, and what is said."""
    nlu = [
        {"intent": intent, "examples": LiteralScalarString("".join(f"- {text}\n" for text in some))}
        for intent, some in sorted(labelled.items())
    ]
    rules = [
        {
            "rule": f"Learned - {want.intent}",
            "steps": [{"intent": want.intent}, {"action": f"utter_{want.intent}"}],
        }
        for want in new
    ]
    responses = {
        name: [{"text": text}]
        for want in new
        for name, text in (
            (f"utter_{want.intent}", want.answer),
            (f"utter_title_{want.intent}", _title(want)),
            (f"utter_confirm_{want.intent}", f"Is it about this: {_title(want)}?"),
        )
    }
    _dump(NLU, {"version": "3.1", "nlu": nlu})
    _dump(RULES, {"version": "3.1", "rules": rules})
    _dump(DOMAIN, {"version": "3.1", "intents": [want.intent for want in new], "responses": responses})


def _title(want: Want) -> str:
    """The intent's name as a button shows it: `ask_wedding_list` is "Wedding list"."""
    return want.intent.split("_", 1)[1].replace("_", " ").capitalize()


def _dump(file: Path, content: dict[str, object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    yaml = YAML()
    yaml.width = 110
    partial = file.with_name(f".{file.name}.partial")
    with partial.open("w", encoding="utf-8") as target:
        yaml.dump(content, target)
    partial.replace(file)


def rapport(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs a command in the working folder.

    Raises:
        RapportError: it failed, and must not.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "rapport", *arguments], env=child_environment(), capture_output=True, text=True
    )
    if ended.returncode and check:
        said = [line for line in ended.stderr.splitlines() if line.startswith(("✗", "("))]
        raise RapportError(f"`rapport {' '.join(arguments)}` failed: {' '.join(said) or ended.stderr[-300:]}")
    return ended
