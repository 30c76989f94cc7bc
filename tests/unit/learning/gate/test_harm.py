"""Wrong labels among what was learned are found by the cheap trial, on the demo's own examples."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from learning.gate.culprits import search
from learning.gate.harm import RIDGE, HarmTrial, Labelled
from llm.encoder import load_encoder
from rapport.example_checks import ENTITY, examples_of, plain

ROOT = Path(__file__).parents[4]
# As in config.yml: the demo speaks English and German.
ENCODER = "all-MiniLM-L6-v2 + universal-sentence-encoder-multilingual"


@cache
def demo() -> tuple[np.ndarray, np.ndarray]:
    """The demo's examples, each once: vectors and intents."""
    found = {plain(one.text): one for one in examples_of([ROOT / "data/nlu"])}
    texts = [ENTITY.sub(lambda match: match["text"], one.text) for one in found.values()]
    encoder = load_encoder(ENCODER, ROOT / "var/encoder", precision="int8")
    return np.asarray(encoder.encode(texts)), np.array([one.intent for one in found.values()])


def drawn(seed: int, bad: int) -> tuple[HarmTrial, set[int]]:
    """60 of the demo's examples as if they had been learned, some of them with each other's intents."""
    vectors, intents = demo()
    order = np.random.default_rng(seed).permutation(len(intents))
    learned, trusted = order[:60], order[60:]
    labels = intents[learned].copy()
    labels[:bad] = np.roll(labels[:bad], 1)
    wrong = set(np.flatnonzero(labels != intents[learned]).tolist())
    trial = HarmTrial(
        Labelled(vectors[trusted], intents[trusted].tolist()),
        Labelled(vectors[learned], labels.tolist()),
    )
    return trial, wrong


def test_four_of_five_swapped_labels_are_found_and_few_right_ones_dropped() -> None:
    found, dropped = [], []
    for seed in range(1, 6):
        trial, wrong = drawn(seed, bad=10)
        culprits = set(search(trial.by_suspicion(), trial.passes).culprits)
        found.append(len(wrong & culprits) / len(wrong))
        dropped.append(len(culprits - wrong))

    assert np.mean(found) >= 0.85 and min(found) >= 0.7
    assert np.mean(dropped) <= 3  # of 50


def test_right_labels_do_no_harm() -> None:
    trial, wrong = drawn(4, bad=0)

    assert not wrong
    assert len(search(trial.by_suspicion(), trial.passes).culprits) <= 3


def test_right_labels_of_a_new_intent_hold_their_own_against_many_examples_of_old_ones() -> None:
    random = np.random.default_rng(4)
    middles = np.eye(6)[:3]
    middles[2] = 0.75 * middles[0] + 0.6 * middles[2]  # what is new lies near the first intent

    def near(place: int, count: int) -> np.ndarray:
        rows = middles[place] + random.normal(scale=0.2, size=(count, 6))
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))

    trusted = np.vstack([near(0, 150), near(1, 150), near(2, 5)])
    labelled = Labelled(trusted, ["a"] * 150 + ["b"] * 150 + ["new"] * 5)
    learned = Labelled(np.vstack([near(2, 8), near(1, 1)]), ["new"] * 9)
    trial = HarmTrial(labelled, learned)

    culprits = search(trial.by_suspicion(), trial.passes).culprits
    assert 8 in culprits and len(culprits) <= 2


def test_a_new_intent_with_one_example_is_not_held_against_it() -> None:
    vectors, intents = demo()
    alone = HarmTrial(Labelled(vectors[60:], intents[60:].tolist()), Labelled(vectors[:1], ["rent_a_tent"]))

    assert alone.passes([0])


def test_what_speaks_against_an_example_is_everything_else_never_the_example_itself() -> None:
    east, north = [1.0, 0.0], [0.0, 1.0]
    trusted = Labelled(np.array([east, north] * 10), ["a", "b"] * 10)
    swapped = HarmTrial(trusted, Labelled(np.array([east, north]), ["b", "b"]))

    assert swapped.by_suspicion() == [0, 1]
    assert not swapped.passes([0])
    assert swapped.passes([1])


def test_a_lead_is_that_of_a_head_trained_on_all_the_others() -> None:
    random = np.random.default_rng(5)
    vectors = random.normal(size=(40, 8))
    intents = ["a", "b", "c", "a"] * 10
    trial = HarmTrial(Labelled(vectors[:30], intents[:30]), Labelled(vectors[30:], intents[30:]))

    trusted, learned = trial._leads(range(10))

    for place, lead in ((4, trusted[4]), (37, learned[7])):
        rest = [n for n in range(40) if n != place]
        assert lead == pytest.approx(_lead_of_a_fresh_head(vectors, intents, rest, place))


def _lead_of_a_fresh_head(vectors: np.ndarray, intents: list[str], rest: list[int], place: int) -> float:
    rows = np.hstack([vectors, np.ones((40, 1))])
    targets = np.array([[1 if intent == name else -1 / 3 for name in "abc"] for intent in intents])
    gram = rows[rest].T @ rows[rest] + RIDGE * np.eye(9)
    said = rows[place] @ np.linalg.solve(gram, rows[rest].T @ targets[rest])
    own = "abc".index(intents[place])
    return float(said[own] - np.delete(said, own).max())


def test_what_pulls_a_lost_message_away_is_found_and_what_does_not_is_kept() -> None:
    random = np.random.default_rng(2)
    axes = np.eye(6)
    vectors = np.vstack([axes[n % 3] + random.normal(scale=0.05, size=6) for n in range(60)])
    # One of the trusted is wrong, too: nothing is contradicted more than that.
    trusted = Labelled(vectors, ["b", "b", "c", *["a", "b", "c"] * 19])
    between = axes[0] * 0.7 + axes[3] * 0.7  # nobody spoke of the fourth axis before
    learned = Labelled(np.vstack([axes[3], axes[3] + axes[4] * 0.2, axes[1], axes[5]]), ["b", "b", "b", "c"])
    lost = Labelled(between[None], ["a"])

    unaware, aware = HarmTrial(trusted, learned, 1.0), HarmTrial(trusted, learned, 1.0, lost)

    assert search(range(4), unaware.passes).culprits == []
    assert search(range(4), aware.passes).culprits == [0, 1]
