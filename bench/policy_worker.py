"""Measures one policy on one split of a project's stories: takes a JSON task, prints a JSON answer."""

from __future__ import annotations

import json
import logging
import resource
import statistics
import sys
from pathlib import Path
from typing import Any

import structlog

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
logging.disable(logging.WARNING)

from components import policy_trial  # noqa: E402


def main() -> None:
    """Reads the task from the command line (see `bench.policy`)."""
    try:
        answer = measure(json.loads(sys.argv[1]))
    except Exception as error:
        # The edge of the process: the caller reports it in one sentence.
        answer = {"error": " ".join(str(error).split()) or type(error).__name__}
    print(json.dumps(answer))


def measure(task: dict[str, Any]) -> dict[str, Any]:
    """Trains on the stories that are kept, predicts the actions of the others."""
    project = policy_trial.load_project(Path(task["project"]))
    held_out = policy_trial.held_out_stories(project, task["share"], task["seed"])
    trackers = policy_trial.training_trackers(project, held_out)
    before = _peak_mb()
    policy, seconds = policy_trial.train_policy(task["policy"], task["settings"], trackers, project.domain)
    peak = _peak_mb()
    rules = policy_trial.train_rules(project, trackers)
    conversations = policy_trial.held_out_trackers(project, held_out)
    judged = policy_trial.judge(policy, rules, conversations, project.domain)
    if not judged.right:
        raise ValueError(f"{task['project']}: the held-out stories have no action to predict.")
    return {
        "accuracy": statistics.fmean(judged.right),
        "accuracy_but_listen": statistics.fmean(judged.right_but_listen or [0]),
        "story_accuracy": statistics.fmean(judged.right_stories),
        "train_seconds": seconds,
        "peak_mb": peak,
        "added_mb": peak - before,
        "ms_per_prediction": statistics.median(judged.milliseconds),
        "stories": len(project.stories),
        "held_out": len(held_out),
        "actions": len(judged.right),
        "rules": rules is not None,
    }


def _peak_mb() -> float:
    """The most memory that this process has had so far; Linux counts in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
