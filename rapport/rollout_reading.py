"""What a candidate makes of real messages: the latest turns, and those that come while it reads along."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from learning.rollout.registry import Registry
from learning.rollout.shadow import beside_turns, comparable, let_read, readings_of, who_reads
from learning.store import LearningStore
from learning.tables import turns
from rapport.console import console, done
from rapport.errors import RapportError
from rapport.gate_install import refuse_adapter
from rapport.gate_training import adopt_stable
from rapport.rollout_running import entry_is_missing
from rapport.settings import Settings

_SHOWN, _TEXT = 20, 100


def shadow(settings: Settings, name: str, count: int, as_json: bool) -> None:
    """Lets a candidate read the latest real turns, and logs what it reads otherwise; nobody is answered.

    Raises:
        RegistryError: there is no such candidate, or its file is damaged.
        RapportError: there are no turns.
    """
    from rapport.gate import read_apart, replayed_turns

    store = LearningStore(settings.learning.database_url)
    registry = Registry(store)
    candidate, stable = registry.get(name), adopt_stable(settings, store)
    refuse_adapter(candidate)
    files = [registry.check_file(one) for one in (stable, candidate)]
    found = replayed_turns(store, count)
    if not found:
        raise RapportError("There are no turns yet: `rapport learn harvest` takes them out of conversations.")
    before, now = (read_apart(file, [turn.text for turn in found]) for file in files)
    rows = [
        {
            "turn": turn.id,
            "text": turn.text,
            "stable": old[2],
            "candidate": new[2],
            "confidence": [old[1], new[1]],
        }
        for turn, old, new in zip(found, before, now)
    ]
    log = files[1].parent / "shadow.jsonl"
    _write(log, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    _show(rows, as_json)
    if not as_json:
        console.print(f"  all readings: {log}", style="dim")


def read_along(settings: Settings, name: str) -> None:
    """Lets a candidate read each message from now on; an empty name ends it.

    Raises:
        RegistryError: there is no such candidate, or its file is damaged.
    """
    store = LearningStore(settings.learning.database_url)
    if not name:
        ended = who_reads(store)
        let_read(store, "")
        done(f"{ended} reads no more" if ended else "no candidate was reading along")
        return
    registry = Registry(store)
    candidate = registry.get(name)
    refuse_adapter(candidate)
    registry.check_file(candidate)
    let_read(store, name)
    done(f"{name} reads what customers write from now on: `rapport learn shadow --report`")
    if entry_is_missing(settings):
        console.print("  Start `rapport up` anew: what runs has no entry that could pass messages on.")


def report_reading(settings: Settings, name: str, as_json: bool) -> None:
    """Says what a candidate that reads along would have done otherwise.

    Raises:
        RapportError: none reads along, or it has read nothing yet.
    """
    store = LearningStore(settings.learning.database_url)
    name = name or who_reads(store)
    if not name:
        raise RapportError("No candidate reads along: `rapport learn shadow ID --live` begins it.")
    from rapport.learning import harvest

    with suppress(RapportError):  # no conversations yet: then there are no readings either
        harvest(settings)
    readings = readings_of(store, name)
    if not readings:
        raise RapportError(f"{name} has read nothing yet: it starts within a minute (var/log/shadow.log).")
    of_that_time = store.turns(None, turns.c.at >= readings[0].at - 1, turns.c.at <= readings[-1].at + 60)
    pairs = beside_turns(readings, of_that_time)
    candidate = Registry(store).get(name).report
    rows = [
        {
            "turn": turn.id,
            "text": turn.text,
            "stable": turn.routed,
            "candidate": reading.routed,
            "confidence": [turn.confidence, reading.confidence],
        }
        for turn, reading in pairs
        if comparable(turn) and turn.model != candidate.get("model_id")
    ]
    dropped = int(candidate.get("shadow_dropped") or 0)
    _show(rows, as_json, {"read": len(readings), "dropped": dropped})
    if not as_json:
        console.print(
            f"  {len(readings)} messages were read, {dropped} dropped; compared are those that were decided "
            "by themselves: no buttons, answers in forms or repetitions",
            style="dim",
        )


def _show(rows: list[dict[str, Any]], as_json: bool, more: dict[str, int] | None = None) -> None:
    changed = [row for row in rows if row["stable"] != row["candidate"]]
    if as_json:
        told = {"turns": len(rows), "changed": changed, **(more or {})}
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201
        return
    table = Table("what the customer wrote", "stable", "candidate", "confidence")
    for row in changed[:_SHOWN]:
        before, now = row["confidence"]
        table.add_row(
            escape(str(row["text"])[:_TEXT]), row["stable"], row["candidate"], f"{before:.2f} → {now:.2f}"
        )
    if changed:
        console.print(table)
    if changed[_SHOWN:]:
        console.print(f"  … {len(changed) - _SHOWN} more", style="dim")
    done(f"{len(changed)} of {len(rows)} turns would go another way")


def _write(file: Path, text: str) -> None:
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(file)
