"""From which confidence on an intent may be acted on, for a share of mistakes that is acceptable.

An intent has few held-out messages (a fifth of its examples), so its own share of mistakes says little. It is
drawn towards that of all intents, as in empirical Bayes: (wrong + m·g) / (n + m), the mean of a beta
posterior whose prior is worth m messages with the share g that all intents have at the same threshold
(Gelman et al., Bayesian Data Analysis, 2013, chapter 5). Whole intents that were held out stand in for
unknown questions; they tell how often a stranger gets through, not whom it resembles, and so count for all
alike.

Whether the thresholds keep to the budget is judged on messages that they were not fitted on (five parts), by
an upper bound (Clopper and Pearson 1934; for weighted messages with Korn and Graubard's effective number,
1998). Until that bound is within the budget, the thresholds are fitted to a smaller share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Sequence

import numpy as np
from scipy.stats import beta
from sklearn.isotonic import IsotonicRegression

from components.routing import Bands, Route, Rules, Situation, known, route

# The pooled curve is worth as many messages (docs/experiments.md); an intent with fewer is mostly pooled.
PRIOR_MESSAGES = 20
# One-sided probability that the true share of mistakes is not above the bound.
SURENESS = 0.9
# Never act on what is as likely wrong as right, whatever the budget.
GRID = np.round(np.arange(0.5, 1.005, 0.01), 2)
PARTS = 5
# Shares of the budget that are tried as the aim, the largest first.
AIMS = np.round(np.arange(1.0, 0.05, -0.1), 2)


@dataclass(frozen=True)
class Judged:
    """A message with the right intent and what the model said about it.

    Attributes:
        text: the message.
        expected: the right intent; empty if it belongs to none.
        ranked: the intent that came first.
        confidence: its confidence (0–1).
        unknown: the probability (0–1) that the message belongs to no intent.
        known: whether the model had learned the right intent.
        reviewed: from real traffic, not held out in training.
    """

    text: str
    expected: str
    ranked: str
    confidence: float
    unknown: float
    known: bool
    reviewed: bool = False

    @property
    def right(self) -> bool:
        """Whether acting on it would be right."""
        return self.known and self.ranked == self.expected


@dataclass(frozen=True)
class Share:
    """What is acted on: number of messages, the share (0–1) of them that is wrong, and its upper bound."""

    acted: float
    wrong: float
    bound: float


@dataclass(frozen=True)
class Fit:
    """Proposed bands.

    Attributes:
        bands: by intent.
        messages: by intent, the judged messages of known intents in which it came first.
        unseen: the share of mistakes on messages that the thresholds were not fitted on.
        aim: the share (0–1) that the thresholds were fitted to, at most the budget.
    """

    bands: Dict[str, Bands]
    messages: Dict[str, int]
    unseen: Share
    aim: float

    def is_pooled(self, intent: str) -> bool:
        """Whether all intents together weigh more than this one's own messages."""
        return self.messages[intent] < PRIOR_MESSAGES


class BudgetTooSmall(ValueError):
    """No thresholds can be shown to keep to the budget; the text says why and what to do."""


@dataclass(frozen=True)
class _Data:
    """Judged messages as arrays, all [n]."""

    intent: np.ndarray
    confidence: np.ndarray
    right: np.ndarray
    stand_in: np.ndarray
    weight: np.ndarray

    def take(self, chosen: np.ndarray) -> _Data:
        arrays = (self.intent, self.confidence, self.right, self.stand_in, self.weight)
        return _Data(*(array[chosen] for array in arrays))


def routed(message: Judged, rules: Rules) -> Route:
    """Where the router sends a message that opens a conversation; its entities are not known here."""
    ranking = [{"name": message.ranked, "confidence": message.confidence}]
    return route(message.text, ranking, Situation(unknown=message.unknown), rules)


def fit_bands(
    messages: Sequence[Judged], intents: Sequence[str], rules: Rules, budget: float, yes_share: float = 0.5
) -> Fit:
    """Proposes bands.

    Args:
        messages: what was held out in training, and reviewed turns.
        intents: all intents that the model knows.
        rules: the router's settings.
        budget: at most this share (0–1) of the messages that are acted on may be wrong.
        yes_share: from where on to ask "would you like to …?": where at least this share (0–1) would say yes.

    Raises:
        BudgetTooSmall: there are too few messages, or too many mistakes among the surest, to show it.
    """
    data = _as_arrays([m for m in messages if _could_be_acted_on(m, rules)], rules.unknown_share)
    for aim in AIMS * budget:
        unseen = _on_unseen(data, aim)
        if unseen is not None and unseen.bound <= budget:
            break
    else:
        raise BudgetTooSmall(_too_small(data, budget))
    lowest = _ask_from(data, yes_share)
    act_from = _act_from(data, intents, aim)
    return Fit(
        {intent: Bands(min(lowest, act_from[intent]), act_from[intent]) for intent in intents},
        {intent: int(((data.intent == intent) & ~data.stand_in).sum()) for intent in intents},
        unseen,
        float(aim),
    )


def share_wrong(messages: Sequence[Judged], rules: Rules) -> Share:
    """The share of mistakes among the messages that these settings act on."""
    data = _as_arrays(messages, rules.unknown_share)
    return _share(data, np.array([routed(m, rules).band == "do" for m in messages], bool))


