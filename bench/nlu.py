"""How well intents are understood: accuracy, calibration, unknown questions, training and message times.

    rapport bench nlu --train train.csv --test test.csv --shots 10 --seeds 3 --against diet

The components are the ones that run in the assistant, driven as Rasa drives them. The last line is one JSON
object with means over the seeds.
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.labelled import DataError, Labelled, few_shots, read_labelled
from bench.memory import in_own_process

# The most in-scope accuracy that may be given up for catching questions out of scope.
GIVEN_UP = 0.02

STOCK_DIET: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
]


@dataclass(frozen=True)
class Setting:
    """One way to understand: a name and the pipeline, as in config.yml."""

    name: str
    pipeline: list[dict[str, Any]]


def ours(encoder: str, oos_label: str | None) -> Setting:
    """The assistant's own way, without what needs a domain."""
    return Setting(
        "rapport",
        [
            {"name": "WhitespaceTokenizer"},
            {"name": "components.encoder.SentenceEncoder", "model": encoder},
            {"name": "components.intent_head.IntentHead", "unknown_intent": oos_label},
        ],
    )


def measure(
    setting: Setting, train: Labelled, test: Labelled, oos_label: str | None, seed: int
) -> dict[str, float]:
    """Trains a pipeline in a process of its own and asks it every test message.

    Returns:
        The figures, by the names that the last line of the bench has.
    """
    found: dict[str, float] = in_own_process(_measure, setting, train, test, oos_label, seed)
    return found


def _measure(
    setting: Setting, train: Labelled, test: Labelled, oos_label: str | None, seed: int
) -> dict[str, float]:
    from rasa.engine.recipes import default_components  # noqa: F401  seconds that are no training

    from bench.pipelines import parse, train_pipeline

    with TemporaryDirectory() as folder:
        pipeline = [_seeded(component, seed) for component in setting.pipeline]
        began = time.perf_counter()
        runner = train_pipeline(pipeline, train, Path(folder))
        seconds = time.perf_counter() - began
        parse(runner, test.texts[0])  # warms up
        milliseconds, answers = [], []
        for text in test.texts:
            started = time.perf_counter()
            answers.append(parse(runner, text))
            milliseconds.append(1000 * (time.perf_counter() - started))
    figures = score(answers, test.labels, oos_label)
    return {
        **figures,
        "train_seconds": seconds,
        "p50_ms": float(np.percentile(milliseconds, 50)),
        "p99_ms": float(np.percentile(milliseconds, 99)),
    }


def score(answers: list[dict[str, Any]], labels: list[str], oos_label: str | None) -> dict[str, float]:
    """Figures of parsed messages.

    `accuracy` and `macro_f1` are over all messages, with `oos_label` as one more label where there is one;
    `in_scope_accuracy` and `ece` over those in scope, by the best known intent. `oos_recall` is the share of
    questions out of scope that are caught where so strict a limit is set that 2 points of in-scope accuracy
    are given up; `oos_recall_own` and `given_up_own` are at the limit that training set by itself.
    """
    from sklearn.metrics import f1_score

    from components.calibration import area_under_roc, expected_calibration_error

    said = [answer["intent"]["name"] or "" for answer in answers]
    best = [_best_known(answer, oos_label) for answer in answers]
    known = np.array([label != oos_label for label in labels])
    right = np.array([name == label for (name, _), label in zip(best, labels)])
    confidences = np.clip([confidence for _, confidence in best], 0, 1)
    unknown = np.array([_unknown(answer, best_one) for answer, best_one in zip(answers, best)])
    caught = np.array([bool((answer.get("unknown") or {}).get("is_unknown")) for answer in answers])
    figures = {
        "accuracy": float(np.mean([a == b for a, b in zip(said, labels)])),
        "macro_f1": float(
            f1_score(labels, said, average="macro", labels=sorted(set(labels)), zero_division=0)
        ),
        "ece": expected_calibration_error(confidences[known], right[known]),
        "in_scope_accuracy": float(right[known].mean()),
        "oos_recall": 0.0, "oos_auroc": 0.5, "oos_recall_own": 0.0,
        "given_up_own": float((caught & right)[known].mean()),
    }  # fmt: skip
    if not known.all():
        # Giving up a right answer costs, one that was wrong anyway does not.
        limit = _strictest(unknown[known], right[known])
        figures["oos_recall"] = float((unknown[~known] > limit).mean())
        figures["oos_auroc"] = area_under_roc(unknown, ~known)
        figures["oos_recall_own"] = float(caught[~known].mean())
    return figures


