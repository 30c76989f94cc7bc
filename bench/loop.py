"""What reviews are worth: a few examples an intent, weeks of traffic without labels, some reviews a week.

    rapport bench loop --train train.csv --test test.csv
    rapport bench loop --train train.csv --test test.csv --head light --weeks 3

A message is known from its week on. Reviewers answer by the true label, but for a share that is wrong: half
of that at random, half by the intent that the message is most like. The test messages are only used to print.
The last line is one JSON object, means over the seeds; lists by week begin before the first week.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from bench.labelled import Labelled, read_labelled
from bench.loop_arms import State, begin, fit_known, loop_week, random_week
from bench.loop_heads import Encoded, learner_of, measure
from bench.loop_picture import draw
from bench.loop_world import Reviewers, World, make_world
from learning.labels.learner import Learner
from rapport.console import console, done, progress_bar

PICTURE = "loop.png"


@dataclass(frozen=True)
class Plan:
    """How the loop is played."""

    weeks: int = 5
    reviews: int = 60
    shots: int = 5
    wrong: float = 0.05
    head: str = "shipped"
    encoder: str = "all-MiniLM-L6-v2"


@dataclass
class Played:
    """Figures of one seed; lists begin before the first week."""

    full: float = 0.0
    reviews: list[int] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    fallback: list[float] = field(default_factory=list)
    acted_wrongly: list[float] = field(default_factory=list)
    calibration: list[float] = field(default_factory=list)
    random: list[float] = field(default_factory=list)
    random_plain: float = 0.0
    wrong: list[int] = field(default_factory=list)
    caught: list[int] = field(default_factory=list)
    doubted_right: int = 0
    suite: list[float] = field(default_factory=list)
    rejected: int = 0
    let_through: int = 0


def run(train: Path, test: Path, columns: tuple[str, str], plan: Plan, seeds: int, out: Path) -> None:
    """Plays the loop on every seed, prints a table and the JSON line, draws the picture.

    Raises:
        DataError: a file cannot be used.
    """
    learned, asked = read_labelled(train, "train", *columns), read_labelled(test, "test", *columns)
    began = time.perf_counter()
    with progress_bar() as bar:
        task = bar.add_task("encoding", total=seeds * (2 * plan.weeks + 3))
        encoded = Encoded(plan.encoder)
        encoded.add([*learned.texts, *asked.texts])

        def progress(what: str) -> None:
            bar.update(task, advance=1, description=what)
            if not console.is_terminal:  # no bar is drawn there, and minutes of silence look like a hang
                console.print(f"{time.perf_counter() - began:5.0f} s  {what}", style="dim")

        played = [play(learned, asked, encoded, plan, seed, progress) for seed in range(seeds)]
    _show(played)
    figures = figures_of(played) | {"head": plan.head, "seconds": round(time.perf_counter() - began)}
    draw(
        out / PICTURE,
        {"loop": figures["accuracy_by_week"], "random": figures["random_by_week"]},
        figures["fallback_by_week"],
        figures["full"],
    )
    done(f"the picture is {out / PICTURE}")
    print(json.dumps(figures))


def play(
    train: Labelled, test: Labelled, encoded: Encoded, plan: Plan, seed: int, progress: Callable[[str], None]
) -> Played:
    """Plays one seed: the loop, the same reviews on random messages, and all labels."""
    world = make_world(train, test, encoded.vectors, plan.shots, plan.weeks, seed)
    learner = learner_of(plan.head, encoded)
    played = Played()
    progress("all labels")
    played.full = measure(learner.fit(train.texts, train.labels), test.texts, test.labels).accuracy
    most = _play_loop(world, learner, plan, seed, played, progress)
    _play_random(world, learner, plan, seed, played, progress, most)
    return played


def _play_loop(
    world: World, learner: Learner, plan: Plan, seed: int, played: Played, progress: Callable[[str], None]
) -> list[int]:
    """How many examples of a label each week was trained on at most."""
    reviewers = Reviewers(world, plan.wrong, seed)
    progress("the first examples")
    state = begin(world, learner)
    _note(world, state, reviewers, played)
    played.random.append(played.accuracy[0])
    for week in range(plan.weeks):
        progress(f"week {week + 1}")
        loop_week(world, state, reviewers, learner, week, plan.reviews)
        _note(world, state, reviewers, played)
    played.rejected, played.let_through = state.rejected, state.let_through
    wrong = {answer.place for answer in reviewers.answers if answer.wrong}
    played.doubted_right = len(state.doubted - wrong)
    return state.most


def _play_random(
    world: World, learner: Learner, plan: Plan, seed: int, played: Played, progress: Callable[[str], None],
    most: Sequence[int],
) -> None:  # fmt: skip
    reviewers = Reviewers(world, plan.wrong, seed)
    state = begin_again(world)
    for week in range(plan.weeks):
        progress(f"random, week {week + 1}")
        random_week(world, state, reviewers, learner, week, plan.reviews, seed, most[week])
        assert state.stable is not None
        played.random.append(measure(state.stable, world.test.texts, world.test.labels).accuracy)
    progress("random, without spreading")
    plain = fit_known(world, state, learner)
    played.random_plain = measure(plain, world.test.texts, world.test.labels).accuracy


def begin_again(world: World) -> State:
    """Only the first examples are known."""
    return State({int(place): int(world.truth[place]) for place in world.start})


def _note(world: World, state: State, reviewers: Reviewers, played: Played) -> None:
    """Figures of a week; here alone the test messages are looked at."""
    assert state.stable is not None
    found = measure(state.stable, world.test.texts, world.test.labels)
    wrong = [answer for answer in reviewers.answers if answer.wrong]
    caught = [
        answer for answer in wrong
        if state.known[answer.place] != answer.label or answer.place in state.held_back
    ]  # fmt: skip
    played.reviews.append(len(reviewers.answers))
    played.accuracy.append(found.accuracy)
    played.fallback.append(found.fallback)
    played.acted_wrongly.append(found.acted_wrongly)
    played.calibration.append(found.calibration)
    played.wrong.append(len(wrong))
    played.caught.append(len(caught))
    played.suite.append(state.suite.figures["accuracy"])


def figures_of(played: list[Played]) -> dict[str, Any]:
    """Means over the seeds, as the last line has them."""
    full = float(np.mean([one.full for one in played]))
    accuracy, random = _means([one.accuracy for one in played]), _means([one.random for one in played])
    wrong, caught = (sum(getattr(one, name)[-1] for one in played) for name in ("wrong", "caught"))
    plain = float(np.mean([one.random_plain for one in played]))
    return {
        "share_of_full": round(accuracy[-1] / full, 4),
        "over_random": round(accuracy[-1] - random[-1], 4),
        "wrong_labels_caught": round(caught / wrong, 4) if wrong else None,
        "regressions_let_through": sum(one.let_through for one in played),
        "fallback_by_week": _means([one.fallback for one in played]),
        "accuracy_by_week": accuracy,
        "acted_wrongly_by_week": _means([one.acted_wrongly for one in played]),
        "calibration_error_by_week": _means([one.calibration for one in played]),
        "random_by_week": random,
        "random_plain": round(plain, 4),
        "over_random_plain": round(accuracy[-1] - plain, 4),
        "full": round(full, 4),
        "wrong_labels": wrong,
        "right_labels_doubted": sum(one.doubted_right for one in played),
        "candidates_rejected": sum(one.rejected for one in played),
        "suite_by_week": _means([one.suite for one in played]),
        "reviews_by_week": _means([one.reviews for one in played]),
        "weeks_test_fell": sum(now < before for before, now in itertools.pairwise(accuracy)),
        "seeds": len(played),
    }


def _means(rows: Sequence[Sequence[float]]) -> list[float]:
    return [round(float(value), 4) for value in np.mean(rows, axis=0)]


def _show(played: list[Played]) -> None:
    figures = figures_of(played)
    table = Table("week", "reviews", "accuracy", "fallback", "wrong answers", "caught", "random messages")
    lists = ("reviews_by_week", "accuracy_by_week", "fallback_by_week", "random_by_week")
    for week, (reviews, accuracy, fallback, random) in enumerate(zip(*(figures[name] for name in lists))):
        wrong = sum(one.wrong[week] for one in played)
        caught = sum(one.caught[week] for one in played)
        table.add_row(
            str(week), f"{reviews:.0f}", f"{accuracy:.3f}", f"{fallback:.3f}", str(wrong), str(caught),
            f"{random:.3f}",
        )  # fmt: skip
    console.print(table)
    console.print(
        f"With all labels {figures['full']:.3f}; the loop reaches {figures['share_of_full']:.1%} of it. "
        f"Random messages without spreading: {figures['random_plain']:.3f}."
    )
