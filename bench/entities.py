"""How well entities are found: exact spans, on any data, Rasa's own extractors beside ours.

F1, precision and recall are over all spans of a test file (micro): one counts if its start, end and entity
are right. Of several folds the means are taken; the seeds of a fold first.
"""

from __future__ import annotations

import json
import statistics
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.entity_data import BadData, Sentence, folds, read_sentences


@dataclass(frozen=True)
class Figures:
    """Of one pipeline on one fold, with one seed."""

    f1: float
    precision: float
    recall: float
    train_seconds: float
    ms: float


def run(train: Path, test: Path | None, against: Sequence[str], seeds: int) -> None:
    """Prints a table of all folds and the means, then one JSON object.

    Raises:
        BadData: the files cannot be used, or a pipeline in `against` is unknown.
    """
    warnings.simplefilter("ignore")  # of Rasa's imports
    from bench.entity_pipelines import PIPELINES

    names = list(dict.fromkeys(["rapport", *against]))
    if unknown := [name for name in names if name not in PIPELINES]:
        known = ", ".join(name for name in PIPELINES if name != "rapport")
        raise BadData(f"There is no pipeline {unknown[0]!r} to compare with: give one of {known}.")
    console = Console()
    read = [(fold, read_sentences(fold.train), read_sentences(fold.test)) for fold in folds(train, test)]
    table = Table("fold", "pipeline", "F1", "precision", "recall", "train s", "ms a message")
    means: dict[str, list[Figures]] = {name: [] for name in names}
    with console.status("") as status:
        for fold, learned, asked in read:
            for name in names:
                status.update(f"{fold.name}: {name}, {len(learned)} sentences to learn from")
                measured = [_measure(name, seed, learned, asked) for seed in range(seeds)]
                means[name].append(_mean(measured))
                table.add_row(fold.name, name, *_cells(means[name][-1]))
    if len(read) > 1:
        for name in names:
            table.add_row("mean", name, *_cells(_mean(means[name])), style="bold")
    console.print(table)
    overall = {name: _as_json(_mean(means[name])) for name in names}
    others = {name: figures for name, figures in overall.items() if name != "rapport"}
    print(json.dumps({**overall["rapport"], "folds": len(read), **({"against": others} if others else {})}))


Span = tuple[int, int, str]


def score(gold: Sequence[Sequence[Span]], found: Sequence[set[Span]]) -> tuple[float, float, float]:
    """F1, precision and recall of exact spans over all sentences; 0 where there is nothing to divide by."""
    right = sum(len(set(spans) & of_text) for spans, of_text in zip(gold, found))
    wanted, given = sum(len(set(spans)) for spans in gold), sum(map(len, found))
    precision, recall = right / given if given else 0.0, right / wanted if wanted else 0.0
    return 2 * right / (wanted + given) if right else 0.0, precision, recall


def _measure(name: str, seed: int, train: Sequence[Sentence], test: Sequence[Sentence]) -> Figures:
    from bench.entity_pipelines import Pipeline, project_settings

    pipeline = Pipeline(name, seed, project_settings(Path("config.yml")))
    pipeline.train(train)
    found, seconds = [], []
    for sentence in test:
        started = time.perf_counter()
        found.append(pipeline.find(sentence.text))
        seconds.append(time.perf_counter() - started)
    return Figures(
        *score([sentence.spans for sentence in test], found),
        pipeline.train_seconds,
        1000 * statistics.median(seconds),
    )


def _mean(figures: Sequence[Figures]) -> Figures:
    return Figures(*(statistics.fmean(values) for values in zip(*(vars(one).values() for one in figures))))


def _cells(figures: Figures) -> list[str]:
    shares = [f"{share:.3f}" for share in (figures.f1, figures.precision, figures.recall)]
    return [*shares, f"{figures.train_seconds:.1f}", f"{figures.ms:.2f}"]


def _as_json(figures: Figures) -> dict[str, float]:
    return {name: round(value, 4) for name, value in vars(figures).items()}
