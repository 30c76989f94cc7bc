"""Whether a candidate may take the stable model's place: each figure beside what it may lose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from learning.gate.conversations import Parting
from learning.gate.figures import (
    Reading,
    calibration_error,
    chance_of_worse,
    losses_and_gains,
    rise_of_calibration_error,
    share,
)
from learning.gate.suspects import Broken

STORIES, ACCURACY, TURNS = "conversations", "accuracy", "real turns without fallback"


@dataclass(frozen=True)
class Allowed:
    """What a candidate may lose.

    Attributes:
        stories: so many conversations of the suite that passed may fail.
        accuracy: so much accuracy on frozen messages (0–1).
        language: so much accuracy in one language (0–1).
        calibration: so much the calibration error may rise (0–1).
        fallback: so much more of the real turns may fall back (0–1).
        sureness: what is lost within these bounds counts all the same if chance explains it with no more
            than this probability.
        few: figures of fewer messages are shown, but decide nothing.
    """

    stories: int = 0
    accuracy: float = 0.005
    language: float = 0.02
    calibration: float = 0.02
    fallback: float = 0.02
    sureness: float = 0.05
    few: int = 20


@dataclass(frozen=True)
class Check:
    """One figure of both models.

    Attributes:
        name: what it is.
        stable, candidate: the figure.
        cases: how many messages or conversations it comes from.
        allowed: by how much it may get worse.
        chance: how probable such a loss is if both are equally good.
        passed: whether the candidate may go on.
        why: what was lost, in words.
    """

    name: str
    stable: float
    candidate: float
    cases: int
    allowed: float
    chance: float
    passed: bool
    why: str = ""


@dataclass(frozen=True)
class Verdict:
    """All figures, and examples of what changed.

    Attributes:
        checks: one for each figure.
        stories: conversations that passed and fail now.
        partings: where each of them is different for the customer.
        alike: conversations that are read otherwise, but in which the customer is told the same.
        misread: frozen messages that were read right and are not now.
        changed: real turns that would be treated otherwise.
        lost: messages that went well with the stable model and do not now, behind each figure.
    """

    checks: tuple[Check, ...]
    stories: tuple[str, ...] = ()
    partings: tuple[Parting, ...] = ()
    alike: tuple[str, ...] = ()
    misread: tuple[dict[str, Any], ...] = ()
    changed: tuple[dict[str, Any], ...] = ()
    lost: tuple[Broken, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is worse than allowed."""
        return all(check.passed for check in self.checks)

    @property
    def reasons(self) -> list[str]:
        """Why not, a sentence each."""
        return [f"{check.name}: {check.why}" for check in self.checks if not check.passed]

    @property
    def broken(self) -> list[Broken]:
        """What was lost of the figures that did not pass."""
        bad = tuple(check.name for check in self.checks if not check.passed)
        return [one for one in self.lost if any(name.startswith(one.figure) for name in bad)]

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {"passed": self.passed, "reasons": self.reasons} | asdict(self)


@dataclass(frozen=True)
class Side:
    """What was seen of one model; both sides have the same cases in the same order.

    Attributes:
        stories: by name, whether the conversation of the suite passed.
        messages: by the same name, what the customer wrote.
        partings: of the candidate, by name: where conversations that failed part from those with the stable
            model. One that failed and is not here counts as passed: the customer is told the same.
        frozen: readings of messages that neither model was trained on.
        replayed: readings of recent real turns.
    """

    stories: Mapping[str, bool] = field(default_factory=dict)
    messages: Mapping[str, Sequence[str]] = field(default_factory=dict)
    partings: Mapping[str, Parting] = field(default_factory=dict)
    frozen: Sequence[Reading] = ()
    replayed: Sequence[Reading] = ()


def judge(stable: Side, candidate: Side, allowed: Allowed, fallback: str = "nlu_fallback") -> Verdict:
    """Compares a candidate with the stable model.

    Args:
        stable: what was seen of it.
        candidate: the same.
        allowed: what may be lost.
        fallback: the intent that says that the assistant did not know.
    """
    names = [name for name in stable.stories if name in candidate.stories]
    failing = [name for name in names if stable.stories[name] and not candidate.stories[name]]
    alike = tuple(name for name in failing if name not in candidate.partings)
    now = [candidate.stories[name] or name in alike for name in names]
    stories = _stories([stable.stories[name] for name in names], now, allowed)
    accuracies = _accuracies(stable.frozen, candidate.frozen, allowed)
    known = [[one.routed != fallback for one in side.replayed] for side in (stable, candidate)]
    turns = _check(TURNS, known[0], known[1], allowed.fallback, allowed)
    partings = tuple(candidate.partings[name] for name in failing if name not in alike)
    lost = [_parted(one) for one in partings]
    lost += [_broken(*pair, ACCURACY) for pair in _lost(stable.frozen, candidate.frozen)]
    lost += [_broken(*pair, TURNS) for pair in _fallen(stable.replayed, candidate.replayed, fallback)]
    return Verdict(
        (stories, *accuracies, _calibration(stable.frozen, candidate.frozen, allowed), turns),
        tuple(one.story for one in partings),
        partings,
        alike,
        tuple(_beside(*pair) for pair in _lost(stable.frozen, candidate.frozen)),
        tuple(_beside(a, b) for a, b in zip(stable.replayed, candidate.replayed) if _differ(a, b)),
        tuple(lost),
    )


