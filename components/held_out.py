"""Trains an intent classifier while holding some of the examples out, to see what it is worth.

Encoder tuning is most of the time, so it is not repeated for five folds: one split (a few for small data)
tells what the classifier makes of texts that it has not seen. The mean of the blocks tuned on them is then
tuned on, with everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Callable, List, Optional, Tuple

import numpy as np

from components.calibration import HeldOut
from components.characters import Characters
from components.encoder_tuning import Tuner
from components.intent_classifier import Classifier
from components.intent_features import Features, Seen
from llm.last_block import Block, BlockEncoder, mean_block, write_block

# Share of each intent's examples that are held out, and of the intents.
EXAMPLES_OUT, INTENTS_OUT = 0.2, 0.08
# From this many intents on whole ones are held out, too.
FEW_INTENTS = 5
# Splits are added until so many examples have been held out, to a limit.
WANTED_OUT, MOST_SPLITS = 300, 5
# Passes over the examples in a split and, once more with everything, at the end; fewer for many examples.
MANY_EXAMPLES = 2_000
PASSES, LAST_PASSES = (1, 2), (1, 1)

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Lesson:
    """What there is to learn from.

    Args:
        seen: the examples.
        labels: [n] their intents, as places in `names`.
        names: the intents' names.
        spoken: the names as they would be said.
        unknown: texts that belong to none of the intents, if the designer wrote any.
        spread: [n] whether nobody gave an example its label: it spread from messages that are alike. Such
            are learned from, but never held out: they are the plain ones, and would say too much of all.
        characters: what spelling adds.
        quantised: whether tuned blocks run in 8 bits.
        seed: makes everything repeatable.
    """

    seen: Seen
    labels: np.ndarray
    names: List[str]
    spoken: Seen
    unknown: Optional[Seen]
    spread: np.ndarray
    characters: Characters
    quantised: bool
    seed: int


def learn(
    lesson: Lesson, block: Optional[Block], progress: Progress = lambda share: None
) -> Tuple[Classifier, Optional[Block], HeldOut]:
    """Trains a classifier on everything, and on parts of it for what it says of the rest.

    Args:
        lesson: what to learn from.
        block: the encoder's last block as published; `None` leaves the encoder as it is.
        progress: told which share (0–1) of the work is done.

    Returns:
        The classifier, its tuned block, and what was said about texts that were held out.
    """
    splits = _splits(lesson)
    many = len(lesson.labels) >= MANY_EXAMPLES
    parts: List[HeldOut] = []
    tuned: List[Optional[Block]] = []
    tuner = Tuner(block) if block is not None and lesson.seen.states else None
    shares = [*[PASSES[many]] * len(splits), LAST_PASSES[many]]
    for number, (train, out, strange) in enumerate(splits):
        tuned.append(_tune(lesson, tuner, block, train, PASSES[many], _part(progress, shares, number)))
        classifier = _fit(lesson, tuned[-1], train)
        parts.append(_examine(lesson, classifier, lesson.seen.take(out), lesson.labels[out], known=True))
        parts.append(
            _examine(lesson, classifier, lesson.seen.take(strange), lesson.labels[strange], known=False)
        )
        if lesson.unknown is not None:
            none = np.full(len(lesson.unknown.texts), -1)
            parts.append(_examine(lesson, classifier, lesson.unknown, none, known=False))
    everything = np.arange(len(lesson.labels))
    begun = mean_block([one for one in tuned if one is not None]) or block
    last = _tune(lesson, tuner, begun, everything, LAST_PASSES[many], _part(progress, shares, len(splits)))
    return _fit(lesson, last, everything), last, HeldOut.joined(parts)


def _splits(lesson: Lesson) -> List[Tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """For each split the places of the examples to learn from, of those held out, and of intents left out."""
    random = np.random.default_rng(lesson.seed)
    labels, n_intents = lesson.labels, len(lesson.names)
    fold = np.full(len(labels), -1)
    parts = round(1 / EXAMPLES_OUT)
    for label in range(n_intents):
        places = random.permutation(np.flatnonzero((labels == label) & ~lesson.spread))
        # An intent with fewer examples than there are parts begins anywhere: no part is always the fuller
        # one.
        fold[places] = (np.arange(len(places)) + random.integers(parts)) % parts
    strangers = np.array_split(random.permutation(n_intents), max(1, round(1 / INTENTS_OUT)))
    splits = []
    sources = _sources(lesson)
    held_out = max(1, round(EXAMPLES_OUT * int((~lesson.spread).sum())))
    for number in range(min(MOST_SPLITS, -(-WANTED_OUT // held_out))):
        left_out = strangers[number % len(strangers)] if n_intents >= FEW_INTENTS else []
        strange = np.isin(labels, left_out)
        out = (fold == number) & ~strange
        train = ~out & ~strange & ~np.isin(sources, np.flatnonzero(out))
        if len(np.unique(labels[train])) >= 2:
            splits.append((np.flatnonzero(train), np.flatnonzero(out), np.flatnonzero(strange)))
    return splits


def _sources(lesson: Lesson) -> np.ndarray:
    """[n] of each example with a spread label the place of the one it most likely has it from, else -1.

    That is the nearest of the same label among those that were given. Where that is held out, what it said
    of the others must be, too: it would be asked what it told.
    """
    sources = np.full(len(lesson.labels), -1)
    for label in np.unique(lesson.labels[lesson.spread]):
        spread = np.flatnonzero((lesson.labels == label) & lesson.spread)
        given = np.flatnonzero((lesson.labels == label) & ~lesson.spread)
        if len(given):
            vectors = lesson.seen.vectors
            sources[spread] = given[(vectors[spread] @ vectors[given].T).argmax(1)]
    return sources


def _tune(
    lesson: Lesson, tuner: Optional[Tuner], block: Optional[Block], places: np.ndarray, passes: int,
    progress: Progress,
) -> Optional[Block]:  # fmt: skip
    if tuner is None or block is None:
        return None
    places = places[lesson.seen.is_tunable[places]]
    present = np.unique(lesson.labels[places])
    if len(present) < 2:
        return block
    seen = lesson.seen.take(places)
    labels = np.tile(lesson.labels[places], seen.views)
    spoken = lesson.spoken.take(present)
    states = [*seen.states, *spoken.states[: len(present)]]
    states, targets = _once(states, np.concatenate([labels, present]))
    encoder = run_block(block, lesson.quantised)
    assert encoder is not None
    return tuner.tune(
        block, states, encoder.encode(states), np.searchsorted(present, targets), passes, lesson.seed,
        lambda done, of: progress(done / of),
    )  # fmt: skip


def _once(states: List[np.ndarray], labels: np.ndarray) -> Tuple[List[np.ndarray], np.ndarray]:
    """Without the second view of texts that name no entity: it is the same as the first."""
    places = {(label, state.tobytes()): place for place, (state, label) in enumerate(zip(states, labels))}
    kept = sorted(places.values())
    return [states[place] for place in kept], labels[kept]


def _fit(lesson: Lesson, block: Optional[Block], places: np.ndarray) -> Classifier:
    features = Features(lesson.characters, run_block(block, lesson.quantised))
    return Classifier.fit(features, lesson.seen.take(places), lesson.labels[places], lesson.spoken)


def run_block(block: Optional[Block], quantised: bool) -> Optional[BlockEncoder]:
    """A block on ONNX Runtime; its file is only needed to begin with."""
    if block is None:
        return None
    with TemporaryDirectory() as folder:
        write_block(block, Path(folder), quantised)
        return BlockEncoder(Path(folder))


def _examine(lesson: Lesson, classifier: Classifier, seen: Seen, labels: np.ndarray, known: bool) -> HeldOut:
    """What the classifier says about texts."""
    if not seen.texts:
        return HeldOut.nothing()
    probabilities, signals = classifier.rank(seen)
    first = probabilities.argmax(1)
    names = np.array([*lesson.names, ""])
    right = (first == labels) & known
    return HeldOut(
        signals, right, np.full(len(right), known), seen.texts, names[labels].tolist(), names[first].tolist()
    )


def _part(progress: Progress, shares: List[int], number: int) -> Progress:
    """Progress within one of several parts of the work."""
    before, own = sum(shares[:number]) / sum(shares), shares[number] / sum(shares)
    return lambda share: progress(before + own * share)
