"""Brings a candidate to life, and back: its model into models/, what it learned into data/learned."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from learning.datasets.records import accepted
from learning.errors import RegistryError
from learning.files import beside
from learning.learned import INTENT, LABEL, SPREAD, STORY
from learning.rollout import holdout
from learning.rollout.registry import FOLLOWING, PASSED, RASA, RETIRED, STABLE, Candidate, Registry, checksum
from learning.store import LearningStore
from rapport.client import Assistant
from rapport.errors import NotRunning, RapportError
from rapport.fingerprint import read_parts, write_parts
from rapport.gate_training import adopt_stable
from rapport.learned import write
from rapport.secret_files import API_KEY, read_secret
from rapport.settings import Settings
from rapport.training import KEPT_MODELS, parts_file

# Names what is being brought to life; whoever finds it goes on where somebody was killed.
_INSTALLING = "installing"


def promote(settings: Settings, store: LearningStore, name: str) -> Candidate:
    """Makes a candidate the stable model; the one before is kept.

    Raises:
        RegistryError: it did not pass, or its file is damaged; nothing was changed.
        RapportError: the disk is full; nothing was changed.
    """
    registry = Registry(store)
    adopt_stable(settings, store)
    candidate = registry.get(name)
    refuse_adapter(candidate)
    if candidate.status == STABLE:
        return candidate
    if STABLE not in FOLLOWING[candidate.status]:
        raise RegistryError(
            f"{name} is {candidate.status}: only what passed goes live (`rapport learn gate {name}`)."
        )
    file = _install(settings, store, candidate)
    found = _make_stable(settings, registry, name)
    _end(settings, store, file)
    return found


def refuse_adapter(candidate: Candidate) -> None:
    """Makes sure that a candidate is a Rasa model: adapters are known here, but not brought to life.

    Raises:
        RegistryError: it is an adapter; with what to do instead.
    """
    if candidate.kind != RASA:
        raise RegistryError(
            f"{candidate.id} is an {candidate.kind}, not a Rasa model: set `llama_cpp.adapter` or "
            f"`transformers.adapter` in rapport.yml to {candidate.path}, and start the assistant anew."
        )


def _make_stable(settings: Settings, registry: Registry, name: str) -> Candidate:
    """The candidate takes the stable one's place; some conversations stay with that one, to compare them."""
    before, now = registry.current(STABLE), time.time()
    holdout.end(registry, f"{name} was promoted", now)
    found = registry.move(name, STABLE, before=before.id if before else "")
    if before and settings.rollout.holdout:
        holdout.begin(registry, name, before.id, settings.rollout.holdout, settings.rollout.holdout_days, now)
    return found


def roll_back(settings: Settings, store: LearningStore, why: str) -> tuple[Candidate, Candidate]:
    """Brings back the model that was stable before; returns the one that goes and the one that comes.

    Raises:
        RegistryError: there is none before, or its file is damaged; nothing was changed.
    """
    registry = Registry(store)
    leaving = adopt_stable(settings, store)
    earlier = [one for one in registry.all(leaving.kind, RETIRED) if Path(one.path).exists()]
    named = [one for one in earlier if one.id == leaving.report.get("before")]
    chosen = next(iter(named or sorted(earlier, key=lambda one: -one.changed)), None)
    if chosen is None:
        raise RegistryError("No earlier model is kept: there is nothing to roll back to.")
    file = _install(settings, store, chosen)
    holdout.end(registry, why, time.time())
    registry.swap_back(leaving.id, chosen.id, why)
    holdout.end(registry, why, time.time())  # one that the earlier model was compared in when it left
    _end(settings, store, file)
    return registry.get(leaving.id), registry.get(chosen.id)


def go_on_installing(settings: Settings, store: LearningStore) -> str | None:
    """Ends what somebody was killed at; the name of the candidate, if there was any."""
    with store.engine.connect() as connection:
        name = store.value(_INSTALLING, connection)
    if not name:
        return None
    registry = Registry(store)
    candidate = registry.get(name)
    file = _install(settings, store, candidate)
    if candidate.status != STABLE:
        _make_stable(settings, registry, name)
    _end(settings, store, file)
    return name


def _install(settings: Settings, store: LearningStore, candidate: Candidate) -> Path:
    """Copies everything, the model last: until then the old one counts, and after it all is there."""
    source = Registry(store).check_file(candidate)
    models = settings.server.models_folder
    target = models / source.name
    try:
        models.mkdir(parents=True, exist_ok=True)
        with beside(target) as partial:
            shutil.copyfile(source, partial)
            if checksum(partial) != candidate.sha256:
                raise RegistryError(
                    f"{source} could not be copied whole: look after the disk; nothing was changed."
                )
            _note(store, candidate.id)
            write_learned(settings, store, candidate)
            write_parts(parts_file(target), read_parts(parts_file(source)))
            os.utime(partial)  # the newest is what `rapport up` runs
    except OSError as error:
        raise RapportError(
            f"{candidate.id} cannot be copied into {models}/ ({error.strerror}): make room on the disk; the "
            "assistant goes on with the model that it has."
        ) from error
    return target


def _end(settings: Settings, store: LearningStore, model: Path | None) -> None:
    """Nobody needs to go on any more; a running Rasa changes to the model."""
    _note(store, "")
    if model:
        _forget_old(model.parent)
        load_into_running(settings, model)


def _note(store: LearningStore, name: str) -> None:
    with store.writing() as connection:
        store.set_value(_INSTALLING, name, connection)


def write_learned(settings: Settings, store: LearningStore, candidate: Candidate) -> None:
    """Lets the project's files hold what a candidate was trained on, and nothing that it was not.

    What no model is trained on stays as it is, such as corrected answers; tests are those that it passes.
    """
    registry = Registry(store)
    saw, passed = registry.learned_of(candidate.id), set(candidate.report.get("tests", ()))
    others = [one for one in accepted(store) if one.kind not in (LABEL, INTENT, SPREAD)]
    kept = [one.id for one in others if one.kind != STORY or one.content.get("name") in passed]
    write(settings, only={*saw, *kept})


def _forget_old(models: Path) -> None:
    files = sorted(models.glob("*.tar.gz"), key=lambda file: file.stat().st_mtime)
    for old in files[:-KEPT_MODELS]:
        old.unlink(missing_ok=True)
        parts_file(old).unlink(missing_ok=True)


def load_into_running(settings: Settings, model: Path) -> bool:
    """Lets a running Rasa change to a model; whether one runs."""
    if not API_KEY.exists():
        return False  # `rapport up` would have made it
    try:
        assistant = Assistant(settings, read_secret(API_KEY))
        if not assistant.rasa_is_ready():
            return False
        assistant.load_model(model.absolute())
    except NotRunning:
        return False
    except RapportError as error:
        raise RapportError(f"The running Rasa did not take {model}: {error} Restart `rapport up`.") from error
    return True


def forget_old_candidates(settings: Settings, store: LearningStore) -> list[str]:
    """Deletes files of old candidates, never of those in use or needed to roll back; returns their names."""
    registry = Registry(store)
    stable = registry.current(STABLE)
    needed = {stable.id, str(stable.report.get("before", ""))} if stable else set()
    old = [
        one for one in registry.all(RASA)[settings.gate.keep :]
        if one.id not in needed and one.status not in (STABLE, PASSED, "canary")
    ]  # fmt: skip
    for one in old:
        shutil.rmtree(Path(one.path).parent, ignore_errors=True)
    return [one.id for one in old]
