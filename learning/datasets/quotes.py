"""What reports quote of customers: found in plain JSON values, and taken out of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from learning.cycle import cycles
from learning.review.words import normalised
from learning.tables import candidates, reviews, turns

# Columns of JSON in which messages are quoted: verdicts of the gate, steps of cycles, what reviewers kept.
_QUOTING = ((candidates, "report"), (cycles, "state"), (reviews, "value"))


def own_texts(names: Collection[str], connection: Connection) -> set[str]:
    """What only these conversations say, normalised."""
    theirs = turns.c.conversation.in_(list(names))
    found = {normalised(text) for text in connection.execute(sa.select(turns.c.text).where(theirs)).scalars()}
    for text in connection.execute(sa.select(turns.c.text).where(~theirs)).scalars():
        found.discard(normalised(text))
    return found - {""}


def unquote(texts: Collection[str], connection: Connection) -> int:
    """Takes texts out of every report in the learning database; how many reports that changed."""
    changed = 0
    for table, name in _QUOTING if texts else ():
        if not sa.inspect(connection).has_table(table.name):
            continue
        for row in connection.execute(sa.select(table.c.id, table.c[name])).all():
            left = without(row[1], texts)
            if left != row[1]:
                connection.execute(sa.update(table).where(table.c.id == row[0]).values({name: left}))
                changed += 1
    return changed


def without(value: Any, texts: Collection[str]) -> Any:
    """A JSON value without these texts: members of lists that hold one are left out, other texts are emptied.

    Args:
        value: as `json.loads` gives it.
        texts: normalised.
    """
    if isinstance(value, str):
        return "" if normalised(value) in texts else value
    if isinstance(value, dict):
        return {name: without(one, texts) for name, one in value.items()}
    if isinstance(value, list):
        return [without(one, texts) for one in value if not _quotes(one, texts)]
    return value


def _quotes(value: Any, texts: Collection[str]) -> bool:
    told = value.values() if isinstance(value, dict) else [value]
    return any(isinstance(one, str) and normalised(one) in texts for one in told)
