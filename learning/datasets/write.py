"""Writes what was accepted into the project's files, and respects what designers changed in them."""

from __future__ import annotations

import difflib
import hashlib
import json
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from learning.datasets.choosing import Choice, choose
from learning.datasets.files import EXAMPLES, FOLDER, PROVENANCE, Unit, provenance_of, text_of, units_of
from learning.datasets.reading import read_provenance, read_units
from learning.datasets.records import drop_in, records
from learning.datasets.replacing import replace_files
from learning.errors import DatasetError
from learning.learned import ACTIVE, ERASED, WRITTEN, Learned
from learning.store import LearningStore

CAP = 0.05
# Names of values in the store: what a dataset is made of; what was written into a folder.
VERSION_VALUE, _WRITTEN = "dataset:", "written:"


@dataclass(frozen=True)
class Dataset:
    """A dataset as it was written, or would be.

    Attributes:
        version: made of what was learned; the same things give the same version.
        files: those that changed, by path in the project.
        learned: ids of what is in it.
        left_out: ids of what is accepted but not in it, with the reason.
        rejected: ids of what a designer took out of the files; it is dropped.
        diff: what changes in the files, as `diff -u` tells it.
    """

    version: str
    files: tuple[str, ...]
    learned: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]
    rejected: tuple[str, ...]
    diff: str


def write_dataset(
    store: LearningStore,
    folder: Path,
    cap: float = CAP,
    known: Mapping[str, str] | None = None,
    kinds: Collection[str] = WRITTEN,
    dry_run: bool = False,
    reverted: bool = False,
    only: Collection[str] | None = None,
) -> Dataset:
    """Writes what is accepted. All files are written, or none.

    A line that was written into this folder and is not there any more was rejected by a designer: it is
    dropped. A line that nobody learned is a designer's and stays.

    Args:
        store: what was accepted.
        folder: the project's, or that of a copy.
        cap: share of the labels that one conversation may give (0–1).
        known: the designer's own examples, normalised, with their intents.
        kinds: only these are written; what the files hold of others stays.
        dry_run: say what would be written.
        reverted: where all that was written is gone, it was rejected.
        only: ids of what may be written; all if not said. What the files hold of the rest is taken out.

    Raises:
        DatasetError: a file is damaged or cannot be written, or all that was written is gone.
    """
    every = records(store)
    there, origins = read_units(folder), read_provenance(folder)
    present = {unit.key for unit in there}
    written = {*origins, *_written(store, folder)}
    gone = _gone(
        [one for one in every if one.status == ACTIVE and one.id in written], present, folder, reverted
    )
    active = [one for one in every if one.status == ACTIVE and one.id not in gone and one.kind in kinds]
    active = [one for one in active if only is None or one.id in only]
    choice = choose(active, cap, known)
    ours = {unit.mark for one in every if one.kind in kinds for unit in units_of(one)}
    erased = [one for one in every if one.status == ERASED]
    ours.update(mark for one in erased for mark in one.content.get("marks", ()))
    foreign = [unit for unit in there if unit.mark not in ours]
    new = [*foreign, *_ours(choice.taken, foreign, written, present)]
    kept_origins = {
        name: told for name, told in origins.items()
        if told.get("kind") not in kinds and name not in {one.id for one in erased}
    }  # fmt: skip
    files = _texts(new, {unit.file for unit in there})
    files[PROVENANCE] = _provenance(choice, kept_origins)
    changed = {file: text for file, text in files.items() if _now(folder, file) != text}
    dataset = Dataset(
        version=version_of(choice.taken),
        files=tuple(sorted(changed)),
        learned=tuple(one.id for one in choice.taken),
        left_out=tuple((one.id, why) for one, why in choice.left_out),
        rejected=tuple(sorted(gone)),
        diff="".join(_diff(folder, file, text) for file, text in sorted(changed.items())),
    )
    if not dry_run:
        # Provenance last: a line that it names and that is not there counts as taken out.
        replace_files(folder, {**{f: t for f, t in changed.items() if f != PROVENANCE}, **_last(changed)})
        _remember(store, folder, dataset, {*kept_origins, *dataset.learned}, set(kinds) == set(WRITTEN))
    return dataset


