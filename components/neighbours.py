"""How near a text lies to the examples of each intent: a second opinion beside the linear classifier's.

With ten examples an intent, a line between intents is drawn by few of them; a text that lies next to two
examples of one intent belongs there, whatever the line says.
"""

from __future__ import annotations

from typing import Dict, Sequence

import numpy as np

# How much a cosine of 1 is worth in logits: near examples count, far ones hardly.
SHARPNESS = 20.0


class Neighbours:
    """Examples by intent.

    Args:
        vectors: [n, dim] of examples, unit length.
        labels: [n] their intents, as whole numbers.
    """

    def __init__(self, vectors: np.ndarray, labels: np.ndarray) -> None:
        self.vectors = vectors.astype(np.float16)
        self.labels = labels
        rows = self.vectors.astype(np.float32)
        self._of: Dict[int, np.ndarray] = {int(i): rows[labels == i] for i in np.unique(labels)}

    def log_densities(self, vector: np.ndarray, intents: Sequence[int]) -> np.ndarray:
        """Log of the mean likeness of a text [dim] to each intent's examples, up to a constant: [n_intents].

        A kernel density with a von Mises–Fisher kernel (Parzen 1962); an intent without an example gets what
        an example on the other side of the sphere would give.
        """
        found = np.full(len(intents), -2 * SHARPNESS)
        present = [place for place, intent in enumerate(intents) if intent in self._of]
        if present:
            rows = [self._of[intents[place]] for place in present]
            counts = [len(one) for one in rows]
            likenesses = np.exp(SHARPNESS * (np.concatenate(rows) @ vector - 1))
            sums = np.add.reduceat(likenesses, np.cumsum([0, *counts[:-1]]))
            found[present] = np.log(sums / counts)
        return found
