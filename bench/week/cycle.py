"""One cycle of learning in the demonstration: the code of the commands, with a made-up reviewer."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from bench.week.reviewer import Reviewer
from learning.cycle import Cycle
from learning.datasets.records import records
from learning.learned import ARTICLE, DROPPED, INTENT, LABEL, Learned
from learning.review.item import Item
from learning.review.queue import find_items
from learning.review.verdicts import ACCEPT, CHANGE, REJECT, Verdict, review
from learning.rollout.registry import STABLE, Registry
from learning.store import LearningStore
from rapport.environment import child_environment
from rapport.errors import RapportError
from rapport.review import propose, rules
from rapport.settings import Settings
from rapport.watching import cycle as run_cycle

REVIEWER = "the week's reviewer"
# Told what is being done.
Note = Callable[[str], None]


@dataclass(frozen=True)
class Learnt:
    """What a cycle did.

    Attributes:
        items: what the reviewer was asked, by kind.
        reviews, wrong: how many verdicts there were, and how many of them were wrong on purpose.
        wrong_dropped: of those, how many the gate dropped; `right_dropped`: right ones that it dropped.
        dropped: what the gate dropped, and why, a sentence each.
        trainings: what each training was for, and whether the gate let the candidate pass.
        examples: learned ones, by intent.
        model: what answers from now on: the new model, or the one before if it was not good enough.
        promoted: whether it is the new one.
        reasons: why it is not.
        figures: of the gate, [stable, candidate] by name.
    """

    items: dict[str, int]
    reviews: int
    wrong: int
    wrong_dropped: int
    right_dropped: int
    dropped: list[str]
    trainings: list[str]
    examples: dict[str, int]
    model: Path
    promoted: bool
    reasons: list[str]
    figures: dict[str, list[float]]


def learn(settings: Settings, reviewer: Reviewer, note: Note) -> Learnt:
    """Flagged turns → items → verdicts → dataset → candidate → gate → promoted, if it is good enough."""
    store = LearningStore(settings.learning.database_url)
    propose(settings)
    items = find_items(store)
    judge(settings, store, reviewer, items)
    note(
        f"{len(items)} items for review; {reviewer.reviews} verdicts, {len(reviewer.mistakes)} of them wrong"
    )
    before = Registry(store).current(STABLE)
    done = run_cycle(settings, "the week is over")
    return _learnt(store, reviewer, items, done, before.id if before else "")


def judge(settings: Settings, store: LearningStore, reviewer: Reviewer, items: list[Item]) -> None:
    """Gives a verdict on each item; new intents first, for labels may then name them."""
    for item in sorted(items, key=lambda one: one.kind == LABEL):
        if item.kind in (INTENT, ARTICLE):
            verdict = on_new(item, reviewer, rules(settings, store).intents)
        elif item.kind == LABEL:
            verdict = on_label(item, reviewer, rules(settings, store).intents)
        else:
            continue  # what was answered wrongly is not played here
        review(store, item.id, verdict, rules(settings, store), time.time())


def on_new(item: Item, reviewer: Reviewer, known: Collection[str]) -> Verdict:
    """An intent of what many ask and the shop lacks, with the examples that belong to it."""
    texts = list(item.proposal.get("examples") or item.proposal["questions"])
    want = reviewer.new_intent(texts)
    if want is None or want.intent in known:
        return Verdict(REVIEWER, REJECT)
    examples = [text for text in texts if reviewer.means(text, want)]
    value = {
        "name": want.intent,
        "description": want.description,
        "answer": want.answer,
        "examples": examples,
    }
    return Verdict(REVIEWER, CHANGE, {**value, "kind": INTENT})


def on_label(item: Item, reviewer: Reviewer, known: Collection[str]) -> Verdict:
    """The intent that the reviewer thinks right, if the shop has it."""
    intent = reviewer.label(item.text)
    if intent is None or intent not in known:
        return Verdict(REVIEWER, REJECT)
    if intent == item.proposal.get("intent"):
        return Verdict(REVIEWER, ACCEPT)
    return Verdict(REVIEWER, CHANGE, {"intent": intent})


def _learnt(store: LearningStore, reviewer: Reviewer, items: list[Item], done: Cycle, before: str) -> Learnt:
    stable = Registry(store).current(STABLE)
    if stable is None:
        raise RapportError(
            "There is no stable model: the cycle ended early, `rapport learn history` says why."
        )
    every = records(store)
    dropped = [one for one in every if one.kind == LABEL and one.status == DROPPED]
    wrong = sum(one.content["text"] in reviewer.mistakes for one in dropped)
    examples = Counter(
        str(one.content["intent"]) for one in every if one.kind == LABEL and one not in dropped
    )
    for one in every:
        if one.kind == INTENT:
            examples[str(one.content["name"])] += len(one.content["examples"])
    return Learnt(
        items=dict(Counter(item.kind for item in items)),
        reviews=reviewer.reviews,
        wrong=len(reviewer.mistakes),
        wrong_dropped=wrong,
        right_dropped=len(dropped) - wrong,
        dropped=[_told(one, str(one.content["text"]) in reviewer.mistakes) for one in dropped],
        trainings=[
            f"{one['candidate']}, on {one['on']}: {'passed' if one['passed'] else '; '.join(one['reasons'])}"
            for one in done.state.get("trainings", ())
        ],
        examples=dict(examples),
        model=Path(stable.path),
        promoted=stable.id not in (before, "") and done.state.get("rollout") == "promote",
        reasons=[*done.state.get("reasons", []), *filter(None, [done.state.get("stop"), done.why])],
        figures=dict(done.state.get("figures", {})),
    )


def _told(one: Learned, wrong: bool) -> str:
    kind = "wrong" if wrong else "right"
    return f"{one.content['text']!r} as {one.content['intent']} ({kind}): {one.why}"


def rapport(*arguments: str) -> None:
    """Runs a command in the working folder.

    Raises:
        RapportError: it failed.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "rapport", *arguments], env=child_environment(), capture_output=True, text=True
    )
    if ended.returncode:
        said = [line for line in ended.stderr.splitlines() if line.startswith(("✗", "("))]
        raise RapportError(f"`rapport {' '.join(arguments)}` failed: {' '.join(said) or ended.stderr[-300:]}")
