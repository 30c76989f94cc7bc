"""How well missing intents are found: unlabelled messages into clusters, compared with their labels.

    rapport bench discover --data messages.jsonl

The labels are only used to compare; how many intents there are is not told. Half of the messages, drawn at
random, and the other half are clustered on their own, too. The last line is one JSON object.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
from rich.markup import escape
from rich.table import Table

from bench.labelled import DataError, Labelled, read_labelled
from learning.labels.discovery import Cluster, assign, discover, matter
from llm.encoder import load_encoder
from rapport.console import console

# Fields of a line of JSON that hold the message, and its label.
TEXTS, LABELS = ("utterance", "text", "message"), ("intent", "label", "category")
FEWEST = 20


def run(file: Path, encoder: str, show: int) -> None:
    """Clusters the messages, prints the clusters and the JSON line.

    Args:
        file: JSON lines with a message and a label, or what `read_labelled` reads.
        encoder: the sentence encoder.
        show: so many clusters are shown.

    Raises:
        DataError: the file cannot be used.
    """
    from sklearn.metrics import adjusted_mutual_info_score

    data = read_messages(file)
    with console.status(f"{len(data.texts):,} messages"):
        began = time.perf_counter()
        vectors = load_encoder(encoder).encode([matter(text) for text in data.texts])
        labels, _ = assign(vectors)
        seconds = time.perf_counter() - began
        found = discover(data.texts, vectors)
    _show(found, data, show)
    gold = np.array(data.labels)
    halves = np.array_split(np.random.default_rng(0).permutation(len(gold)), 2)
    figures = {
        "ami": _rounded(adjusted_mutual_info_score(gold, labels)),
        "clusters": int(labels.max()) + 1,
        "intents": len(set(data.labels)),
        "messages": len(gold),
        "ami_of_halves": [
            _rounded(adjusted_mutual_info_score(gold[half], assign(vectors[half])[0])) for half in halves
        ],
        "seconds": round(seconds, 1),
    }
    print(json.dumps(figures))


def read_messages(file: Path) -> Labelled:
    """Reads messages with labels.

    Raises:
        DataError: the file cannot be read, or a line lacks a message or a label.
    """
    data = _read_lines(file) if file.suffix == ".jsonl" else read_labelled(file, "train")
    if len(data.texts) < FEWEST:
        raise DataError(f"{file} holds {len(data.texts)} messages: {FEWEST} are needed for clusters.")
    return data


def _read_lines(file: Path) -> Labelled:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read: {error}") from error
    texts, labels = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            texts.append(_field(file, number, line, TEXTS))
            labels.append(_field(file, number, line, LABELS))
    return Labelled(texts, labels)


def _field(file: Path, number: int, line: str, names: tuple[str, ...]) -> str:
    try:
        row = json.loads(line)
        found = next(row[name] for name in names if row.get(name))
    except (ValueError, AttributeError, StopIteration) as error:
        raise DataError(
            f"{file}, line {number}: {' or '.join(names)} is missing in {line[:80]!r}."
        ) from error
    return str(found)


def _show(found: list[Cluster], data: Labelled, limit: int) -> None:
    table = Table("messages", "name", "most central", "mostly labelled")
    for cluster in found[:limit]:
        labels = [data.labels[place] for place in cluster.members]
        most = max(sorted(set(labels)), key=labels.count)
        share = f"{most} {labels.count(most) / len(labels):.0%}"
        table.add_row(
            str(len(labels)), cluster.name, escape(data.texts[cluster.examples[0]][:70]), escape(share)
        )
    console.print(table)


def _rounded(value: float) -> float:
    return round(float(value), 4)
