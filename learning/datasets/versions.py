"""Datasets that were written, and how to make one of them again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from learning.datasets.files import PROVENANCE, Unit, provenance_of, text_of, units_of
from learning.datasets.records import records
from learning.datasets.replacing import replace_files
from learning.datasets.write import VERSION_VALUE, version_of
from learning.errors import DatasetError
from learning.learned import ERASED, Learned
from learning.store import LearningStore
from learning.tables import values


@dataclass(frozen=True)
class Version:
    """A dataset that was written.

    Attributes:
        version: its name.
        learned: ids of what was in it.
        erased: how much of that was forgotten since.
        at: when it was first written, in seconds since the epoch; 0 where nobody noted that.
    """

    version: str
    learned: tuple[str, ...]
    erased: int
    at: float = 0.0

    @property
    def is_reproducible(self) -> bool:
        """Whether all that was in it is still kept."""
        return not self.erased


def versions(store: LearningStore) -> list[Version]:
    """All datasets that were written, the newest first."""
    statement = sa.select(values).where(values.c.name.like(f"{VERSION_VALUE}%"))
    with store.engine.connect() as connection:
        rows = connection.execute(statement).all()
    erased = {one.id for one in records(store, [ERASED])}
    found = []
    for row in rows:
        told = json.loads(row.value)
        # Until dates were kept it was a list.
        made = told if isinstance(told, dict) else {"learned": told, "at": 0.0}
        learned, version = tuple(made["learned"]), row.name.removeprefix(VERSION_VALUE)
        found.append(Version(version, learned, len(erased.intersection(learned)), made["at"]))
    return sorted(found, key=lambda one: (-one.at, -len(one.learned), one.version))


def learned_in(store: LearningStore, version: str) -> list[Learned]:
    """What was in a dataset.

    Raises:
        DatasetError: there is no such dataset, or something in it was forgotten.
    """
    found = next((one for one in versions(store) if one.version == version), None)
    if found is None:
        raise DatasetError(f"There is no dataset {version[:40]!r}: `rapport learn datasets` lists them.")
    if not found.is_reproducible:
        raise DatasetError(
            f"The dataset {version} cannot be made again: {found.erased} things in it were a customer's who "
            "asked us to forget them."
        )
    return records(store, ids=found.learned)


def reproduce(store: LearningStore, version: str, folder: Path) -> list[str]:
    """Writes the files of a dataset into an empty folder, without what designers had added to them.

    Returns:
        The files.

    Raises:
        DatasetError: there is no such dataset, it cannot be made again, or the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DatasetError(f"{folder} is not empty: name a folder that does not exist.")
    learned = learned_in(store, version)
    if version_of(learned) != version:
        raise DatasetError(
            f"The dataset {version} was written by another version of Rapport and differs now."
        )
    by_file: dict[str, dict[str, Unit]] = {}
    for unit in (unit for one in learned for unit in units_of(one)):
        by_file.setdefault(unit.file, {})[unit.key] = unit
    texts: dict[str, str | None] = {file: text_of(file, units.values()) for file, units in by_file.items()}
    origins = sorted((provenance_of(one) for one in learned), key=lambda told: str(told["id"]))
    texts[PROVENANCE] = "".join(json.dumps(told, ensure_ascii=False) + "\n" for told in origins)
    replace_files(folder, texts)
    return sorted(texts)
