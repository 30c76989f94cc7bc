"""How well the report tells sections that say the same, or contradict each other, from others.

A report full of false alarms is not read: precision is what to watch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bench.tables import show_figures
from rapport.console import console
from rapport.errors import RapportError
from rapport.settings import Settings

OWN_SET = Path(__file__).with_name("knowledge_pairs.yml")
KINDS = ("contradiction", "duplicate")


def run(settings: Settings, file: Path, split: str, show: bool) -> None:
    """Judges each pair by itself and prints a table and, last, one JSON object.

    Raises:
        RapportError: the file cannot be read, or lacks the split.
    """
    from llm.encoder import load_encoder

    encoder = load_encoder(settings.encoder.model, settings.encoder.cache_dir)
    judged = [(pair, judge(pair, encoder)) for pair in read_pairs(file, split)]
    for pair, found in judged:
        if show and found != pair["label"]:
            console.print(
                f"{pair['label']}, found {found}\n  {pair['a'][1]}\n  {pair['b'][1]}",
                markup=False,
                soft_wrap=True,
            )
    figures = {"split": split, "pairs": len(judged)}
    for kind in KINDS:
        figures |= _figures(kind, [(pair["label"] == kind, found == kind) for pair, found in judged])
    show_figures(figures)
    print(json.dumps(figures))


def read_pairs(file: Path, split: str) -> list[dict[str, Any]]:
    """The pairs of one split: `{"label": …, "a": [heading, text], "b": [heading, text]}`.

    Raises:
        RapportError: the file is missing, is no YAML, or lacks the split.
    """
    try:
        content = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (OSError, YAMLError) as error:
        raise RapportError(f"{file} cannot be read ({error}).") from error
    pairs = content.get(split) if isinstance(content, dict) else None
    if not pairs:
        raise RapportError(f"{file} has no pairs under {split!r}.")
    return list(pairs)


def judge(pair: dict[str, Any], encoder: Any) -> str:
    """What is found in two articles of one section each: a kind of finding, or "different"."""
    from llm.knowledge.chunking import chunk_document
    from llm.knowledge.contents import Contents
    from llm.knowledge.embedding import embed
    from llm.knowledge.findings import findings
    from llm.knowledge.loading import Document
    from llm.knowledge.terms import terms_of

    articles = [
        Document(f"{name}.md", pair[name][0], "", "", (), f"## {pair[name][0]}\n\n{pair[name][1]}\n", name)
        for name in ("a", "b")
    ]
    stored = [
        chunk
        for of_one in embed({one.path: chunk_document(one) for one in articles}, encoder).values()
        for chunk in of_one
    ]
    terms = sorted(terms_of([chunk for chunk, _, _ in stored]))
    found = findings(Contents(stored, dict(zip(terms, encoder.encode(terms))), encoder))
    return found[0].kind if found else "different"


def _figures(kind: str, judged: list[tuple[bool, bool]]) -> dict[str, float]:
    hits = sum(is_so and found for is_so, found in judged)
    wanted, claimed = sum(is_so for is_so, _ in judged), sum(found for _, found in judged)
    return {
        f"{kind}_precision": round(hits / claimed, 3) if claimed else 0.0,
        f"{kind}_recall": round(hits / wanted, 3) if wanted else 0.0,
    }