def _could_be_acted_on(message: Judged, rules: Rules) -> bool:
    """Not if it is a single word that the router asks about whatever the bands are."""
    anything = Bands(0.0, 0.0)
    rules = replace(rules, bands=anything, bands_of=dict.fromkeys(rules.bands_of, anything), fitted={})
    return routed(message, rules).band == "do"


def _as_arrays(messages: Sequence[Judged], unknown_share: float) -> _Data:
    """Intents held out whole are weighted to be `unknown_share` of all that was held out."""
    stand_in = np.array([not m.known and not m.reviewed for m in messages], bool)
    held_out = sum(m.known and not m.reviewed for m in messages)
    odds = unknown_share / max(1 - unknown_share, 1e-9)
    weight = odds * held_out / max(1, stand_in.sum())
    return _Data(
        np.array([m.ranked for m in messages], str),
        np.array([m.confidence * known(m.unknown, Rules(unknown_share=unknown_share)) for m in messages]),
        np.array([m.right for m in messages], bool),
        stand_in,
        np.where(stand_in, weight, 1.0),
    )


def _act_from(data: _Data, intents: Sequence[str], aim: float) -> Dict[str, float]:
    """The lowest thresholds at which the estimated share of mistakes is within the aim; 1.0 where none is."""
    ordinary = data.take(~data.stand_in)
    acted, wrong = _above(ordinary)
    strangers = _above(data.take(data.stand_in))[0] / np.maximum(acted, 1)
    # Above the surest message there is only what its confidence says.
    pooled = np.where(acted > 0, wrong / np.maximum(acted, 1), 1 - GRID)
    found = {}
    for intent in intents:
        own_acted, own_wrong = _above(ordinary.take(ordinary.intent == intent))
        own = (own_wrong + PRIOR_MESSAGES * pooled) / (own_acted + PRIOR_MESSAGES)
        within = (own + strangers) / (1 + strangers) <= aim
        found[intent] = float(GRID[within.argmax()]) if within.any() else 1.0
    return found


def _above(data: _Data) -> tuple[np.ndarray, np.ndarray]:
    """For each threshold of the grid the weight of what reaches it, and of what is wrong of that."""
    reaches = data.confidence[None, :] >= GRID[:, None]
    return reaches @ data.weight, reaches @ (data.weight * ~data.right)


def _on_unseen(data: _Data, aim: float) -> Optional[Share]:
    """Fits on four parts and acts on the fifth, in turn; none if nothing is acted on."""
    part = np.zeros(len(data.intent), int)
    # Spread by intent and confidence, so that every part has something of everything, and always the same.
    part[np.lexsort((data.confidence, data.intent, data.stand_in))] = np.arange(len(part)) % PARTS
    acts = np.zeros(len(part), bool)
    for number in range(PARTS):
        out = part == number
        act_from = _act_from(data.take(~out), sorted(set(data.intent.tolist())), aim)
        acts[out] = data.confidence[out] >= [act_from[intent] for intent in data.intent[out]]
    return _share(data, acts) if acts.any() else None


def _share(data: _Data, acts: np.ndarray) -> Share:
    weight = data.weight[acts]
    if not len(weight):
        return Share(0.0, 0.0, 1.0)
    acted, wrong = float(weight.sum()), float((weight * ~data.right[acts]).sum() / weight.sum())
    # As many equally weighted messages would tell as much (Kish 1965).
    effective = acted**2 / float((weight**2).sum())
    return Share(acted, wrong, _upper_bound(wrong, effective))


def _upper_bound(share: float, n: float) -> float:
    """Clopper and Pearson's, one-sided; `n` need not be whole."""
    return float(beta.ppf(SURENESS, share * n + 1, n * (1 - share))) if share < 1 else 1.0


def _ask_from(data: _Data, yes_share: float) -> float:
    """Where a yes becomes likely enough: a rising step function of the confidence (isotonic regression).

    One for all intents: hardly any message of a single one is that unsure.
    """
    if len(set(data.right.tolist())) < 2:
        return yes_share
    grid = np.round(np.arange(0.0, 1.005, 0.01), 2)
    curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    curve.fit(data.confidence, data.right.astype(float), sample_weight=data.weight)
    enough = curve.predict(grid) >= yes_share
    return float(grid[enough.argmax()]) if enough.any() else 1.0


def _too_small(data: _Data, budget: float) -> str:
    """Why nothing keeps to the budget, and which one would be kept to."""
    ordinary = int((~data.stand_in).sum())
    wanted = int(np.ceil(np.log(1 - SURENESS) / np.log1p(-budget)))
    unseen: List[Share] = [share for aim in AIMS * budget if (share := _on_unseen(data, aim)) is not None]
    least = f"; {min(s.bound for s in unseen):.2f} can be shown" if unseen else ""
    return (
        f"An error budget of {budget:g} cannot be shown to be kept with {ordinary} judged messages (at least "
        f"{wanted} must be acted on, even without any mistake{least}): give a larger --error-budget, "
        "write more examples, or add reviewed turns with --reviewed."
    )
