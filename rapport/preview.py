"""`rapport preview`: which of the last turns the edited files would take another way, before they go live."""

from __future__ import annotations

import json
import shutil
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader
from rich.markup import escape
from rich.table import Table

from learning.store import LearningStore
from learning.stories.changes import Change, Read, by_intent, changes, is_readable, reworded, turns_with
from learning.turn import Turn
from rapport.console import console, done, progress_bar, warned
from rapport.errors import RapportError
from rapport.learning import harvest
from rapport.preview_dialogue import Course, replayed
from rapport.rasa_process import hide_deprecations
from rapport.settings import Settings
from rapport.steps import one_at_a_time
from rapport.training import CONFIG, DATA, check_files, latest_model, parts_file, train, why_train

if TYPE_CHECKING:
    from components.judging import Opinion

FOLDER = Path("var/preview")
SHOWN = 30
# Stands in the place of the edited model's name where none was trained.
QUICK = "quick"


@dataclass(frozen=True)
class Preview:
    """What an edit would do.

    Attributes:
        turns: how many turns were looked at; `left_out` more were buttons, answers in forms or repetitions.
        changed: messages that go another way.
        responses: names of responses that read otherwise: texts before, texts after, in how many turns.
        live, edited: the models that were compared.
        replayed: how many turns were replayed; `courses` are those that would go on with another action.
    """

    turns: int
    left_out: int
    changed: list[Change]
    responses: dict[str, tuple[list[str], list[str], int]]
    live: str
    edited: str
    replayed: int = 0
    courses: list[Course] = field(default_factory=list)


def show(settings: Settings, count: int, as_json: bool, html: Path | None, quick: bool = False) -> None:
    """Previews the working tree's edit and prints what it would do."""
    preview = make_quick(settings, count) if quick else make(settings, count)
    if preview is None:
        print("{}") if as_json else done("no edit since the newest model was trained")  # noqa: T201
        return
    if html is not None:
        _write_html(preview, html)
    if as_json:
        print(json.dumps(_values(preview), ensure_ascii=False))  # noqa: T201
        return
    _print(preview)
    if html is not None:
        console.print(f"  all of them: {html}", style="dim")


def make(settings: Settings, count: int, folder: Path = FOLDER) -> Preview | None:
    """Reads the last turns with the newest model and with one of the files as they are now.

    Args:
        settings: of the assistant.
        count: how many turns.
        folder: where the edited files' model is kept; the live ones are not touched.

    Returns:
        What differs; None if the newest model was made of the files as they are.

    Raises:
        RapportError: there is no model yet, or nobody has talked to the assistant.
    """
    live = _live(settings)
    if live is None:
        return None
    last = _last_turns(settings, count)
    read = [turn for turn in last if is_readable(turn)]
    edited = _trained(live, folder)
    counts = Counter(turn.text for turn in read)
    before, after = _read(live, list(counts), "as it is"), _read(edited, list(counts), "as edited")
    return Preview(
        len(read),
        len(last) - len(read),
        changes(counts, before, after),
        _reworded(live, edited, last),
        live.name,
        edited.name,
        *replayed(live, edited, last),
    )


def _live(settings: Settings) -> Path | None:
    """The newest model; None if it was made of the files as they are."""
    live = latest_model(settings.server.models_folder)
    if live is None:
        raise RapportError("There is no model to compare with: run `rapport train` first.")
    return live if why_train(settings.server.models_folder) else None


def make_quick(settings: Settings, count: int) -> Preview | None:
    """As `make`, with nothing but examples and bands: only the classifier of the intents learns anew.

    Raises:
        TrainingError: the files are no valid YAML.
        RapportError: there is no model yet, or nobody has talked to the assistant.
    """
    live = _live(settings)
    if live is None:
        return None
    check_files()
    last = _last_turns(settings, count)
    read = [turn for turn in last if is_readable(turn)]
    counts = Counter(turn.text for turn in read)
    hide_deprecations()
    with warnings.catch_warnings(), progress_bar() as bar:
        warnings.simplefilter("ignore")  # Rasa warns of what validation has said
        from components.judging import opinions_with

        task = bar.add_task("Reading twice", total=2 * len(counts))
        both = opinions_with(live, CONFIG, DATA, list(counts), lambda done: bar.update(task, completed=done))
    found = changes(counts, *([_as_read(one) for one in said] for said in both))
    return Preview(len(read), len(last) - len(read), found, {}, live.name, QUICK)


