"""Customers talk for a week, the assistant learns from it, the same held-out customers are measured again.

Runs in the demonstration's own folder, as a process of its own:

    rapport learn demo
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.week.customers import Customer, customers, read_wants
from bench.week.cycle import learn, rapport
from bench.week.picture import draw
from bench.week.reviewer import Reviewer
from bench.week.talking import Outcome, by_kind, talk_all
from rapport.console import console, done, progress_bar
from rapport.engine_files import ENDPOINTS, read_yaml
from rapport.learning import harvest
from rapport.rehearsing import rehearsing
from rapport.settings import Settings
from rapport.training import latest_model

REPORT, PICTURE = Path("report.json"), Path("before-and-after.png")
ROWS = {"understood": "understood right", "answered": "answered right", "fell_back": "assistant did not know"}


def run(settings: Settings, wrong: float = 0.05, seed: int = 0) -> dict[str, Any]:
    """The whole demonstration, in the working folder.

    Args:
        settings: of that folder.
        wrong: share of the reviews that are wrong on purpose (0–1).
        seed: of the customers and of the reviewer's mistakes.

    Returns:
        The figures, as they are written to report.json.
    """
    began = time.monotonic()
    wants = read_wants()
    held_out, week = customers(wants, True, seed), customers(wants, False, seed)
    model = latest_model(settings.server.models_folder)
    if model is None:
        console.print("  training the model that the week begins with …", style="dim")
        rapport("train")
        model = latest_model(settings.server.models_folder)
    assert model is not None
    before = _meet(settings, model, held_out, "held-out customers, before")
    store = read_yaml(ENDPOINTS)["tracker_store"]
    _meet(settings, model, week, "the week's customers", store)
    taken = harvest(settings)
    done(f"{taken.turns} turns of {len(taken.conversations)} conversations; {taken.flagged} are worth a look")
    reviewer = Reviewer(wants, wrong, seed)
    learnt = learn(settings, reviewer, lambda text: console.print(f"  {text} …", style="dim"))
    done(f"{'promoted' if learnt.promoted else 'not promoted'}: {sum(learnt.examples.values())} examples")
    console.print(
        f"  the gate dropped {learnt.wrong_dropped} of {learnt.wrong} wrong verdicts, and "
        f"{learnt.right_dropped} right ones"
    )
    for told in [*learnt.dropped, *learnt.trainings]:
        console.print(f"  {told}", style="dim", markup=False)
    for reason in learnt.reasons:
        console.print(f"  {reason}", markup=False)
    after = _meet(settings, learnt.model, held_out, "the same held-out customers, after")
    figures = {
        "before": by_kind(before), "after": by_kind(after), "items": learnt.items, "reviews": learnt.reviews,
        "wrong_reviews": learnt.wrong, "wrong_dropped": learnt.wrong_dropped,
        "right_dropped": learnt.right_dropped, "dropped": learnt.dropped, "trainings": learnt.trainings,
        "examples": learnt.examples, "promoted": learnt.promoted,
        "gate": learnt.figures, "reasons": learnt.reasons,
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip
    _keep(figures, before, after)
    return figures


def _meet(
    settings: Settings,
    model: Path,
    some: Sequence[Customer],
    what: str,
    store: Mapping[str, Any] | None = None,
) -> list[Outcome]:
    """Lets customers talk to a model; says how it went."""
    with progress_bar() as bar:
        task = bar.add_task(what, total=len(some))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Rasa warns of what validation has said
            with rehearsing(settings, model, store) as converse:
                outcomes = talk_all(converse, some, _advancing(bar.advance, task))
    answered = sum(one.answered for one in outcomes)
    done(f"{what}: {len(outcomes)} conversations, {answered} got what they wanted")
    return outcomes


def _advancing(advance: Callable[[Any], None], task: Any) -> Callable[[], None]:
    return lambda: advance(task)


def _keep(figures: dict[str, Any], before: Sequence[Outcome], after: Sequence[Outcome]) -> None:
    console.print(table(figures["before"], figures["after"]))
    draw(figures["before"], figures["after"], PICTURE)
    details = [
        {"text": old.text, "intent": old.intent, "before": old.taken_for, "after": new.taken_for,
         "answered_before": old.answered, "answered_after": new.answered}
        for old, new in zip(before, after)
    ]  # fmt: skip
    text = json.dumps({**figures, "customers": details}, ensure_ascii=False, indent=1)
    REPORT.write_text(text + "\n", encoding="utf-8")
    console.print(f"  picture: {PICTURE.resolve()}; each customer: {REPORT.resolve()}", style="dim")
    print(json.dumps(figures))


def table(before: Mapping[str, Mapping[str, float]], after: Mapping[str, Mapping[str, float]]) -> Table:
    """Before and after, for new wants, ordinary wants and all."""
    drawn = Table("held-out customers", "", "before", "after", box=None, padding=(0, 2, 0, 0))
    for kind, title in (("new", "new wants"), ("ordinary", "ordinary wants"), ("all", "all")):
        for place, (name, label) in enumerate(ROWS.items()):
            head = f"{title} ({before[kind]['customers']:.0f})" if place == 0 else ""
            drawn.add_row(head, label, f"{before[kind][name]:.1%}", f"{after[kind][name]:.1%}")
    return drawn


def main() -> None:
    """In the project's own folder."""
    from rapport.project import enter_project

    run(enter_project())


if __name__ == "__main__":
    main()
