"""Does a turn of a dialogue ask for what articles tell, or for something to be done or looked up?

"Do they have a pool?" needs knowledge, "book it for three nights" and "what is the phone number?" do not:
the task that DSTC 9 and 11 call detection of knowledge-seeking turns (Kim et al. 2020, "Beyond Domain
APIs"). Where Rasa's intents tell the two apart this is not needed; a dialogue about things that articles
are about (hotels, products) has no intent for each question about them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from llm.knowledge.terms import Encoder

EXAMPLES = Path(__file__).with_suffix(".yml")
# Of the strengths and rates tried by ten-fold cross-validation over the examples, the best
# (docs/experiments.md).
_STRENGTH = 30.0
# What a turn wants shows in as much; more of it only takes time.
_MAX_CHARACTERS = 1_000


class Seeking:
    """A logistic regression over a turn's sentence vector, its words and its runs of characters.

    Example:
        >>> Seeking(encoder).probability("thanks, and is there a lift?") > 0.5
        True

    Args:
        encoder: turns texts into vectors; the examples are encoded once, which takes a second or two.
    """

    def __init__(self, encoder: Encoder) -> None:
        from sklearn.linear_model import LogisticRegression

        seeks, acts = read_examples()
        self._encoder = encoder
        self._words, self._characters = text_counters()
        self._words.fit([*seeks, *acts])
        self._characters.fit([*seeks, *acts])
        self._model = LogisticRegression(C=_STRENGTH, max_iter=3_000, class_weight="balanced")
        self._model.fit(self._features([*seeks, *acts]), [True] * len(seeks) + [False] * len(acts))

    def probability(self, turn: str) -> float:
        """Probability (0–1) that a turn asks for something that articles tell."""
        return float(self._model.predict_proba(self._features([turn[:_MAX_CHARACTERS]]))[0, 1])

    def _features(self, turns: Sequence[str]) -> Any:
        from scipy.sparse import csr_matrix, hstack

        vectors = csr_matrix(np.asarray(self._encoder.encode(list(turns)), dtype=np.float64))
        parts = [vectors, self._words.transform(turns), self._characters.transform(turns)]
        return hstack(parts).tocsr()


def read_examples() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Turns that seek knowledge, and turns that do not."""
    found = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return tuple(map(str, found["seeks"])), tuple(map(str, found["acts"]))


def text_counters() -> tuple[Any, Any]:
    """What, once fitted, counts words and pairs ("?" is a word), and runs of two to five characters."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"[^\W_]+|\?")
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    return words, characters
