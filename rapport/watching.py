"""Cycles of learning: what they consist of."""

from __future__ import annotations

import time
from collections.abc import Collection

from learning.cycle import Cycle, CycleLog, State, Step, run_cycle
from learning.datasets.forgetting import wanted_training
from learning.lock import holder
from learning.rollout import holdout
from learning.rollout.registry import CANARY, STABLE, Registry
from learning.rollout.registry import FAILED as REJECTED
from learning.store import LearningStore
from llm.errors import LlmError
from rapport.console import console, done, progress_bar
from rapport.errors import RapportError
from rapport.gate_culprits import drop_culprits
from rapport.gate_cycle import judge_and_mend
from rapport.gate_install import forget_old_candidates, go_on_installing, promote, refuse_adapter
from rapport.gate_training import adopt_stable, planned_dataset, train_candidate
from rapport.learned_answers import check_answers
from rapport.review import propose
from rapport.settings import Settings
from rapport.steps import one_at_a_time


def steps(settings: Settings, store: LearningStore) -> list[Step]:
    """The steps of a cycle; people's reviews are awaited by none: what was accepted so far counts."""
    return [
        Step("harvest", lambda _: _harvest(settings)),
        Step("propose", lambda _: {"proposed": propose(settings)[0].new.total()}),
        Step("drop", lambda _: _drop(settings, store)),
        Step("train", lambda _: {"candidate": _train(settings, store)}),
        Step("gate", lambda state: _gate(settings, store, str(state["candidate"]))),
        Step("rollout", lambda state: _roll_out(settings, store, state)),
        Step("answers", lambda _: _retire(settings)),
    ]


def cycle(settings: Settings, reason: str) -> Cycle:
    """Runs a cycle now, or goes on with one that was killed.

    Raises:
        CycleError: another one runs.
    """
    store = LearningStore(settings.learning.database_url)
    # Whoever runs a cycle may be installing right now.
    resumed = None if holder(store, time.time()) else go_on_installing(settings, store)
    if resumed:
        done(f"{resumed} was being brought to life when somebody was killed: that is done now")
    log = CycleLog(store)
    found = run_cycle(
        log, steps(settings, store), reason, lambda name: console.print(f"  {name} …", style="dim")
    )
    forget_old_candidates(settings, store)
    return found


def _harvest(settings: Settings) -> State:
    from rapport.learning import harvest

    try:
        return {"turns": harvest(settings).turns}
    except RapportError as error:
        return {"turns": 0, "not_harvested": str(error)}


def _drop(settings: Settings, store: LearningStore) -> State:
    """Culprits are looked for before the training, which takes minutes."""
    found = [one.as_json() for one in drop_culprits(settings, store)]
    planned = planned_dataset(settings, store)
    stable = adopt_stable(settings, store)
    known = Registry(store).learned_of(stable.id)
    if set(planned.learned) <= set(known) and not to_forget(store):
        return {"dropped": found, "stop": "nothing was accepted that the stable model has not learned"}
    return {"dropped": found, "accepted": len(planned.learned)}


def to_forget(store: LearningStore) -> list[str]:
    """Models in use that saw what a customer asked us to forget: they are to be trained without it."""
    live = {one.id for one in Registry(store).all() if one.status in (STABLE, CANARY)}
    return sorted(live.intersection(wanted_training(store).get("models", ())))


def _train(settings: Settings, store: LearningStore, without: Collection[str] = ()) -> str:
    with one_at_a_time(), progress_bar() as bar:
        task = bar.add_task("Training", total=None)

        def show(number: int, total: int, name: str) -> None:
            bar.update(task, completed=number, total=total, description=f"Training {name}")

        return train_candidate(settings, store, show, without).id


def _gate(settings: Settings, store: LearningStore, name: str) -> State:
    return judge_and_mend(settings, store, name, lambda without: _train(settings, store, without))


def _roll_out(settings: Settings, store: LearningStore, state: State) -> State:
    name, how = str(state["candidate"]), settings.rollout.after_gate
    if not state["passed"]:
        return {"rollout": REJECTED}
    if how == "promote":
        promote(settings, store, name)
    elif how == "canary":
        begin_canary(settings, store, name)
    return {"rollout": how}


def _retire(settings: Settings) -> State:
    """Corrected answers that the assistant gives by itself now are not needed any more."""
    try:
        return {"retired": check_answers(settings)}
    except (RapportError, LlmError) as error:
        return {"retired": [], "not_checked": str(error)}


def begin_canary(settings: Settings, store: LearningStore, name: str) -> None:
    """A share of the conversations goes to a candidate from now on."""
    registry = Registry(store)
    candidate = registry.get(name)
    refuse_adapter(candidate)
    registry.check_file(candidate)
    adopt_stable(settings, store)
    canary = {"share": settings.rollout.share, "since": time.time()}
    registry.move(name, CANARY, canary=canary, served=[])
    holdout.end(registry, f"the canary {name} began", time.time())
