"""Canaries and holdouts: what is known of them, what to do with them, and doing so."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rich.table import Table

from learning.rollout import holdout
from learning.rollout.decision import END, PROMOTE, ROLL_BACK, Decision, Terms, decide, decide_holdout
from learning.rollout.guards import Lift, Outcome, outcomes
from learning.rollout.holdout import Holdout
from learning.rollout.registry import CANARY, ROLLED_BACK, STABLE, Candidate, Registry
from learning.store import LearningStore
from learning.tables import turns
from learning.turn import Turn
from rapport.console import console, done
from rapport.errors import RapportError
from rapport.gate_install import promote, roll_back
from rapport.settings import Settings

_DAY = 86_400.0


def judge_canary(settings: Settings, store: LearningStore, canary: Candidate) -> Decision:
    """What to do with a canary, from the turns that were harvested since it began."""
    began = canary.report.get("canary") or {}
    since, share = float(began.get("since") or 0.0), float(began.get("share") or settings.rollout.share)
    stable = Registry(store).current(STABLE)
    seen = _seen(settings, store, canary, stable, since) if stable else []
    return decide(seen, _terms(settings, share, settings.rollout.days), (time.time() - since) / _DAY)


def judge_holdout(settings: Settings, store: LearningStore, held: Holdout) -> Decision:
    """What a promoted model has gained beside the one before, from the turns that were harvested since."""
    seen = _seen(settings, store, held.new, held.old, held.since)
    terms = _terms(settings, 1 - held.share, held.days)
    return decide_holdout(seen, terms, (time.time() - held.since) / _DAY)


def _terms(settings: Settings, share: float, days: float) -> Terms:
    chosen = settings.rollout
    return Terms(share, chosen.risk, chosen.tolerance, chosen.conversations, days, chosen.slow_seconds)


def _seen(
    settings: Settings, store: LearningStore, new: Candidate, old: Candidate, since: float
) -> list[Outcome]:
    models = [str(one.report.get("model_id") or "") for one in (new, old)]
    served = new.report.get("served") or ()
    slow_seconds = settings.rollout.slow_seconds
    return outcomes(_conversations(store, since), models[0], models[1], served, slow_seconds)


def settle(settings: Settings, store: LearningStore) -> Decision | None:
    """Promotes, ends or rolls back what is compared if it is time; None if nothing is."""
    registry = Registry(store)
    canary, held = registry.current(CANARY), holdout.current(registry)
    if canary is None and held is None:
        return None
    from rapport.learning import harvest

    with suppress(RapportError):  # no conversations yet: then none are compared
        harvest(settings)
    if canary:
        return _settle_canary(settings, store, canary)
    return _settle_holdout(settings, store, held) if held else None


def _settle_canary(settings: Settings, store: LearningStore, canary: Candidate) -> Decision:
    registry, decision = Registry(store), judge_canary(settings, store, canary)
    if decision.action == PROMOTE:
        promote(settings, store, canary.id)
    elif decision.action == ROLL_BACK:
        registry.move(canary.id, ROLLED_BACK, why=decision.why)
    registry.annotate(canary.id, rollout=decision.as_json())
    return decision


def _settle_holdout(settings: Settings, store: LearningStore, held: Holdout) -> Decision:
    registry, decision = Registry(store), judge_holdout(settings, store, held)
    registry.annotate(held.new.id, lift=decision.as_json())
    if decision.action == ROLL_BACK:
        roll_back(settings, store, decision.why)
    elif decision.action == END:
        holdout.end(registry, decision.why, time.time())
    return decision


def show_canary(settings: Settings, as_json: bool) -> None:
    """Says how the canary does, or the model that was promoted, and settles it if it is time."""
    store = LearningStore(settings.learning.database_url)
    registry = Registry(store)
    held = holdout.current(registry)
    compared = registry.current(CANARY) or (held.new if held else None)
    decision = settle(settings, store)
    if compared is None or decision is None:
        console.print("No canary runs: `rapport learn canary ID` begins with one that passed the gate.")
        return
    if as_json:
        print(json.dumps({"candidate": compared.id} | decision.as_json()))  # noqa: T201
        return
    table = Table("trouble", compared.id, "both", "evidence against", "without it, of all (95% interval)")
    for name, (mine, both, evidence) in decision.guards.items():
        table.add_row(name, str(mine), str(both), f"{evidence:.2f}", _in_words(decision.lifts[name]))
    console.print(table)
    mine, others = decision.conversations
    before = "the stable model" if compared.status == CANARY else "the model before"
    console.print(f"  {mine} conversations of {compared.id}, {others} of {before}")
    console.print(f"  without trouble: {_in_words(decision.lift)}")
    if decision.left_out:
        channels = ", ".join(name or "unnamed" for name in decision.left_out)
        console.print(f"  not compared, for all or none of their conversations are drawn: {channels}")
    done(f"{compared.id}: {decision.action} ({decision.why})")


def _in_words(found: Lift) -> str:
    return f"{found.value:+.1%} ({found.low:+.1%} to {found.high:+.1%})"


def lift_lines(store: LearningStore) -> list[str]:
    """What each promoted model has gained beside the one before, as far as it is known; the newest first."""
    found = []
    for one in Registry(store).all():
        lift = one.report.get("lift")
        if lift and min(lift["conversations"]):
            mine, others = lift["conversations"]
            seen = [name for name, (_, both, _) in lift["guards"].items() if both]
            parts = {"without trouble": lift["lift"]} | {f"no {name}": lift["lifts"][name] for name in seen}
            gains = "; ".join(f"{name} {_in_words(Lift(*values))}" for name, values in parts.items())
            found.append(f"{one.id}, {mine} conversations beside {others} of the model before: {gains}")
    return found


def show_models(settings: Settings, as_json: bool) -> None:
    """Lists all candidates, and what those that were promoted have gained."""
    store = LearningStore(settings.learning.database_url)
    registry = Registry(store)
    found = registry.all()
    if as_json:
        print(json.dumps([one.__dict__ for one in found]))  # noqa: T201
        return
    if not found:
        console.print("No candidate was trained yet: `rapport learn cycle`, or `rapport learn candidate`.")
        return
    table = Table("id", "kind", "status", "dataset", "trained beside", "file")
    for one in found:
        there = "there" if Path(one.path).exists() else "deleted"
        table.add_row(one.id, one.kind, one.status, one.dataset, one.parent, there)
    console.print(table)
    show_lifts(settings, store)


def show_lifts(settings: Settings, store: LearningStore) -> None:
    """Says what is known of holdouts, from the turns that were harvested."""
    registry = Registry(store)
    held = holdout.current(registry)
    if held and not registry.current(CANARY):
        decision = judge_holdout(settings, store, held)
        registry.annotate(held.new.id, lift=decision.as_json())
        console.print(
            f"  {held.share:.0%} of the conversations stay with {held.old.id} for {held.days:g} days: "
            f"{decision.why}"
        )
    for line in lift_lines(store):
        console.print(f"  {line}", markup=False)


def _conversations(store: LearningStore, since: float) -> Iterator[list[Turn]]:
    """Conversations with turns since then, each with all its turns in order."""
    grouped: dict[str, list[Turn]] = {}
    for turn in store.turns(None, turns.c.at >= since):
        grouped.setdefault(turn.conversation, []).append(turn)
    yield from (sorted(found, key=lambda turn: turn.number) for found in grouped.values())
