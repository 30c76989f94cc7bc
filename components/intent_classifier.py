"""The classifier of the intent head: ranks intents, and describes the ranking in a few numbers.

Those numbers (`signals`) are what confidence and the detection of unknown questions are fitted on; see
`calibration`.
"""

from __future__ import annotations

from typing import Dict, List, Tuple

import numpy as np

from components.intent_features import Features, Seen
from components.linear import fit_linear, softmax
from components.neighbours import Neighbours

# How much the name of an intent counts among its examples.
NAME_WEIGHT = 2.0
# The intents among whose examples the likest one is looked for: all would take a millisecond.
NEAREST_AMONG = 3
# The intents that the neighbours put in order, and how much they count beside the linear classifier's 1.
NEIGHBOURS_AMONG, NEIGHBOURS_WEIGHT = 8, 1.5


class Classifier:
    """A trained ranking of intents.

    Args:
        features: what it sees of a text.
        weights: [n_intents, dims] of the linear classifier.
        bias: [n_intents] of the same.
        examples: [n, views * dim] published vectors of the examples.
        labels: [n] their intents, as whole numbers.
        centres: [n_intents, views * dim] published vectors of each intent's examples, their mean,
            unit length.
        tuned_centres: [n_intents, views * dim] the same of the tuned ones.
        neighbours: tuned vectors of the examples and of the intents' names.
    """

    def __init__(
        self, features: Features, weights: np.ndarray, bias: np.ndarray, examples: np.ndarray,
        labels: np.ndarray, centres: np.ndarray, tuned_centres: np.ndarray, neighbours: Neighbours,
    ) -> None:  # fmt: skip
        self.features = features
        self.weights = weights
        self.bias = bias
        self.examples = examples
        self.labels = labels
        self.centres = centres
        self.tuned_centres = tuned_centres
        self.neighbours = neighbours
        self._of: Dict[int, np.ndarray] = {int(i): examples[labels == i] for i in np.unique(labels)}

    @classmethod
    def fit(cls, features: Features, seen: Seen, labels: np.ndarray, names: Seen) -> Classifier:
        """Trains on examples and, counting a little, on the intents' names.

        Args:
            features: what it sees of a text.
            seen: the examples.
            labels: [n] their intents; one that has none here gets no chance.
            names: the names of all intents, in order.
        """
        present = np.unique(labels)
        tuned = features.tuned(seen)
        named = names.take(present)
        tuned_names = features.tuned(named)
        rows = [features(seen, tuned), features(named, tuned_names)]
        targets, counts = [labels, present], [np.ones(len(labels)), np.full(len(present), NAME_WEIGHT)]
        if seen.elsewhere is not None:
            # What one language has examples of helps another through the models that know both: weights that
            # could rest on the tuned model alone would teach nothing there.
            other = seen.untuned()
            rows.append(features(other, features.tuned(other)))
            targets.append(labels[seen.is_tunable])
            counts.append(np.ones(len(other.texts)))
        weights, bias = fit_linear(
            np.vstack(rows), np.concatenate(targets), len(names.texts), np.concatenate(counts)
        )
        vectors, count = seen.vectors.astype(np.float32), len(names.texts)
        centres = _centres(vectors, labels, count), _centres(tuned, labels, count)
        lies = tuned.any(axis=1)  # texts that the tuned model does not know lie nowhere
        neighbours = Neighbours(
            np.vstack([tuned[lies], tuned_names]), np.concatenate([labels[lies], present])
        )
        return cls(features, weights, bias, vectors, labels, *centres, neighbours)

    def rank(self, seen: Seen) -> Tuple[np.ndarray, np.ndarray]:
        """Probabilities [n, n_intents] and signals [n, 6] of texts.

        The signals: log-odds of the first place, its lead over the second, the likeness (cosine) to the
        nearest example of the likeliest intents, that to the first one's centre, its sum, and whether the
        text is in a language that the tuned model does not know (likenesses are of another size there).
        """
        tuned = self.features.tuned(seen)
        sums = self.features(seen, tuned) @ self.weights.T + self.bias
        probabilities = self._with_neighbours(softmax(sums), tuned)
        order = np.argsort(-probabilities, axis=1)[:, :NEAREST_AMONG]
        first = np.clip(np.take_along_axis(probabilities, order[:, :1], 1)[:, 0], 1e-6, 1 - 1e-6)
        second = np.take_along_axis(probabilities, order[:, 1:2], 1)[:, 0]
        centre = (tuned * self.tuned_centres[order[:, 0]]).sum(1)
        if seen.tunable is not None:
            published = (seen.vectors * self.centres[order[:, 0]]).sum(1)
            centre = np.where(seen.tunable, centre, published)
        nearest = [self._nearest(vector, places) for vector, places in zip(seen.vectors, order.tolist())]
        lead, foreign = first - second, ~seen.is_tunable
        signals = [np.log(first / (1 - first)), lead, np.array(nearest), centre, sums.max(1), foreign]
        return probabilities, np.stack(signals, axis=1)

    def _with_neighbours(self, probabilities: np.ndarray, tuned: np.ndarray) -> np.ndarray:
        """The likeliest intents' shares of what they have together, by the neighbours' opinion, too."""
        result = probabilities.copy()
        for row, vector, places in zip(result, tuned, np.argsort(-probabilities)[:, :NEIGHBOURS_AMONG]):
            if vector.any():
                own = np.log(np.maximum(row[places], 1e-12))
                near = self.neighbours.log_densities(vector, places.tolist())
                both = (own + NEIGHBOURS_WEIGHT * near) / (1 + NEIGHBOURS_WEIGHT)
                row[places] = row[places].sum() * softmax(both[None])[0]
        return result

    def _nearest(self, vector: np.ndarray, intents: List[int]) -> float:
        return max((float((self._of[i] @ vector).max()) for i in intents if i in self._of), default=0.0)


def _centres(vectors: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    centres = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(centres, labels, vectors)
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-9)
    return centres
