"""A cheap trial of what was learned: a linear head read leave-one-out, in milliseconds.

Training the real model takes minutes. A ridge classifier on sentence vectors has a closed form, and so has
what it would say of each message had that one not been there (the hat matrix; Allen 1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from learning.gate.figures import chance_of_worse, losses_and_gains

# Of 0.1 to 3 hardly any difference (docs/learning.md).
RIDGE = 0.3
# A learned example is contradicted if all others speak against it more than against 97 of 100 that are
# trusted: 92% of swapped labels are found so, and 2 right ones of 50 are lost (docs/learning.md).
CONTRADICTED = 0.97
# An intent with fewer other examples has nobody who could speak for it.
FEW = 2
SURENESS = 0.01
# An intent with fewer examples is weighed as if it had as many as most have: what is new would else lose
# against everything that is old, right as it is (docs/experiments.md).
SMALL = 20
# A learned example that takes so much of the lead (which is 1 where all is clear) pulls a message away.
PULLED = 0.05


@dataclass(frozen=True)
class Labelled:
    """Messages: sentence vectors [n, dim] of unit length, and their intents."""

    vectors: np.ndarray
    intents: Sequence[str]


class HarmTrial:
    """Tries subsets of learned examples beside those that are trusted.

    Example:
        >>> trial = HarmTrial(trusted, learned)
        >>> find_culprits(trial.by_suspicion(), trial.passes)
        [17, 4]

    Args:
        trusted: what the designer wrote.
        learned: what may do harm; a subset is named by places in it.
        contradicted: share (0–1) of the trusted messages that others speak less against.
        lost: messages that a model trained on all of them reads no more: what pulls them away does harm.
    """

    def __init__(
        self,
        trusted: Labelled,
        learned: Labelled,
        contradicted: float = CONTRADICTED,
        lost: Labelled | None = None,
    ) -> None:
        lost = lost or Labelled(trusted.vectors[:0], [])
        self.names = sorted({*trusted.intents, *learned.intents, *lost.intents})
        self._contradicted = contradicted
        self._of_trusted, self._of_learned = self._places(trusted.intents), self._places(learned.intents)
        self._targets, self._learned_targets = (
            self._columns(self._of_trusted),
            self._columns(self._of_learned),
        )
        weights = self._weights()
        self._weights_of_trusted = weights[self._of_trusted][:, None]
        self._weights_of_learned = weights[self._of_learned][:, None]
        self._targets *= self._weights_of_trusted
        self._learned_targets *= self._weights_of_learned
        rows = _with_bias(trusted.vectors) * self._weights_of_trusted
        more = _with_bias(learned.vectors) * self._weights_of_learned
        inverse = np.linalg.inv(rows.T @ rows + RIDGE * np.eye(rows.shape[1]))
        head = inverse @ (rows.T @ self._targets)
        # What the head says without anything learned, and how near messages are to each other in its eyes:
        # a subset then changes it by small matrices alone (Woodbury).
        self._said, self._said_of_learned = rows @ head, more @ head
        self._leverage = np.einsum("ij,ij->i", rows @ inverse, rows)
        self._across, self._among = rows @ inverse @ more.T, more @ inverse @ more.T
        guarded = _with_bias(lost.vectors)
        self._of_lost, self._said_of_lost = self._places(lost.intents), guarded @ head
        self._to_lost = guarded @ inverse @ more.T
        self._lost_before = self._leads_of_lost([])
        self._right_before = self._leads([])[0] > 0

    def passes(self, places: Sequence[int]) -> bool:
        """Whether a subset is contradicted by nothing and does not make trusted messages be misread."""
        trusted, learned = self._leads(places)
        if (learned < self._limit(trusted)).any():
            return False
        if (self._leads_of_lost(places) < self._lost_before - PULLED).any():
            return False
        losses, gains = losses_and_gains(self._right_before.tolist(), (trusted > 0).tolist())
        return chance_of_worse(losses, gains) > SURENESS

    def by_suspicion(self) -> list[int]:
        """All places, those first that everything else speaks most against."""
        return [
            int(place) for place in np.argsort(self._leads(range(len(self._of_learned)))[1], kind="stable")
        ]

    def _limit(self, trusted: np.ndarray) -> float:
        return float(np.quantile(trusted, 1 - self._contradicted)) if len(trusted) else -np.inf

    def _leads(self, places: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """How far the given intent leads over all others, for each message had it not been learned from.

        Returns:
            For the trusted messages [n] and for the subset [m]; infinite where nobody could speak for it.
        """
        chosen = np.array(list(places), int)
        labels, targets = self._of_learned[chosen], self._learned_targets[chosen]
        across, among = self._across[:, chosen], self._among[np.ix_(chosen, chosen)]
        share = np.linalg.inv(np.eye(len(chosen)) + among)
        change = share @ (targets - self._said_of_learned[chosen])
        # Rows count by their weights; leads are told without them.
        trusted = _lead(
            self._said + across @ change,
            self._leverage - np.einsum("ij,ij->i", across @ share, across),
            self._targets,
            self._of_trusted,
        )
        learned = _lead(
            self._said_of_learned[chosen] + among @ change,
            np.diag(among - among @ share @ among),
            targets,
            labels,
        )
        trusted, learned = (
            trusted / self._weights_of_trusted[:, 0],
            learned / self._weights_of_learned[chosen, 0],
        )
        counts = np.bincount([*self._of_trusted, *labels], minlength=len(self.names))
        learned[counts[labels] <= FEW] = np.inf
        return trusted, learned

    def _leads_of_lost(self, places: Sequence[int]) -> np.ndarray:
        """How far the right intent leads for the lost messages [n]; these are never learned from."""
        chosen = np.array(list(places), int)
        share = np.linalg.inv(np.eye(len(chosen)) + self._among[np.ix_(chosen, chosen)])
        change = share @ (self._learned_targets[chosen] - self._said_of_learned[chosen])
        said = self._said_of_lost + self._to_lost[:, chosen] @ change
        return _lead(said, np.zeros(len(said)), said, self._of_lost)

    def _weights(self) -> np.ndarray:
        """Square roots of how much each example of an intent counts [n_intents]."""
        counts = np.bincount([*self._of_trusted, *self._of_learned], minlength=len(self.names))
        usual = max(1.0, float(np.median(counts)))
        return np.sqrt(np.where(counts < SMALL, usual / np.maximum(counts, 1), 1.0))

    def _places(self, intents: Sequence[str]) -> np.ndarray:
        return np.array([self.names.index(intent) for intent in intents], int)

    def _columns(self, labels: np.ndarray) -> np.ndarray:
        """One column an intent: 1 where it is right, else a little below 0 [n, n_intents]."""
        targets = np.full((len(labels), len(self.names)), -1 / len(self.names))
        targets[np.arange(len(labels)), labels] = 1
        return targets


def _lead(said: np.ndarray, leverage: np.ndarray, targets: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How far the given intent leads [n], had the message itself not been there.

    Args:
        said: [n, n_intents] with it.
        leverage: [n] how much it counts for what is said of it.
        targets: [n, n_intents].
        labels: [n] the given intents.
    """
    own_share = leverage[:, None]
    left = said - own_share / np.maximum(1 - own_share, 1e-6) * (targets - said)
    every = np.arange(len(labels))
    own = left[every, labels].copy()
    left[every, labels] = -np.inf
    lead: np.ndarray = own - left.max(1)
    return lead


def _with_bias(vectors: np.ndarray) -> np.ndarray:
    rows = np.asarray(vectors, np.float64)
    return np.hstack([rows, np.ones((len(rows), 1))])
