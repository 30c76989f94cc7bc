"""Writes what was accepted into the project's files, and lists the datasets that this made."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path

from rich.markup import escape
from rich.syntax import Syntax
from rich.table import Table

from learning.datasets.records import accepted
from learning.datasets.versions import reproduce, versions
from learning.datasets.write import Dataset, write_dataset
from learning.learned import ANSWER, WRITTEN
from learning.review.words import normalised
from rapport.console import console, done, warned
from rapport.example_checks import Example, examples_of, spoken
from rapport.review import DATA, LEARNED, open_store
from rapport.settings import Settings

PROJECT = Path()


def designers_own() -> list[Example]:
    """The examples that the designer wrote; those that come from reviews are not among them."""
    return [one for one in examples_of([DATA]) if LEARNED not in one.file.parents]


def designers_examples() -> dict[str, str]:
    """Intents by the designer's own examples, normalised."""
    return {normalised(spoken(one.text)): one.intent for one in designers_own()}


def write(
    settings: Settings,
    dry_run: bool = False,
    reverted: bool = False,
    kinds: Collection[str] = WRITTEN,
    folder: Path = PROJECT,
    only: Collection[str] | None = None,
    known: Mapping[str, str] | None = None,
) -> Dataset:
    """Writes the dataset of what is accepted (see `learning.datasets.write.write_dataset`).

    Without `known`, the designer's examples are read.

    Raises:
        DatasetError: a file is damaged or cannot be written; nothing was.
    """
    return write_dataset(
        open_store(settings),
        folder,
        cap=settings.learning.customer_cap,
        known=designers_examples() if known is None else known,
        kinds=kinds,
        dry_run=dry_run,
        reverted=reverted,
        only=only,
    )


def publish_answers(settings: Settings) -> None:
    """Has corrected answers that were accepted served at once; nothing else is written."""
    if write(settings, kinds=(ANSWER,)).files:
        console.print("  corrected answers are served from now on", style="dim")


def show_write(settings: Settings, dry_run: bool, reverted: bool, as_json: bool) -> None:
    """Writes the dataset, or shows what would be written, and says what is not in it and why."""
    dataset = write(settings, dry_run, reverted)
    if as_json:
        print(json.dumps(asdict(dataset), ensure_ascii=False))  # noqa: T201
        return
    if dry_run and dataset.diff:
        console.print(Syntax(dataset.diff, "diff", background_color="default", word_wrap=True))
    verb = "would change" if dry_run else "changed"
    done(f"dataset {dataset.version}: {len(dataset.learned)} things; {len(dataset.files)} files {verb}")
    for file in dataset.files:
        console.print(f"  {file}", style="dim", markup=False)
    for why, count in Counter(why for _, why in dataset.left_out).items():
        console.print(f"  {count} left out: {why}", markup=False)
    if dataset.rejected:
        would = "would count" if dry_run else "count"
        warned(
            f"{len(dataset.rejected)} lines were taken out of {LEARNED} by hand: they {would} as rejected."
        )
    for sentence in wording_hints(settings):
        console.print(f"  {sentence}", markup=False)
    if dataset.files and not dry_run:
        console.print("  `git diff` shows it; `rapport train` learns it", style="dim")


def wording_hints(settings: Settings) -> list[str]:
    """Responses that reviewers worded anew: where they stand, for the designer to change."""
    found = []
    for one in accepted(open_store(settings)):
        response = str(one.content.get("response", ""))
        if one.kind == ANSWER and one.content["layer"] == "rule" and response:
            place = _place_of(response)
            if place:
                found.append(f"{place}: {response} could say {str(one.content['answer'])[:200]!r}")
    return found


def _place_of(response: str, domain: Path = Path("domain")) -> str:
    """File and line of a response; empty where it stands nowhere."""
    for file in sorted(domain.rglob("*.yml")):
        for number, line in enumerate(file.read_text(encoding="utf-8").split("\n"), 1):
            if line.strip() == f"{response}:":
                return f"{file}:{number}"
    return ""


def show_datasets(settings: Settings, version: str, to: Path | None, as_json: bool) -> None:
    """Lists datasets, or writes one again into an empty folder.

    Raises:
        DatasetError: there is no such dataset, or it cannot be made again.
    """
    store = open_store(settings)
    if version:
        folder = to or Path("var/datasets") / version
        files = reproduce(store, version, folder)
        done(f"{len(files)} files of the dataset {version} are in {folder}")
        return
    found = versions(store)
    if as_json:
        print(json.dumps([asdict(one) for one in found]))  # noqa: T201
        return
    if not found:
        console.print("There are no datasets yet: `rapport learn write` makes the first.")
        return
    table = Table("dataset", "first written", "things", "forgotten since")
    for one in found:
        written = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.at)) if one.at else "–"
        table.add_row(escape(one.version), written, str(len(one.learned)), str(one.erased))
    console.print(table)
