"""The history of experiments: every cycle with what it found, as a table, as a picture, as a page."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from rich.table import Table

from learning.cycle import Cycle, CycleLog
from learning.rollout.registry import Registry
from learning.store import LearningStore
from rapport.console import console, done
from rapport.rollout import lift_lines, show_lifts
from rapport.settings import Settings

_HEAD = ("cycle", "began", "why", "candidate", "accuracy", "dropped", "outcome")
_STYLE = (
    "body{font:15px system-ui;max-width:60rem;margin:2rem auto}td,th{padding:.3rem .8rem;text-align:left}"
)


def show_history(settings: Settings, html: Path | None, picture: Path | None, as_json: bool) -> None:
    """Shows all cycles, the newest first, and writes them as a page or a picture on request."""
    store = LearningStore(settings.learning.database_url)
    cycles = CycleLog(store).all()
    if as_json:
        print(json.dumps([one.__dict__ for one in cycles], ensure_ascii=False))  # noqa: T201
        return
    if not cycles:
        console.print("There was no cycle yet: `rapport learn cycle` runs one.")
        show_lifts(settings, store)
        return
    table = Table(*_HEAD)
    for one in cycles:
        table.add_row(*row(one))
    console.print(table)
    show_lifts(settings, store)
    if picture:
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_bytes(draw(cycles))
        done(f"picture: {picture}")
    if html:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(page(cycles, Registry(store), lift_lines(store)), encoding="utf-8")
        done(f"page: {html}")


def row(cycle: Cycle) -> tuple[str, ...]:
    """A cycle in words."""
    state = cycle.state
    before, now = (state.get("figures") or {}).get("accuracy") or (None, None)
    accuracy = f"{before:.1%} → {now:.1%}" if before is not None else ""
    dropped = len(state.get("dropped") or ()) + len(state.get("dropped_by_gate") or ())
    began = time.strftime("%Y-%m-%d %H:%M", time.localtime(cycle.began))
    candidate = str(state.get("candidate") or "")
    return str(cycle.id), began, cycle.reason, candidate, accuracy, str(dropped), outcome(cycle)


def outcome(cycle: Cycle) -> str:
    """What became of it."""
    if cycle.status != "done":
        return f"{cycle.status}{': ' + cycle.why if cycle.why else ''}"
    if cycle.state.get("stop"):
        return str(cycle.state["stop"])
    if not cycle.state.get("passed"):
        return "did not pass: " + "; ".join(cycle.state.get("reasons") or ())
    return f"passed ({cycle.state.get('rollout')})"


def draw(cycles: list[Cycle]) -> bytes:
    """Accuracy of stable model and candidate by cycle, and how much was dropped, as PNG."""
    from matplotlib.figure import Figure

    judged = [one for one in reversed(cycles) if (one.state.get("figures") or {}).get("accuracy")]
    places = list(range(len(judged)))
    figure = Figure(figsize=(8, 5), layout="constrained")
    panels: Any = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    accuracy, dropped = panels
    for side, name in enumerate(("stable", "candidate")):
        values = [100 * one.state["figures"]["accuracy"][side] for one in judged]
        accuracy.plot(places, values, marker="o", label=name)
    accuracy.set_ylabel("accuracy on frozen messages (%)")
    accuracy.legend()
    counts = [
        len(one.state.get("dropped") or ()) + len(one.state.get("dropped_by_gate") or ()) for one in judged
    ]
    dropped.bar(
        places, counts, color=["tab:green" if one.state.get("passed") else "tab:red" for one in judged]
    )
    dropped.set_ylabel("dropped")
    dropped.set_xticks(places, [str(one.id) for one in judged])
    dropped.set_xlabel("cycle (green: passed)")
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=110)
    return written.getvalue()


def page(cycles: list[Cycle], registry: Registry, lifts: Sequence[str] = ()) -> str:
    """A page that needs nothing beside it."""
    picture = base64.b64encode(draw(cycles)).decode()
    models = [(one.id, one.kind, one.status, one.dataset, one.parent) for one in registry.all()]
    return (
        f"<!doctype html><meta charset=utf-8><title>What was learned</title><style>{_STYLE}</style>"
        f"<h1>What was learned</h1><img alt='accuracy by cycle' src='data:image/png;base64,{picture}'>"
        f"<h2>Cycles</h2>{_table(_HEAD, [row(one) for one in cycles])}"
        f"<h2>Models</h2>{_table(['id', 'kind', 'status', 'dataset', 'trained beside'], models)}"
        f"{''.join(f'<p>{escape(line)}</p>' for line in lifts)}"
    )


def _table(head: Sequence[str], rows: list[Any]) -> str:
    cells = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in one)}</tr>" for one in rows)
    return f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>{cells}</table>"
