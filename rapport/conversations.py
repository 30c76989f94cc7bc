"""Where Rasa keeps the conversations, for those who read them beside it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rapport.engine_files import ENDPOINTS, read_yaml
from rapport.errors import RapportError

_STORES = ("sql", "components.tracker_store.RapportTrackerStore")


def conversations_engine(endpoints: Path = ENDPOINTS, writable: bool = False) -> sa.engine.Engine | None:
    """The conversations' database, for reading unless something is erased; None if there is none.

    Raises:
        RapportError: they are not kept in SQL.
    """
    store: Mapping[str, Any] = read_yaml(endpoints).get("tracker_store") or {}
    kind = str(store.get("type") or "in_memory")
    if kind.lower() not in (name.lower() for name in _STORES):
        raise RapportError(
            f"tracker_store.type in {endpoints} is {kind}: conversations are read from SQL "
            f"({' or '.join(_STORES)})."
        )
    values = {name: os.path.expandvars(str(value)) for name, value in store.items() if value is not None}
    dialect, database = values.get("dialect", "sqlite"), values.get("db", "var/tracker.db")
    if dialect == "sqlite":
        file = Path(database)
        mode = "rw" if writable else "ro"
        return sa.create_engine(f"sqlite:///file:{file}?mode={mode}&uri=true") if file.exists() else None
    host, port = values.get("url") or values.get("host"), values.get("port")
    address = sa.engine.URL.create(
        dialect, values.get("username"), values.get("password"), host, int(port) if port else None, database
    )
    return sa.create_engine(address, hide_parameters=True)
