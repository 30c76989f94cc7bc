"""`rapport learn ratchet`: drafts for what the answering model is asked again and again."""

from __future__ import annotations

import json
import time
from itertools import islice
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from learning.ratchet import Saving, savings
from learning.store import LearningStore
from learning.stories.items import Offer, offer
from llm.encoder import load_encoder
from rapport.console import console, done
from rapport.errors import RapportError
from rapport.review import caps
from rapport.settings import Settings

PRIORITY = 5


def show(settings: Settings, count: int, fewest: int, as_json: bool) -> None:
    """Drafts, puts them before reviewers, and says what they would save.

    Args:
        settings: of the assistant.
        count: how many of the last turns are looked at.
        fewest: smaller groups of turns are left to the model.
        as_json: print JSON.

    Raises:
        RapportError: there are no turns.
    """
    store = LearningStore(settings.learning.database_url)
    last = list(islice(store.turns(newest_first=True), count))
    if not last:
        raise RapportError("There are no turns yet: `rapport learn harvest` takes them out of conversations.")
    encoder = load_encoder(settings.encoder.model, Path(settings.encoder.cache_dir), precision="int8")
    with console.status("Grouping …"):
        found = savings(last, encoder.encode, fewest, caps(settings))
    now = time.time()
    for saving in found:
        offer(store, _offer(saving), now)
    if as_json:
        print(json.dumps([_values(saving) for saving in found], ensure_ascii=False))  # noqa: T201
        return
    if not found:
        console.print(f"Nothing was asked {fewest} times or more among the last {len(last)} turns.")
        return
    console.print(_table(found))
    seconds = sum(saving.seconds for saving in found)
    done(
        f"{len(found)} drafts for review would take over {found[-1].so_far:.1%} of the turns, {seconds:.1f} s"
    )


def _offer(saving: Saving) -> Offer:
    first = min(saving.turns, key=lambda turn: (turn.at, turn.id))
    times = len(saving.turns)
    why = f"{saving.turns[0].generator} answered this {times} times, {saving.share:.1%} of the turns"
    return Offer(
        saving.kind,
        f"ratchet {first.id}",
        PRIORITY,
        first.text,
        first.language,
        saving.proposal,
        (why,),
        saving.turns,
    )


def _values(saving: Saving) -> dict[str, object]:
    return {
        "kind": saving.kind, "proposal": saving.proposal, "turns": len(saving.turns),
        "share": round(saving.share, 4), "so_far": round(saving.so_far, 4), "seconds": saving.seconds,
    }  # fmt: skip


def _table(found: list[Saving]) -> Table:
    table = Table("draft", "asked", "share", "so far", "takes now", "as in")
    for saving in found:
        name = str(saving.proposal.get("name") or saving.proposal.get("title"))
        table.add_row(
            f"{saving.kind} {escape(name)}",
            str(len(saving.turns)),
            f"{saving.share:.1%}",
            f"{saving.so_far:.1%}",
            f"{saving.seconds:.1f} s",
            escape(saving.turns[0].text[:80]),
        )
    return table