def _last(changed: Mapping[str, str | None]) -> dict[str, str | None]:
    return {PROVENANCE: changed[PROVENANCE]} if PROVENANCE in changed else {}


def version_of(taken: Sequence[Learned]) -> str:
    """The same for the same things, in whatever order, and whatever designers added to the files."""
    units = [unit for one in taken for unit in units_of(one)]
    texts = sorted(_texts(units, ()).items())
    return hashlib.sha256(json.dumps(texts, ensure_ascii=False).encode()).hexdigest()[:16]


def _gone(written: Sequence[Learned], present: Collection[str], folder: Path, reverted: bool) -> set[str]:
    """Ids of what was written here and of which the piece that stands for it is gone or was changed."""
    told = [(one.id, units[0].key) for one in written if (units := units_of(one))]
    missing = {name for name, key in told if key not in present}
    if missing and not reverted and len(missing) == len(told) and not (folder / FOLDER).exists():
        raise DatasetError(
            f"{FOLDER} is gone with the {len(missing)} things that were written into it: restore it with "
            "git, or say --reverted if they are all rejected."
        )
    return missing


def _ours(
    taken: Sequence[Learned], foreign: Sequence[Unit], written: Collection[str], present: Collection[str]
) -> list[Unit]:
    """Our pieces, but for those that a designer has changed or taken out.

    What he wrote stands where one of ours would; of examples both do.
    """
    theirs = {
        (unit.file, unit.place)
        for unit in foreign
        if unit.place != ("intents",) and unit.file not in EXAMPLES
    }
    return [
        unit
        for one in taken
        for unit in units_of(one)
        if (unit.file, unit.place) not in theirs and (one.id not in written or unit.key in present)
    ]


def _texts(units: Iterable[Unit], before: Collection[str]) -> dict[str, str | None]:
    """Content by file; None for one that was there and has nothing left to hold."""
    by_file: dict[str, dict[str, Unit]] = defaultdict(dict)
    for unit in units:
        by_file[unit.file][unit.key] = unit
    texts: dict[str, str | None] = dict.fromkeys(before)
    return texts | {file: text_of(file, found.values()) for file, found in by_file.items()}


def _provenance(choice: Choice, others: Mapping[str, object]) -> str | None:
    lines = {**others, **{one.id: provenance_of(one) for one in choice.taken}}
    return "".join(json.dumps(lines[name], ensure_ascii=False) + "\n" for name in sorted(lines)) or None


def _now(folder: Path, file: str) -> str | None:
    path = folder / file
    return path.read_text(encoding="utf-8") if path.exists() else None


def _diff(folder: Path, file: str, text: str | None) -> str:
    before, after = (_now(folder, file) or "").splitlines(True), (text or "").splitlines(True)
    return "".join(difflib.unified_diff(before, after, f"a/{file}", f"b/{file}"))


def _written(store: LearningStore, folder: Path) -> set[str]:
    with store.engine.connect() as connection:
        return set(json.loads(store.value(_folder_value(folder), connection) or "[]"))


def _folder_value(folder: Path) -> str:
    return _WRITTEN + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]


def _remember(
    store: LearningStore, folder: Path, dataset: Dataset, written: Collection[str], whole: bool
) -> None:
    """Drops what a designer rejected, and keeps what this version is made of."""
    with store.writing() as connection:
        drop_in(dataset.rejected, f"a designer took it out of {FOLDER}", connection)
        store.set_value(_folder_value(folder), json.dumps(sorted(written)), connection)
        known = store.value(VERSION_VALUE + dataset.version, connection)
        if whole and known is None:
            made = {"learned": list(dataset.learned), "at": time.time()}
            store.set_value(VERSION_VALUE + dataset.version, json.dumps(made), connection)
