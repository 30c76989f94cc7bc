"""How well a policy continues stories that it was not trained on, what its training costs, how fast it is.

Every policy and every split has its own process, so that time and memory are its own. Rasa itself imports
TensorFlow in each of them: what a policy's training adds is the column "added".
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from rapport.console import console
from rapport.errors import RapportError

OURS = "light"
# What `rasa init` and Rasa's default configuration set; everything else is the policy's own default.
POLICIES: dict[str, tuple[str, dict[str, Any]]] = {
    OURS: ("components.light_policy.LightPolicy", {}),
    "ted": (
        "rasa.core.policies.ted_policy.TEDPolicy",
        {"max_history": 5, "epochs": 100, "constrain_similarities": True},
    ),
    "memoization": ("rasa.core.policies.memoization.AugmentedMemoizationPolicy", {"max_history": 5}),
}
# Key in the worker's answer, its column, how it is printed.
COLUMNS = (
    ("accuracy", "actions right", "{:.1%}"),
    ("accuracy_but_listen", "without listen", "{:.1%}"),
    ("story_accuracy", "whole stories", "{:.1%}"),
    ("train_seconds", "training s", "{:.2f}"),
    ("peak_mb", "peak MB", "{:.0f}"),
    ("added_mb", "added MB", "{:.0f}"),
    ("ms_per_prediction", "ms a prediction", "{:.2f}"),
)


def run(project: Path, against: Sequence[str], seeds: int, share: float) -> None:
    """Measures and prints a table and, last, one JSON object with our policy's figures.

    Raises:
        RapportError: an unknown policy, or a folder that is no Rasa project with stories.
    """
    unknown = [name for name in against if name not in POLICIES]
    if unknown:
        known = ", ".join(name for name in POLICIES if name != OURS)
        raise RapportError(
            f"--against {unknown[0]!r} is no policy that can be measured: choose from {known}."
        )
    names = list(dict.fromkeys([OURS, *against]))
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for seed in range(seeds):
        for name in names:
            console.print(f"split {seed + 1} of {seeds}: {name} …", style="dim")
            runs[name].append(_measure(name, project.resolve(), share, seed))
    means = {name: _means(measured) for name, measured in runs.items()}
    _show(means, runs[OURS])
    result = {**means[OURS], "seeds": seeds, "share": share}
    print(json.dumps({**result, "against": {name: means[name] for name in names if name != OURS}}))


def _measure(name: str, project: Path, share: float, seed: int) -> dict[str, Any]:
    """One policy on one split, in a process of its own.

    Raises:
        RapportError: the process could not read or train the project.
    """
    policy, settings = POLICIES[name]
    task = {"policy": policy, "settings": settings, "project": str(project), "share": share, "seed": seed}
    environment = {**os.environ, "LOG_LEVEL": "ERROR", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.policy_worker", json.dumps(task)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).parents[1],
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        # The worker reports its own errors as an answer: without one, something outside ended it.
        raise RapportError(
            f"{name} could not be measured on {project}: its process ended with code {done.returncode}; "
            f"if that is -9, the machine's memory ran out."
        )
    answer: dict[str, Any] = json.loads(lines[-1])
    if "error" in answer:
        raise RapportError(answer["error"])
    return answer


def _means(measured: Sequence[dict[str, Any]]) -> dict[str, float]:
    return {key: round(statistics.fmean(one[key] for one in measured), 4) for key, _, _ in COLUMNS}


def _show(means: dict[str, dict[str, float]], ours: Sequence[dict[str, Any]]) -> None:
    table = Table("policy", *(title for _, title, _ in COLUMNS))
    for name, figures in means.items():
        table.add_row(name, *(pattern.format(figures[key]) for key, _, pattern in COLUMNS))
    console.print(table)
    first = ours[0]
    console.print(
        f"{first['stories']} stories, {first['held_out']} held out; {first['actions']} actions to predict in "
        f"the first split; {'with' if first['rules'] else 'without'} RulePolicy."
    )
