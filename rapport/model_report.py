"""What a trained model knows of itself: the held-out figures that the intent head keeps in the archive."""

from __future__ import annotations

import json
import tarfile
import zlib
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import Any

from rapport.errors import RapportError

REPORT, INTENTS = "report.json", "intents.json"
RETRAIN = "train anew with `rapport train --force`"


class ReportError(RapportError):
    """A model's archive holds no report that can be read."""


@dataclass(frozen=True)
class ModelReport:
    """Held-out figures of a training: `components.intent_model.FitReport`, whose import would take seconds.

    Attributes:
        names: the intents that the model knows.
        examples: how many examples were learned from.
        accuracy: share (0–1) of held-out examples whose intent came first.
        ece: expected calibration error (0–1).
        unknown_auroc: how well unknown questions are told from known ones (0.5 is chance).
        unknown_caught: share (0–1) of those that is caught, with `given_up` of the right ones lost.
        given_up: see there.
        bins: the reliability table: `count`, mean `confidence`, `accuracy`.
        rows: every held-out text: `text`, `expected`, `ranked`, `confidence`, `unknown`, `known`.
    """

    names: list[str]
    examples: int
    accuracy: float
    ece: float
    unknown_auroc: float
    unknown_caught: float
    given_up: float
    bins: list[dict[str, float]]
    rows: list[dict[str, Any]] = field(repr=False)


def read_report(model: Path) -> ModelReport:
    """The report in a model's archive.

    Args:
        model: the archive, `….tar.gz`.

    Raises:
        ReportError: the archive is missing or damaged, or was trained without the intent head.
    """
    if not model.is_file():
        raise ReportError(f"{model} is no model: name a .tar.gz of models/, or run `rapport train`.")
    try:
        found = _read(model)
    except (OSError, EOFError, tarfile.TarError, ValueError, zlib.error) as error:
        raise ReportError(f"{model} is damaged ({error}): {RETRAIN}.") from error
    missing = sorted({REPORT, INTENTS} - set(found))
    if missing:
        raise ReportError(
            f"{model} holds no {' and no '.join(missing)} of an intent head: config.yml needs "
            f"components.intent_head.IntentHead, and two intents need examples; then {RETRAIN}."
        )
    content = {"names": found[INTENTS].get("names"), **found[REPORT]}
    try:
        return ModelReport(**{one.name: content[one.name] for one in fields(ModelReport)})
    except KeyError as error:
        raise ReportError(f"The report in {model} lacks {error}: {RETRAIN}.") from error


def _read(model: Path) -> dict[str, dict[str, Any]]:
    """The intent head's JSON files, by name."""
    found = {}
    with tarfile.open(model, "r:gz") as archive:
        for member in archive:
            path, file = PurePosixPath(member.name), archive.extractfile(member)
            if path.name in (REPORT, INTENTS) and "IntentHead" in path.parent.name and file is not None:
                found[path.name] = json.loads(file.read())
    return found
