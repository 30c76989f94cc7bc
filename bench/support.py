"""How well the judge of support tells sentences that a passage supports from such that it does not.

    rapport bench support                  # the test part
    rapport bench support --split dev --show

Beside it: numbers alone, words alone, both as before, the encoder's cosine, and the second opinion of
`bench/faithfulness.py`. The last line is one JSON object.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rich.table import Table

from bench.tables import show_beside
from rapport.console import console
from rapport.errors import RapportError

OWN_SET = Path("bench/support_pairs.yml")
OURS = "rapport"
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True)
class Pair:
    """A sentence beside a passage, whether that supports it, and what was done to the passage's words."""

    sentence: str
    chunk: Any
    is_supported: bool
    kind: str


@dataclass(frozen=True)
class Judge:
    """Scores a pair (0–1, higher is better supported); from `enough` on it is supported."""

    score: Callable[[Pair], float]
    enough: float


def run(file: Path, split: str, show: bool) -> None:
    """Measures and prints a table and, last, one JSON object.

    Raises:
        RapportError: the file or the part of it cannot be used.
    """
    pairs = read_pairs(file, split)
    judges = _judges()
    scores = {name: [judge.score(pair) for pair in pairs] for name, judge in judges.items()}
    means = {name: figures(pairs, scores[name], judge.enough) for name, judge in judges.items()}
    started = time.perf_counter()
    for pair in pairs:
        judges[OURS].score(pair)
    means[OURS]["ms_a_sentence"] = 1e3 * (time.perf_counter() - started) / len(pairs)
    _print(means, pairs)
    _print_kinds(pairs, scores[OURS], judges[OURS].enough, show)
    rounded = {name: {key: round(value, 3) for key, value in one.items()} for name, one in means.items()}
    print(json.dumps({"split": split, "pairs": len(pairs), **rounded.pop(OURS), "against": rounded}))


def read_pairs(file: Path, split: str) -> list[Pair]:
    """Reads one part of a file in the format of `bench/support_pairs.yml`.

    Raises:
        RapportError: it cannot be read, or has not that form.
    """
    from llm.knowledge.chunking import chunk_document
    from llm.knowledge.loading import Document

    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        pairs = []
        for number, one in enumerate(raw[split]):
            document = Document(str(number), str(one["title"]), "", "", (), str(one["passage"]), split)
            chunk = chunk_document(document)[0]
            for label in ("supported", "unsupported"):
                for kind, sentences in one.get(label, {}).items():
                    pairs += [Pair(str(text), chunk, label == "supported", kind) for text in sentences]
    except (
        OSError,
        UnicodeDecodeError,
        yaml.YAMLError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
    ) as error:
        raise RapportError(
            f"{file} cannot be used for `{split}`: {error!r}. It must look like {OWN_SET}."
        ) from error
    return pairs


def figures(pairs: Sequence[Pair], scores: Sequence[float], enough: float) -> dict[str, float]:
    """Precision and recall of "supported", and the area under the ROC curve of the score."""
    from components.calibration import area_under_roc

    wanted = np.array([pair.is_supported for pair in pairs])
    said = np.array(scores) >= enough
    return {
        "precision": float((said & wanted).sum() / max(1, said.sum())),
        "recall": float((said & wanted).sum() / max(1, wanted.sum())),
        "auroc": area_under_roc(np.array(scores), wanted),
        "passed_wrongly": float((said & ~wanted).sum() / max(1, (~wanted).sum())),
    }


def _judges() -> dict[str, Judge]:
    from bench.faithfulness import MIN_LIKENESS, Faithfulness
    from llm.encoder import load_encoder
    from llm.grounding import verdict
    from llm.support.judging import MIN_SUPPORT

    encoder = load_encoder(cache_dir=Path("var/encoder"))
    second = Faithfulness(encoder)

    def ours(pair: Pair) -> float:
        found = verdict(pair.sentence, pair.chunk)
        return found.score if found.is_supported else min(found.score, MIN_SUPPORT - 0.01)

    def cosine(pair: Pair) -> float:
        vectors = encoder.encode([pair.sentence, *(s.text for s in pair.chunk.sentences)])
        return float((vectors[1:] @ vectors[0]).max())

    return {
        OURS: Judge(ours, MIN_SUPPORT),
        "numbers": Judge(_numbers, 1.0),
        "words": Judge(_words, 0.7),
        "numbers and words": Judge(lambda pair: _words(pair) * _numbers(pair), 0.7),
        "cosine": Judge(cosine, 0.7),
        "second opinion": Judge(lambda pair: second.score(pair.sentence, [pair.chunk]), MIN_LIKENESS),
    }


def _numbers(pair: Pair) -> float:
    return float(set(_NUMBER.findall(pair.sentence)) <= set(_NUMBER.findall(pair.chunk.text)))


def _words(pair: Pair) -> float:
    from llm.knowledge.words import content_stems

    held = set(content_stems(f"{pair.chunk.context} {pair.chunk.text}"))
    words = content_stems(pair.sentence)
    return sum(word in held for word in words) / len(words) if words else 1.0


def _print(means: dict[str, dict[str, float]], pairs: Sequence[Pair]) -> None:
    supported = sum(pair.is_supported for pair in pairs)
    show_beside(f"{len(pairs)} sentences, {supported} of them supported", means)


def _print_kinds(pairs: Sequence[Pair], scores: Sequence[float], enough: float, show: bool) -> None:
    table = Table("kind", "supported?", "right")
    for key in dict.fromkeys((pair.kind, pair.is_supported) for pair in pairs):
        right = [
            (s >= enough) == p.is_supported for p, s in zip(pairs, scores) if (p.kind, p.is_supported) == key
        ]
        table.add_row(key[0], "yes" if key[1] else "no", f"{sum(right)} of {len(right)}")
    console.print(table)
    for pair, score in zip(pairs, scores):
        if show and (score >= enough) != pair.is_supported:
            label = "supported" if pair.is_supported else "not supported"
            console.print(f"{label} ({pair.kind}), {score:.2f}: {pair.sentence}", markup=False)
