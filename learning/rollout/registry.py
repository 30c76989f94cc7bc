"""The registry: every candidate with its file's checksum, where it comes from, and what became of it."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from learning.errors import RegistryError
from learning.rollout.served import noted
from learning.store import LearningStore
from learning.tables import candidate_learned, candidates

RASA, ADAPTER = "rasa", "adapter"
TRAINED, PASSED, FAILED, CANARY = "trained", "passed", "failed", "canary"
STABLE, ROLLED_BACK, RETIRED = "stable", "rolled_back", "retired"
# From each state to those that may follow. Whoever promotes a candidate that failed must judge it anew.
FOLLOWING = {
    TRAINED: {PASSED, FAILED, RETIRED},
    PASSED: {CANARY, STABLE, FAILED, RETIRED},
    FAILED: {PASSED, RETIRED},
    CANARY: {STABLE, ROLLED_BACK, PASSED},
    STABLE: {RETIRED, ROLLED_BACK},
    ROLLED_BACK: {PASSED, FAILED, RETIRED, STABLE},
    RETIRED: {STABLE},
}
# Of these there is at most one of each kind at any time.
SINGLE = (CANARY, STABLE)
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Candidate:
    """A model or adapter.

    Attributes:
        id: its name.
        kind: `rasa` or `adapter`.
        status: one of `FOLLOWING`.
        path: its file.
        sha256: the file's checksum when it was registered.
        dataset: version of what was learned.
        parent: the stable one when it was trained.
        report: what the gate found, and whatever else is known of it.
        created, changed: in seconds since the epoch.
    """

    id: str
    kind: str
    status: str
    path: str
    sha256: str
    dataset: str = ""
    parent: str = ""
    report: dict[str, Any] = field(default_factory=dict, repr=False)
    created: float = 0.0
    changed: float = 0.0


def checksum(file: Path) -> str:
    """A file's SHA-256.

    Raises:
        RegistryError: it is not there.
    """
    digest = hashlib.sha256()
    try:
        with file.open("rb") as content:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise RegistryError(f"{file} cannot be read ({error.strerror}): train a candidate anew.") from error
    return digest.hexdigest()


class Registry:
    """Reads and changes candidates; each change is one transaction.

    Example:
        >>> registry = Registry(store)
        >>> registry.move("20261122-031500", PASSED)

    Args:
        store: the learning database.
        clock: the present time, in seconds since the epoch.
    """

    def __init__(self, store: LearningStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def add(self, candidate: Candidate, learned: Iterable[str] = ()) -> Candidate:
        """Registers a candidate with what it was trained on; one of the same name is replaced.

        Raises:
            RegistryError: that one is in use.
        """
        now = self._clock()
        row = {**candidate.__dict__, "created": candidate.created or now, "changed": now}
        with self._store.writing() as connection:
            before = self._find(candidate.id, connection)
            if before and before.status in SINGLE:
                raise RegistryError(f"{candidate.id} is {before.status}: give the candidate another name.")
            for table, column in (
                (candidates, candidates.c.id),
                (candidate_learned, candidate_learned.c.candidate),
            ):
                connection.execute(sa.delete(table).where(column == candidate.id))
            connection.execute(sa.insert(candidates).values(**row))
            seen = [{"candidate": candidate.id, "learned": name} for name in sorted(set(learned))]
            if seen:
                connection.execute(sa.insert(candidate_learned), seen)
        return Candidate(**row)

    def get(self, name: str) -> Candidate:
        """A candidate.

        Raises:
            RegistryError: there is none of that name.
        """
        with self._store.engine.connect() as connection:
            found = self._find(name, connection)
        if found is None:
            raise RegistryError(f"There is no candidate {name!r}: `rapport learn models` lists them.")
        return found

    def all(self, kind: str | None = None, status: str | None = None) -> list[Candidate]:
        """Candidates, the newest first."""
        statement = sa.select(candidates).order_by(candidates.c.created.desc(), candidates.c.id.desc())
        if kind:
            statement = statement.where(candidates.c.kind == kind)
        if status:
            statement = statement.where(candidates.c.status == status)
        with self._store.engine.connect() as connection:
            return [Candidate(**row._mapping) for row in connection.execute(statement)]

    def current(self, status: str, kind: str = RASA) -> Candidate | None:
        """The stable one, or the canary."""
        found = self.all(kind, status)
        return found[0] if found else None

    def learned_of(self, name: str) -> list[str]:
        """What a candidate was trained on."""
        statement = sa.select(candidate_learned.c.learned).where(candidate_learned.c.candidate == name)
        with self._store.engine.connect() as connection:
            return sorted(connection.execute(statement).scalars())

    def which_saw(self, learned: Collection[str]) -> list[str]:
        """Candidates that were trained on any of some records."""
        statement = sa.select(candidate_learned.c.candidate).where(
            candidate_learned.c.learned.in_(sorted(learned))
        )
        with self._store.engine.connect() as connection:
            return sorted(set(connection.execute(statement).scalars()))

    def move(self, name: str, status: str, **report: Any) -> Candidate:
        """Brings a candidate into another state; the one whose place it takes is retired with it.

        Args:
            name: the candidate's.
            status: the new state.
            report: what to add to its report.

        Raises:
            RegistryError: it may not go there from where it is; nothing was changed.
        """
        with self._store.writing() as connection:
            found = self._find(name, connection)
            if found is None:
                raise RegistryError(f"There is no candidate {name!r}: `rapport learn models` lists them.")
            if status not in FOLLOWING[found.status]:
                allowed = ", ".join(sorted(FOLLOWING[found.status])) or "nothing"
                raise RegistryError(f"{name} is {found.status}: it may become {allowed}, not {status}.")
            if status in SINGLE:
                self._make_room(found.kind, status, connection)
            self._set(found, status, connection, report)
        return self.get(name)

    def annotate(self, name: str, **report: Any) -> None:
        """Adds to a candidate's report."""
        with self._store.writing() as connection:
            found = self._find(name, connection)
            if found is not None:
                self._set(found, found.status, connection, report)

    def served(self, name: str, now: float) -> None:
        """Notes that a candidate and the one that it is compared with answer just now."""
        with self._store.writing() as connection:
            found = self._find(name, connection)
            if found is not None:
                times = noted(found.report.get("served") or (), now)
                self._set(found, found.status, connection, {"served": times})

    def swap_back(self, bad: str, good: str, why: str) -> None:
        """The stable candidate is rolled back, and another takes its place, both at once.

        Raises:
            RegistryError: they are not the stable one and one that was; nothing was changed.
        """
        with self._store.writing() as connection:
            leaving, coming = self._find(bad, connection), self._find(good, connection)
            if leaving is None or coming is None or leaving.status != STABLE:
                raise RegistryError(f"{bad} is not stable: `rapport learn models` shows what is.")
            if STABLE not in FOLLOWING[coming.status]:
                raise RegistryError(f"{good} is {coming.status}: it was never stable.")
            self._set(leaving, ROLLED_BACK, connection, {"why": why})
            self._set(coming, STABLE, connection, {})

    def check_file(self, candidate: Candidate) -> Path:
        """Makes sure that a candidate's file is what was registered.

        Raises:
            RegistryError: it is gone or damaged.
        """
        file = Path(candidate.path)
        found = checksum(file)
        if found != candidate.sha256:
            raise RegistryError(
                f"{file} is damaged (its checksum is {found[:12]}…, not {candidate.sha256[:12]}…): "
                "it is not used; train a candidate anew."
            )
        return file

    def _make_room(self, kind: str, status: str, connection: Connection) -> None:
        where = (candidates.c.kind == kind, candidates.c.status == status)
        for row in connection.execute(sa.select(candidates).where(*where)).all():
            before = Candidate(**row._mapping)
            self._set(before, PASSED if status == CANARY else RETIRED, connection, {})

    def _set(self, candidate: Candidate, status: str, connection: Connection, report: dict[str, Any]) -> None:
        values = {"status": status, "changed": self._clock(), "report": {**candidate.report, **report}}
        connection.execute(sa.update(candidates).where(candidates.c.id == candidate.id).values(**values))

    @staticmethod
    def _find(name: str, connection: Connection) -> Candidate | None:
        row = connection.execute(sa.select(candidates).where(candidates.c.id == name)).first()
        return Candidate(**row._mapping) if row else None