def _lost(stable: Sequence[Reading], candidate: Sequence[Reading]) -> list[tuple[Reading, Reading]]:
    return [(a, b) for a, b in zip(stable, candidate) if a.right and not b.right]


def _fallen(
    stable: Sequence[Reading], candidate: Sequence[Reading], fallback: str
) -> list[tuple[Reading, Reading]]:
    return [(a, b) for a, b in zip(stable, candidate) if a.routed != fallback and b.routed == fallback]


def _broken(stable: Reading, candidate: Reading, figure: str) -> Broken:
    return Broken(f"message {stable.text!r}", stable.text, stable.ranked, candidate.ranked, figure)


def _parted(parting: Parting) -> Broken:
    return Broken(
        f"conversation {parting.story!r}",
        parting.candidate.text,
        parting.stable.ranked,
        parting.candidate.ranked,
        STORIES,
    )


def _stories(stable: list[bool], candidate: list[bool], allowed: Allowed) -> Check:
    """A conversation of the suite is no sample: each that fails is one too many."""
    lost, gained = losses_and_gains(stable, candidate)
    passed = lost <= allowed.stories
    why = "" if passed else f"{lost} conversations that passed fail now; {allowed.stories} may"
    figures = share(stable), share(candidate)
    chance = chance_of_worse(lost, gained)
    return Check(STORIES, *figures, len(stable), allowed.stories, chance, passed, why)


def _accuracies(stable: Sequence[Reading], candidate: Sequence[Reading], allowed: Allowed) -> list[Check]:
    """Of all frozen messages, and of each language by itself."""
    pairs = list(zip(stable, candidate, strict=True))
    languages = sorted({one.language for one in stable if one.language})
    groups = [(ACCURACY, allowed.accuracy, pairs)]
    groups += [
        (f"{ACCURACY}, {name}", allowed.language, [pair for pair in pairs if pair[0].language == name])
        for name in languages
    ]
    return [
        _check(name, [a.right for a, _ in some], [b.right for _, b in some], may_lose, allowed)
        for name, may_lose, some in groups
    ]


def _check(name: str, stable: list[bool], candidate: list[bool], may_lose: float, allowed: Allowed) -> Check:
    """Worse than allowed: by more than that, or by less but not by chance."""
    lost, gained = losses_and_gains(stable, candidate)
    before, now, chance = share(stable), share(candidate), chance_of_worse(lost, gained)
    why = ""
    if len(stable) >= allowed.few and before - now > may_lose + 1e-9:
        why = f"{before:.1%} fell to {now:.1%}; {may_lose:.1%} may be lost"
    elif len(stable) >= allowed.few and chance <= allowed.sureness:
        why = f"{before:.1%} fell to {now:.1%}, which is no chance: {lost} lost, {gained} gained"
    return Check(name, before, now, len(stable), may_lose, chance, not why, why)


def _calibration(stable: Sequence[Reading], candidate: Sequence[Reading], allowed: Allowed) -> Check:
    """Errors of calibration are noisy: one that may be mere chance decides nothing."""
    rise, low, high = rise_of_calibration_error(stable, candidate)
    bad = rise > allowed.calibration and low > 0 and len(stable) >= allowed.few
    why = f"it rose by {rise:.3f} (90% interval {low:.3f} to {high:.3f})" if bad else ""
    before, now = calibration_error(stable), calibration_error(candidate)
    chance = 0.05 if low > 0 else 1.0
    return Check("calibration error", before, now, len(stable), allowed.calibration, chance, not bad, why)


def _differ(stable: Reading, candidate: Reading) -> bool:
    return (stable.routed, stable.ranked) != (candidate.routed, candidate.ranked)


def _beside(stable: Reading, candidate: Reading) -> dict[str, Any]:
    found: dict[str, Any] = {"text": stable.text, "stable": stable.routed or stable.ranked}
    found |= {"candidate": candidate.routed or candidate.ranked}
    found |= {"confidence": [round(stable.confidence, 3), round(candidate.confidence, 3)]}
    return found | ({"expected": stable.expected} if stable.expected else {})
