"""How well corrected answers find their questions: pairs that ask the same, and near misses.

    python -m bench.overrides

`dev` chose the threshold of llm/overrides.py; `test` only reports.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from llm.encoder import Encoder, load_encoder
from llm.overrides import SAME_QUESTION, names_the_same

PAIRS = Path(__file__).with_name("override_pairs.yml")
GERMAN = frozenset(["wie", "was", "wann", "kann", "gibt", "liefern"])


@dataclass(frozen=True)
class Judged:
    """A pair with its cosine, whether both name the same, and whether one answer fits both."""

    likeness: float
    named: bool
    same: bool


def judged(pairs: dict[str, list[list[str]]], english: Encoder, german: Encoder) -> list[Judged]:
    """All pairs of a part, each with the encoder of its language."""
    found = []
    for kind, of_kind in pairs.items():
        for first, second in of_kind:
            encoder = german if first.split()[0] in GERMAN else english
            one, other = encoder.encode([first, second])
            found.append(Judged(float(one @ other), names_the_same(first, second), kind in ("yes", True)))
    return found


def row(pairs: Sequence[Judged], threshold: float, by_names: bool) -> str:
    """Precision, recall and counts at a threshold."""
    served = [one for one in pairs if one.likeness >= threshold and (one.named or not by_names)]
    right = sum(one.same for one in served)
    precision = right / len(served) if served else 1.0
    recall = right / sum(one.same for one in pairs)
    rule = "cosine and names" if by_names else "cosine alone"
    return f"{rule:17} {threshold:.2f}  precision {precision:.3f}  recall {recall:.3f}  served {len(served)}"


def main() -> None:
    """Prints both rules at several thresholds, by part."""
    english = load_encoder("all-MiniLM-L6-v2")
    german = load_encoder("universal-sentence-encoder-multilingual")
    content = yaml.safe_load(PAIRS.read_text(encoding="utf-8"))
    for part, pairs in content.items():
        found = judged(pairs, english, german)
        print(f"{part}: {len(found)} pairs, {sum(one.same for one in found)} of them the same question")
        for threshold in sorted({0.6, 0.7, 0.8, 0.9, 0.95, 0.97, SAME_QUESTION}):
            for by_names in (False, True):
                print("  " + row(found, threshold, by_names))


if __name__ == "__main__":
    main()
