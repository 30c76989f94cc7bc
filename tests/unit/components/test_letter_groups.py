from __future__ import annotations

import numpy as np
import pytest

from components.letter_groups import LetterGroups, counts, fit_groups

TEXTS = ["where is my order", "where is my parcel", "order, order!", "my order is late", "a late parcel"]


@pytest.mark.parametrize("text", [*TEXTS, "ORDER where", "", "zzz qqq", "parcels parcels parcels"])
def test_a_text_looked_up_by_hand_adds_what_the_matrix_would(text: str) -> None:
    vectorizer = fit_groups(TEXTS)
    weights = np.random.default_rng(0).normal(size=(len(vectorizer.vocabulary_), 3))
    expected = (counts(vectorizer, [text]) @ weights)[0]
    assert LetterGroups.of(vectorizer, weights)(text) == pytest.approx(expected, abs=1e-5)