def _strictest(unknown: np.ndarray, right: np.ndarray) -> float:
    """The lowest limit with which no more than `GIVEN_UP` of all messages in scope are lost."""
    lost = np.sort(unknown[right])[::-1]
    return float(lost[min(len(lost) - 1, int(GIVEN_UP * len(right)))])


def _best_known(answer: dict[str, Any], oos_label: str | None) -> tuple[str, float]:
    places = [place for place in answer.get("intent_ranking", []) if place["name"] != oos_label]
    first = places[0] if places else answer["intent"]
    return first["name"] or "", float(first["confidence"])


def _unknown(answer: dict[str, Any], best: tuple[str, float]) -> float:
    """Rapport says how unknown a message is; of others, a low confidence has to do."""
    if "unknown" in answer:
        return float(answer["unknown"]["probability"])
    return 1 - best[1]


def _seeded(component: dict[str, Any], seed: int) -> dict[str, Any]:
    learns = component["name"].rpartition(".")[2] in ("IntentHead", "DIETClassifier")
    return {**component, "random_seed": seed} if learns else component


def run(
    train: Path, test: Path, columns: tuple[str, str], shots: int | None, oos_label: str | None,
    against: list[str], encoder: str, seeds: int,
) -> None:  # fmt: skip
    """Measures every setting on every seed, prints a table and the JSON line.

    Raises:
        DataError: a file cannot be used, or `against` names something unknown.
    """
    from rich.console import Console
    from rich.table import Table

    learned, asked = read_labelled(train, "train", *columns), read_labelled(test, "test", *columns)
    _check(learned, asked, oos_label)
    others = {"diet": STOCK_DIET, "logistic": _logistic(encoder)}
    for name in against:
        if name not in others:
            raise DataError(f"--against {name} is unknown: give {' or '.join(others)}.")
    settings = [ours(encoder, oos_label), *(Setting(name, others[name]) for name in against)]
    console = Console()
    table = Table(
        title=f"{len(asked.texts):,} test messages, {len(set(learned.labels))} labels, means of {seeds}"
    )
    table.add_column("")
    for setting in settings:
        table.add_column(setting.name, justify="right")
    means = []
    for setting in settings:
        rows = []
        for seed in range(seeds):
            with console.status(f"{setting.name}: training {seed + 1} of {seeds}"):
                rows.append(
                    measure(setting, few_shots(learned, shots, seed, oos_label), asked, oos_label, seed)
                )
        means.append({name: statistics.mean(row[name] for row in rows) for name in rows[0]})
    for name in means[0]:
        table.add_row(name, *[f"{found[name]:.3f}" for found in means])
    console.print(table)
    rounded = [{name: round(value, 4) for name, value in found.items()} for found in means]
    print(json.dumps({**rounded[0], "against": dict(zip(against, rounded[1:]))}))


def _check(train: Labelled, test: Labelled, oos_label: str | None) -> None:
    """Labels that were never learned are a slip, unless they are those out of scope."""
    strange = set(test.labels) - set(train.labels) - {oos_label}
    if strange:
        raise DataError(
            f"The test has labels that the training data lacks: {', '.join(sorted(strange)[:5])}. "
            "If one of them stands for what is out of scope, give --oos-label."
        )


def _logistic(encoder: str) -> list[dict[str, Any]]:
    """A logistic regression on the encoder as it was published, in stock Rasa components."""
    return [
        {"name": "WhitespaceTokenizer"},
        {"name": "components.encoder.SentenceEncoder", "model": encoder},
        {"name": "LogisticRegressionClassifier", "C": 10.0, "max_iter": 200},
    ]