def _last_turns(settings: Settings, count: int) -> list[Turn]:
    store = LearningStore(settings.learning.database_url)
    if not store.count_turns():
        console.print("  no turns were taken out of the conversations yet: harvesting", style="dim")
        harvest(settings)
    found = list(islice(store.turns(newest_first=True), count))
    if not found:
        raise RapportError("There are no turns to read: talk to the assistant first (`rapport talk`).")
    return found


def _trained(live: Path, folder: Path) -> Path:
    """The model of the files as they are, from the last preview or trained now."""
    if latest_model(folder) is None:
        # What Rasa's cache holds may be used where only words or rules were edited: training looks for the
        # fingerprints of the model before.
        folder.mkdir(parents=True, exist_ok=True)
        for file in (parts_file(live), live):
            if file.exists():
                shutil.copy2(file, folder)
    reason = why_train(folder)
    if reason is not None:
        console.print(f"  {reason}: training a model for the preview …", style="dim")
        with one_at_a_time(), progress_bar() as bar:
            task = bar.add_task("Training", total=None)
            train(folder, lambda number, of, name: bar.update(task, completed=number, total=of), warn=warned)
    model = latest_model(folder)
    assert model is not None
    return model


def _read(model: Path, texts: Sequence[str], what: str) -> list[Read]:
    """What a model makes of texts."""
    hide_deprecations()
    with warnings.catch_warnings(), progress_bar() as bar:
        warnings.simplefilter("ignore")  # Rasa warns of what validation has said
        from components.judging import opinions

        task = bar.add_task(f"Reading {what}", total=len(texts))
        said = opinions(model, texts, lambda number: bar.update(task, completed=number))
    return [_as_read(one) for one in said]


def _as_read(one: Opinion) -> Read:
    return Read(one.ranked, round(one.confidence, 3), one.band, one.routed)


def _reworded(live: Path, edited: Path, last: Sequence[Turn]) -> dict[str, tuple[list[str], list[str], int]]:
    from components.judging import responses_of

    found = reworded(responses_of(live), responses_of(edited))
    said = turns_with(found, last)
    return {name: (*texts, said[name]) for name, texts in found.items()}


def _print(preview: Preview) -> None:
    moved = sum(change.turns for change in preview.changed)
    console.print(
        f"{moved} of the last {preview.turns} turns would go another way "
        f"({preview.left_out} more are buttons, answers in forms or repetitions: they were left out)"
    )
    if preview.changed:
        table = Table("turns", "what the customer wrote", "now", "after the edit", "")
        for one in preview.changed[:SHOWN]:
            table.add_row(
                str(one.turns), escape(one.text[:160]), described(one.before), described(one.after), one.kind
            )
        console.print(table)
        if len(preview.changed) > SHOWN:
            console.print(f"  and {len(preview.changed) - SHOWN} more: --json or --html FILE has all")
        for name, lost, gained in by_intent(preview.changed):
            console.print(f"  {name}: {gained:+d} {-lost:+d} turns", style="dim")
    if preview.edited == QUICK:
        console.print("rules, stories and words were not compared: leave out --quick for these", style="dim")
    else:
        _print_courses(preview)
    for name, (before, after, turns) in preview.responses.items():
        console.print(f"{name} reads otherwise, in {turns} turns", style="bold")
        for sign, texts, others in (("-", before, after), ("+", after, before)):
            for text in (text for text in texts if text not in others):
                console.print(f"  {sign} {text}", markup=False, soft_wrap=True)


def _print_courses(preview: Preview) -> None:
    moved = sum(course.turns for course in preview.courses)
    console.print(
        f"{moved} of {preview.replayed} turns, understood as they were, would go on with another action"
    )
    if preview.courses:
        table = Table("turns", "intent", "now", "after the edit", "such as")
        for one in preview.courses[:SHOWN]:
            table.add_row(str(one.turns), one.intent, one.before, one.after, escape(one.example[:160]))
        console.print(table)


def described(read: Read) -> str:
    """An intent with its confidence, and what is done with it."""
    return f"{read.intent} {read.confidence:.2f}, {read.band}"


def _values(preview: Preview) -> dict[str, Any]:
    values = asdict(preview)
    for value, change in zip(values["changed"], preview.changed, strict=True):
        value["kind"] = change.kind
    return values


def _write_html(preview: Preview, file: Path) -> None:
    environment = Environment(loader=PackageLoader("rapport", "."), autoescape=True, trim_blocks=True)
    page = environment.get_template("preview.html.jinja").render(
        preview=preview, by_intent=by_intent(preview.changed), described=described
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page, encoding="utf-8")
