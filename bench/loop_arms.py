"""Two ways to spend the same reviews: as the loop does, and on random messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.loop_gate import Suite, Taught, suite_figures
from bench.loop_heads import Lifted, fallback_share, lift_to
from bench.loop_world import Reviewers, World
from learning.gate.culprits import search
from learning.labels.choice import choose
from learning.labels.doubts import Doubt, find_doubts
from learning.labels.examples import believe, plain_examples
from learning.labels.graph import Graph, build_graph
from learning.labels.learner import QUICK_STEPS, STEPS, Classifier, Learner

# After so many answers the queue is put in order anew.
AT_ONCE = 10
# Of a week's reviews so many are second looks at answers that are doubted.
SECOND_LOOKS = 0.2
# A doubt this strong (log of the odds) that nobody looked at again is held back from training.
HELD_BACK = 3.0
# So many parts of a week's answers are tried where all of them together make the frozen suite worse.
TRIALS = 12
# So many examples of a label are trained on: of those numbers that the frozen suite finds no worse than what
# is in use, the one that leaves it the least doubt.
MOST_EXAMPLES = (45, 60, 30)
# What understands no less falls back on this share, at most, of what the one before fell back on: else a week
# of reviews is worth nothing to those who are not understood.
FALLS_TO = 0.85
# A head is not made surer by more than this (log odds), whatever it falls back on.
MOST_LIFT = 1.0


@dataclass
class State:
    """What has been learned so far.

    Attributes:
        known: labels by place, those of the beginning included.
        looked_twice: places that a second reviewer has seen.
        held_back: places whose label is not trained on.
        doubted: places whose label was ever doubted.
        stable: the head in use.
        trained: places that it was trained on.
        suite: what the frozen suite says of the head in use.
        most: by week, how many examples of a label were trained on at most.
        rejected: weeks whose candidate was not let through.
        let_through: weeks in which a figure fell all the same.
    """

    known: dict[int, int]
    looked_twice: set[int] = field(default_factory=set)
    held_back: set[int] = field(default_factory=set)
    doubted: set[int] = field(default_factory=set)
    stable: Classifier | None = None
    trained: set[int] = field(default_factory=set)
    suite: Suite = field(default_factory=lambda: Suite({}, 1.0))
    most: list[int] = field(default_factory=list)
    rejected: int = 0
    let_through: int = 0


@dataclass(frozen=True)
class Arrived:
    """What there is in a week: the messages so far, and which are alike.

    Attributes:
        seen: their places.
        vectors: [n, dim] published ones.
        graph: also of those that the head in use finds alike.
        untaught: of published vectors alone. The head in use has learned the frozen suite by heart; what it
            finds alike would tell the answers.
    """

    seen: np.ndarray
    vectors: np.ndarray
    graph: Graph
    untaught: Graph

    def within(self, places: Sequence[int]) -> np.ndarray:
        """Where messages stand among those that have come; all of them have."""
        order = np.argsort(self.seen)
        found: np.ndarray = order[np.searchsorted(self.seen, list(places), sorter=order)]
        return found


def arrive(world: World, week: int, stable: Classifier | None) -> Arrived:
    """The messages until the end of a week; those are alike that the head in use finds alike, too."""
    seen = np.concatenate([world.start, *world.weeks[: week + 1]])
    vectors = world.vectors[seen]
    untaught = build_graph(vectors)
    tuned = getattr(stable, "vectors", None)
    if tuned is None:
        return Arrived(seen, vectors, untaught, untaught)
    both = np.hstack([vectors, tuned([world.texts[place] for place in seen])]) / np.sqrt(2)
    return Arrived(seen, vectors, build_graph(both), untaught)


def begin(world: World, learner: Learner) -> State:
    """The head that the first examples give."""
    state = State({int(place): int(world.truth[place]) for place in world.start})
    state.stable = learner.fit(*_written(world, world.start, world.truth[world.start]))
    state.trained = set(world.start.tolist())
    now = Arrived(world.start, world.vectors[world.start], *[build_graph(world.vectors[world.start])] * 2)
    state.suite = _figures(world, now, _taught(state, set()), MOST_EXAMPLES[0])
    return state


def loop_week(
    world: World, state: State, reviewers: Reviewers, learner: Learner, week: int, reviews: int
) -> None:
    """One week of the loop: ask, doubt, look again, train, and let through what is no worse."""
    now = arrive(world, week, state.stable)
    second = round(SECOND_LOOKS * reviews)
    new = _ask_chosen(world, now, state, reviewers, reviews - second)
    doubts = [(list(state.known)[doubt.position], doubt) for doubt in _doubts(world, now, state)]
    for place, _ in doubts[:second]:
        state.looked_twice.add(place)
        state.known[place] = reviewers.ask(place)
    held = [place for place, doubt in doubts[second:] if doubt.strength >= HELD_BACK]
    state.doubted |= state.looked_twice | set(held)
    state.held_back = set(held)
    _promote(world, now, state, learner, new, [place for place, _ in doubts])


def _ask_chosen(world: World, now: Arrived, state: State, reviewers: Reviewers, count: int) -> list[int]:
    """Asks about the messages that settle most; the queue is put in order again after every few answers."""
    asked: list[int] = []
    while len(asked) < count:
        places = now.within(list(state.known))
        believed = _believed(world, now, places, np.array(list(state.known.values())), QUICK_STEPS)
        free = np.setdiff1d(np.arange(len(now.seen)), places)
        chosen = choose(now.graph, believed, free.tolist(), min(AT_ONCE, count - len(asked)))
        if not chosen:
            break
        for place in now.seen[chosen].tolist():
            state.known[place] = reviewers.ask(place)
            asked.append(place)
    return asked


def _doubts(world: World, now: Arrived, state: State) -> list[Doubt]:
    """Answers that are probably wrong and that were seen once; the first examples are the designer's."""
    judged = [
        position
        for position, place in enumerate(state.known)
        if position >= len(world.start) and place not in state.looked_twice
    ]
    labels = np.array(list(state.known.values()))
    return find_doubts(
        now.graph, now.vectors, now.within(list(state.known)), labels, len(world.names), judged
    )


