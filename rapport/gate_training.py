"""Trains candidates beside the live assistant: from a copy of its files, into a folder of their own."""

from __future__ import annotations

import json
import re
import shutil
import tarfile
import time
from collections.abc import Collection, Mapping
from contextlib import chdir
from pathlib import Path

from learning.datasets.files import TESTS
from learning.datasets.reading import read_provenance
from learning.datasets.records import accepted
from learning.datasets.write import Dataset
from learning.files import beside
from learning.gate.frozen import split_learned
from learning.rollout.registry import FOLLOWING, PASSED, RASA, STABLE, TRAINED, Candidate, Registry, checksum
from learning.store import LearningStore
from rapport.engine_files import CONFIG
from rapport.errors import RapportError, TrainingError
from rapport.example_checks import plain
from rapport.fingerprint import read_parts, write_parts
from rapport.learned import designers_examples, write
from rapport.settings import Settings
from rapport.spreading import spread_to_few
from rapport.training import DATA, DOMAIN, LOG, Progress, latest_model, model_parts, parts_file, run_rasa
from rapport.yaml_errors import broken_files

LEARNED = DATA / "learned"
MODEL, TREE, REPORT = "{name}.tar.gz", "tree", "report.json"
NO_ROOM = "The candidate cannot be written ({}): make room on the disk; nothing was changed."
# How Rasa and its libraries say that the disk, or what one may use of it, is full.
FULL = re.compile(r"No space left on device|File too large|Disk quota exceeded|database or disk is full")
# Names of folders: of trainings under way, and of candidates.
PARTIAL, STAMP = ".partial", re.compile(r"\d{8}-\d{6}")


def train_candidate(
    settings: Settings, store: LearningStore, progress: Progress, without: Collection[str] = ()
) -> Candidate:
    """Trains a candidate from the working tree and what was accepted.

    The tree is copied first: who edits it meanwhile does no harm. Nothing of the live assistant is touched,
    and a training that fails leaves nothing behind; what one that was killed left is removed by the next.

    Args:
        settings: all settings.
        store: the learning database.
        progress: told after each component.
        without: ids of what is accepted and left out all the same.

    Raises:
        TrainingError: why it failed.
        RapportError: the disk is full.
    """
    registry, name = Registry(store), time.strftime("%Y%m%d-%H%M%S")
    parent = adopt_stable(settings, store)
    folder, partial = settings.gate.folder / name, settings.gate.folder / f".{name}{PARTIAL}"
    spread_to_few(settings, store)
    known = designers_examples()
    planned_dataset(settings, store, known)  # says what is wrong with data/learned before minutes are spent
    records, frozen = split_learned(accepted(store), settings.gate.frozen_share, plain)
    remove_leftovers(settings, registry)
    try:
        _copy_tree(partial / TREE)
        wanted = {record.id for record in records}.difference(without)
        dataset = write(settings, folder=partial / TREE, only=wanted, known=known)
        _train(settings, partial, name, progress)
        write_parts(partial / f"{name}.fingerprint.json", parts_of(partial / TREE))
        partial.replace(folder)
    except OSError as error:
        raise RapportError(NO_ROOM.format(f"{error.strerror}: {error.filename}")) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    model = folder / MODEL.format(name=name)
    told = {"model_id": model_id(model), "frozen": len(frozen)}
    candidate = Candidate(name, RASA, TRAINED, str(model), checksum(model), dataset.version, parent.id, told)
    return registry.add(candidate, dataset.learned)


def remove_leftovers(settings: Settings, registry: Registry) -> list[str]:
    """Deletes what trainings that were killed left in the candidates' folder; returns the names.

    Whoever calls this trains, or would: no other training may be under way.
    """
    known = {Path(one.path).parent.name for one in registry.all()}
    left = [
        folder for folder in settings.gate.folder.glob("*")
        if folder.name.endswith(PARTIAL) or (STAMP.fullmatch(folder.name) and folder.name not in known)
    ]  # fmt: skip
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
    return sorted(folder.name for folder in left)


def planned_dataset(
    settings: Settings, store: LearningStore, known: Mapping[str, str] | None = None
) -> Dataset:
    """What a candidate would be trained on now; `known`: the designer's examples, if they were read already.

    Raises:
        DatasetError: what stands in data/learned cannot be used.
    """
    records, _ = split_learned(accepted(store), settings.gate.frozen_share, plain)
    return write(settings, dry_run=True, only={record.id for record in records}, known=known)


