"""What a cycle does at the gate: judges, and trains once more without what most likely broke something."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from learning.cycle import CycleLog, State
from learning.datasets.records import accepted, drop
from learning.gate.verdict import Verdict
from learning.learned import SPREAD
from learning.store import LearningStore
from rapport.console import console
from rapport.gate import judge_candidate
from rapport.gate_culprits import Dropped, find_suspects
from rapport.settings import Settings

# Trains a candidate without some labels, named by their ids; returns its name.
Train = Callable[[Collection[str]], str]


def judge_and_mend(settings: Settings, store: LearningStore, name: str, train: Train) -> State:
    """Judges a candidate; if it did not pass, trains one without the labels that most likely broke something.

    Examples that nobody reviewed are left out of that one, too.

    Only those are dropped of which the second candidate shows that it was they: what they broke goes well
    again. The others are kept. Nothing is dropped before that, so that a kill loses nothing.

    Args:
        settings: all settings.
        store: the learning database.
        name: the first candidate.
        train: trains the second one.
    """
    verdict = judge_candidate(settings, store, name)
    state = _state(name, verdict, [_training(name, "all that was accepted", verdict)])
    if verdict.passed or settings.gate.trainings < 2:
        return state
    suspected = find_suspects(settings, store, verdict.broken, _in_vain(store))
    spread = {one.id for one in accepted(store) if one.kind == SPREAD}
    if not suspected and not spread:
        return state
    _say("left out", suspected)
    second = train({one.record.id for one in suspected} | spread)
    again = judge_candidate(settings, store, second)
    guilty, cleared = parted(suspected, again)
    for one in guilty:
        drop(store, [one.record.id], f"gate: {one.why}")
    _say("dropped", guilty)
    _say("kept, for leaving it out mends nothing", cleared)
    why = f"without {len(suspected)} labels that most likely broke something"
    why += f" and {len(spread)} examples that nobody reviewed" if spread else ""
    trainings = [*state["trainings"], _training(second, why, again)]
    return _state(second, again, trainings) | {
        "dropped_by_gate": [one.as_json() for one in guilty],
        "put_back": [one.as_json() for one in cleared],
    }


def parted(suspected: Sequence[Dropped], second: Verdict) -> tuple[list[Dropped], list[Dropped]]:
    """The suspects of whom something goes well again without them, and those of whom nothing does."""
    still = {one.what for one in second.lost}
    guilty = [one for one in suspected if not still.issuperset(one.broke)]
    return guilty, [one for one in suspected if one not in guilty]


def _state(name: str, verdict: Verdict, trainings: list[dict[str, Any]]) -> State:
    return {
        "candidate": name, "tried": [one["candidate"] for one in trainings], "trainings": trainings,
        "dropped_by_gate": [], "put_back": [], "passed": verdict.passed, "reasons": verdict.reasons,
        "changed": len(verdict.changed), "alike": len(verdict.alike),
        "figures": {check.name: [check.stable, check.candidate] for check in verdict.checks},
    }  # fmt: skip


def _training(name: str, what: str, verdict: Verdict) -> dict[str, Any]:
    """What a training was for, and what came of it."""
    return {"candidate": name, "on": what, "passed": verdict.passed, "reasons": verdict.reasons}


def _in_vain(store: LearningStore) -> set[tuple[str, str]]:
    """Labels that were left out before, with what that did not mend: others are tried now."""
    kept = [one for cycle in CycleLog(store).all() for one in cycle.state.get("put_back", ())]
    return {(str(one["id"]), str(what)) for one in kept for what in one.get("broke", ())}


def _say(verb: str, some: Sequence[Dropped]) -> None:
    for one in some:
        console.print(
            f"  {verb}: {one.record.content['text']!r} as {one.record.content['intent']}: {one.why}",
            style="dim",
            markup=False,
        )