def _promote(
    world: World, now: Arrived, state: State, learner: Learner, new: list[int], doubted: list[int]
) -> None:
    """Trains what the frozen suite finds no worse: on all answers, else without some of them."""
    everything = _taught(state, set())
    tried = {most: _figures(world, now, everything, most) for most in MOST_EXAMPLES}
    good = {most: suite for most, suite in tried.items() if _is_no_worse(suite, state)}
    if good:
        most = min(good, key=lambda most: good[most].doubt)
        _let_through(world, now, state, learner, everything, most, good[most])
        return
    least = MOST_EXAMPLES[0]
    found: dict[frozenset[int], Suite] = {}

    def passes(kept: list[int]) -> bool:
        taught = _taught(state, set(new) - set(kept))
        suite = _figures(world, now, taught, least)
        if _is_no_worse(suite, state):
            found[frozenset(kept)] = suite
        return frozenset(kept) in found

    suspects = [place for place in doubted if place in new]
    searched = search([*suspects, *(place for place in new if place not in suspects)], passes, TRIALS)
    kept = frozenset(searched.kept)
    if kept in found:
        _let_through(world, now, state, learner, _taught(state, set(new) - kept), least, found[kept])
    else:
        state.most.append(least)
        state.rejected += 1  # what changed for the worse is none of this week's answers


def _figures(world: World, now: Arrived, taught: Taught, most: int) -> Suite:
    return suite_figures(world, now.seen, now.within, now.untaught, taught, most)


def _is_no_worse(suite: Suite, state: State) -> bool:
    return all(suite.figures[name] >= before for name, before in state.suite.figures.items())


def _let_through(
    world: World, now: Arrived, state: State, learner: Learner, taught: Taught, most: int,
    suite: Suite,
) -> None:  # fmt: skip
    state.held_back |= taught.held
    places, labels = _examples(world, now, taught, most)
    fitted = learner.fit(*_written(world, places, labels))
    state.stable = _no_less_sure(world, now, state, fitted, set(places.tolist()), suite)
    state.trained = set(places.tolist())
    state.most.append(most)
    state.let_through += not _is_no_worse(suite, state)
    state.suite = suite


def _no_less_sure(
    world: World, now: Arrived, state: State, fitted: Classifier, trained: set[int], suite: Suite
) -> Classifier:
    """A head that understands more must not fall back more often on the same messages.

    How sure it is depends on how many examples it happens to be trained on. The frozen suite tells how
    much doubt is left; what it falls back on, of messages that neither head was trained on, must fall alike.
    """
    assert state.stable is not None
    fresh = [world.texts[place] for place in now.seen if place not in trained | state.trained]
    if not fresh:
        return fitted
    doubt = suite.doubt / state.suite.doubt if state.suite.doubt else 1.0
    wanted = fallback_share(state.stable, fresh) * min(FALLS_TO, doubt)
    return Lifted(fitted, min(MOST_LIFT, lift_to(fitted, fresh, wanted)))


def _taught(state: State, also_held: set[int]) -> Taught:
    held = state.held_back | also_held
    return Taught({place: label for place, label in state.known.items() if place not in held}, held)


def _examples(world: World, now: Arrived, taught: Taught, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Places among all messages to train on, and their labels."""
    places, labels = now.within(list(taught.known)), np.array(list(taught.known.values()))
    believed = _believed(world, now, places, labels)
    chosen, found = plain_examples(believed, places, labels, most, now.within(sorted(taught.held)))
    return now.seen[chosen], found


def _believed(
    world: World, now: Arrived, places: np.ndarray, labels: np.ndarray, steps: int = STEPS
) -> np.ndarray:
    """[n_seen, n_labels] what is believed of each message."""
    return believe(now.graph, now.vectors, places, labels, len(world.names), steps)


def random_week(
    world: World, state: State, reviewers: Reviewers, learner: Learner, week: int, reviews: int, seed: int,
    most: int,
) -> None:  # fmt: skip
    """The same reviews spent on random messages, through the same learner, spread labels included.

    `most`: so many examples of a label, as many as the loop had in this week.
    """
    now = arrive(world, week, state.stable)
    ask_random(now.seen, state, reviewers, reviews, seed + week)
    places, labels = _examples(world, now, _taught(state, set()), most)
    state.stable = learner.fit(*_written(world, places, labels))


def ask_random(seen: np.ndarray, state: State, reviewers: Reviewers, reviews: int, seed: int) -> None:
    """Asks about messages that chance draws."""
    free = np.setdiff1d(seen, list(state.known))
    for place in np.random.default_rng(seed).permutation(free)[:reviews].tolist():
        state.known[place] = reviewers.ask(place)


def fit_known(world: World, state: State, learner: Learner) -> Classifier:
    """A head that was trained on the known labels alone."""
    return learner.fit(*_written(world, np.array(list(state.known)), np.array(list(state.known.values()))))


def _written(world: World, places: np.ndarray, labels: np.ndarray) -> tuple[list[str], list[str]]:
    return [world.texts[place] for place in places], [world.names[label] for label in labels]
