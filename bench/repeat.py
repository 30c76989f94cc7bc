"""How well repeated questions are told from others, on any file of pairs.

What is scored is the text of two messages alone. In a conversation more is known (entities, intents), and
the detector uses it; this measures what lies under that. Nothing is trained on the file. F1 needs a
threshold: the one reported as `f1` is chosen on a random tenth of the file and measured on the other nine.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import track
from rich.table import Table

from bench.pairs import Pair, PairsError, read_pairs
from bench.repeat_fit import PAIRS, examples, fit, read_groups, write
from components.pair_model import shipped_model
from components.repeats import Likeness
from llm.encoder import Encoder, load_encoder
from rapport.console import console, errors
from rapport.errors import RapportError
from rapport.settings import Settings

SEED = 0
TENTH = 10
BATCH = 64


@dataclass(frozen=True)
class Figures:
    """What one way of scoring reaches; all 0–1, thresholds on its own scale."""

    f1: float
    threshold: float
    auc: float
    precision_at_half_recall: float
    f1_best: float
    f1_shipped: float
    precision_shipped: float
    recall_shipped: float


def run(settings: Settings, file: Path, threshold: float | None = None, against: str | None = None) -> None:
    """Measures a file of pairs and prints a table and, last, one JSON object.

    Raises:
        RapportError: the file cannot be used.
    """
    try:
        pairs, unlabelled = read_pairs(file)
    except PairsError as error:
        raise RapportError(str(error)) from error
    if unlabelled:
        lines = ", ".join(map(str, unlabelled[:5])) + (", …" if len(unlabelled) > 5 else "")
        errors.print(f"Left out, since their label is empty: {len(unlabelled)} lines ({lines}).")
    cosines = _cosines(_encoder(settings), pairs)
    same = np.array([pair.same for pair in pairs])
    model = shipped_model()
    scores = np.array([model.probability(p.one, p.other, c) for p, c in zip(pairs, cosines)])
    rows = {"pair model": figures(scores, same, threshold, Likeness().meaning)}
    if against == "cosine":
        rows["cosine alone"] = figures(cosines, same, None, None)
    _print(file, rows, same)


def refit(settings: Settings, file: Path = PAIRS) -> None:
    """Fits the pair model on written groups and replaces `components/pair_model.json`."""
    try:
        groups = read_groups(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RapportError(f"{file} is not a file of groups with `same` and `other`: {error}") from error
    encode = _remembering(_encoder(settings))
    pairs = examples(groups, encode)
    write(fit(pairs, encode))
    console.print(f"Fitted on {len(pairs)} pairs of {len(groups)} groups.")


def figures(scores: np.ndarray, same: np.ndarray, threshold: float | None, shipped: float | None) -> Figures:
    """The figures of scores [n_pairs] against labels [n_pairs].

    Args:
        scores: higher means more likely the same question.
        same: whether they are.
        threshold: for `f1`; None chooses it on a random tenth, which is then not measured.
        shipped: the assistant's own threshold, if it has one on this scale.
    """
    from sklearn.metrics import roc_auc_score

    if threshold is None:
        tenth = np.random.default_rng(SEED).permutation(len(scores)) % TENTH == 0
        chosen, _ = _best_f1(scores[tenth], same[tenth])
        f1 = _at(scores[~tenth], same[~tenth], chosen)[0]
    else:
        chosen, f1 = threshold, _at(scores, same, threshold)[0]
    precision, recall, _ = _curve(scores, same)
    at_shipped = _at(scores, same, shipped) if shipped is not None else (np.nan,) * 3
    return Figures(
        f1,
        chosen,
        float(roc_auc_score(same, scores)),
        float(precision[np.searchsorted(recall, 0.5)]),
        _best_f1(scores, same)[1],
        *at_shipped,
    )


def _curve(scores: np.ndarray, same: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and threshold at each distinct score, from the highest down."""
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(same[order])
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    return hits[ends] / (ends + 1), hits[ends] / max(int(same.sum()), 1), ranked[ends]


def _best_f1(scores: np.ndarray, same: np.ndarray) -> tuple[float, float]:
    """Threshold and value of the best F1."""
    precision, recall, thresholds = _curve(scores, same)
    values = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    return float(thresholds[values.argmax()]), float(values.max())


def _at(scores: np.ndarray, same: np.ndarray, threshold: float) -> tuple[float, float, float]:
    """F1, precision and recall at a threshold."""
    said = scores >= threshold
    hits = int((said & same).sum())
    precision, recall = hits / max(int(said.sum()), 1), hits / max(int(same.sum()), 1)
    return 2 * precision * recall / max(precision + recall, 1e-9), precision, recall


def _encoder(settings: Settings) -> Encoder:
    """The pipeline's encoder, in its precision."""
    return load_encoder(settings.encoder.model, settings.encoder.cache_dir, precision="int8")


def _cosines(encoder: Encoder, pairs: Sequence[Pair]) -> np.ndarray:
    texts = list(dict.fromkeys(text for pair in pairs for text in (pair.one, pair.other)))
    starts: Iterable[int] = range(0, len(texts), BATCH)
    watched = track(starts, "Encoding", console=errors, disable=not errors.is_terminal)
    vectors = np.vstack([encoder.encode(texts[start : start + BATCH]) for start in watched])
    rows = {text: row for row, text in enumerate(texts)}
    ours, theirs = ([rows[text] for text in side] for side in zip(*((p.one, p.other) for p in pairs)))
    cosines: np.ndarray = (vectors[ours] * vectors[theirs]).sum(axis=1)
    return cosines


def _remembering(encoder: Encoder) -> Callable[[list[str]], np.ndarray]:
    """Encodes each text once, however often it is asked for."""
    known: dict[str, np.ndarray] = {}

    def encode(texts: list[str]) -> np.ndarray:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, encoder.encode(new)))
        return np.stack([known[text] for text in texts])

    return encode


def _print(file: Path, rows: dict[str, Figures], same: np.ndarray) -> None:
    table = Table(title=f"{file.name}: {len(same)} pairs, {same.mean():.0%} ask the same")
    table.add_column("")
    for name in rows:
        table.add_column(name, justify="right")
    for key, words in LABELS.items():
        table.add_row(words, *(f"{getattr(row, key):.3f}".replace("nan", "–") for row in rows.values()))
    console.print(table)
    ours = rows["pair model"]
    values = {key: round(getattr(ours, key), 4) for key in LABELS}
    extra = {
        f"cosine_{key}": round(getattr(rows["cosine alone"], key), 4) for key in COMPARED if len(rows) > 1
    }
    print(json.dumps({**values, "pairs": len(same), **extra}))


COMPARED = ("f1", "auc", "precision_at_half_recall")
LABELS = {
    "f1": "F1, threshold from a tenth (or --threshold)",
    "auc": "area under the ROC curve",
    "precision_at_half_recall": "precision at 50 % recall",
    "threshold": "that threshold",
    "f1_best": "F1 at the best threshold of this file",
    "f1_shipped": "F1 at the assistant's threshold",
    "precision_shipped": "precision there",
    "recall_shipped": "recall there",
}