def _train(settings: Settings, folder: Path, name: str, progress: Progress) -> None:
    tree = folder / TREE
    problems = broken_files([tree / CONFIG, tree / DOMAIN, tree / DATA])
    if problems:
        raise TrainingError("\n".join(problems))
    # Rasa's cache does not notice changed modules of components: each version of them has a cache of its own,
    # and the designer's is left alone.
    cache = settings.gate.folder / "cache" / model_parts()["components"]
    cache.mkdir(parents=True, exist_ok=True)
    for old in cache.parent.iterdir():
        if old != cache:
            shutil.rmtree(old, ignore_errors=True)
    command = ["train", "--domain", str(tree / DOMAIN), "--data", str(tree / DATA)]
    command += ["--config", str(tree / CONFIG), "--out", str(folder), "--fixed-model-name", name]
    try:
        run_rasa(command, progress, {"RASA_CACHE_DIRECTORY": str(cache.absolute())})
    except TrainingError as error:
        full = FULL.search(LOG.read_text(encoding="utf-8"))  # the sentences may name only where it happened
        if full is None:
            raise
        # What was being written into the cache may be half; without it there is more room, too.
        shutil.rmtree(cache.parent, ignore_errors=True)
        raise RapportError(NO_ROOM.format(full[0])) from error
    if not (folder / MODEL.format(name=name)).exists():
        raise TrainingError(f"Rasa made no model, without saying why: {LOG} holds all it said.")


def _copy_tree(tree: Path) -> None:
    """The project's files, with what designers changed in those of what was learned."""
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    shutil.copy2(CONFIG, tree / CONFIG)
    shutil.copytree(DOMAIN, tree / DOMAIN)
    shutil.copytree(DATA, tree / DATA)
    if Path(TESTS).exists():
        (tree / TESTS).parent.mkdir()
        shutil.copy2(TESTS, tree / TESTS)


def parts_of(tree: Path) -> dict[str, str]:
    """Fingerprints as `rapport train` will compare them, of a copy of the tree."""
    here = model_parts()
    with chdir(tree):
        copied = model_parts()
    return {**here, **{part: copied[part] for part in ("config", "domain", "data")}}


def adopt_stable(settings: Settings, store: LearningStore) -> Candidate:
    """The model that the assistant runs, registered and kept with what it has learned, for a rollback.

    Raises:
        RapportError: there is no model.
    """
    model = latest_model(settings.server.models_folder)
    if model is None:
        raise RapportError(
            f"There is no model in {settings.server.models_folder}/: run `rapport train` first."
        )
    registry, found = Registry(store), checksum(model)
    stable = registry.current(STABLE)
    if stable and stable.sha256 == found and Path(stable.path).exists():
        return stable
    for known in registry.all(RASA):
        if known.sha256 == found and STABLE in FOLLOWING[known.status] and Path(known.path).exists():
            return registry.move(known.id, STABLE)
    name = model.name.removesuffix(".tar.gz")
    folder = settings.gate.folder / name
    (folder / TREE / DATA).mkdir(parents=True, exist_ok=True)
    if LEARNED.exists():
        shutil.copytree(LEARNED, folder / TREE / LEARNED, dirs_exist_ok=True)
    write_parts(folder / f"{name}.fingerprint.json", read_parts(parts_file(model)))
    kept = folder / model.name
    with beside(kept) as partial:
        shutil.copy2(model, partial)
    candidate = Candidate(name, RASA, PASSED, str(kept), found, report={"model_id": model_id(kept)})
    registry.add(candidate, read_provenance(Path()))
    return registry.move(name, STABLE)


def model_id(model: Path) -> str:
    """The id by which Rasa names a model in conversations.

    Raises:
        RapportError: the archive is damaged.
    """
    try:
        with tarfile.open(model, "r:gz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name.endswith("metadata.json") else None
                if content is not None:
                    return str(json.loads(content.read()).get("model_id") or "")
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise RapportError(
            f"{model} is damaged ({error}): train anew with `rapport train --force`."
        ) from error
    return ""
