from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.discover import read_messages
from bench.labelled import DataError, Labelled
from bench.loop import Played, figures_of
from bench.loop_arms import (
    _figures,
    _is_no_worse,
    _no_less_sure,
    _promote,
    _taught,
    arrive,
    begin,
    loop_week,
    random_week,
)
from bench.loop_gate import Suite, Taught, frozen_folds, suite_figures
from bench.loop_heads import Lifted, fallback_share, lift_to
from bench.loop_picture import draw
from bench.loop_world import Reviewers, World, make_world
from learning.labels.learner import LightLearner

NAMES = ("card", "fees", "loan", "pin")


def made_up(each: int) -> tuple[Labelled, dict[str, np.ndarray]]:
    """Messages of four intents, two of which lie close together, and the vector of each."""
    random = np.random.default_rng(1)
    middles = np.eye(8)[:4]
    middles[1] = 0.8 * middles[0] + 0.6 * middles[1]
    texts, labels, vectors = [], [], {}
    for number in range(each * len(NAMES)):
        label = number % len(NAMES)
        vector = middles[label] + random.normal(0, 0.12, 8)
        texts.append(f"{NAMES[label]} {number}")
        labels.append(NAMES[label])
        vectors[texts[-1]] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return Labelled(texts, labels), vectors


DATA, VECTORS = made_up(60)


def encode(texts: Sequence[str]) -> np.ndarray:
    return np.stack([VECTORS[text] for text in texts])


@pytest.fixture
def world() -> World:
    return make_world(DATA, Labelled([], []), encode, shots=5, weeks=3, seed=0)


def test_a_message_is_known_from_its_week_on_and_only_once(world: World) -> None:
    assert len(world.start) == 20
    everything = np.concatenate([world.start, *world.weeks])
    assert sorted(everything) == list(range(len(DATA.texts)))
    now = arrive(world, 0, None)
    assert set(now.seen) == set(world.start) | set(world.weeks[0])
    assert now.seen[now.within(world.weeks[0])].tolist() == world.weeks[0].tolist()


def test_reviewers_are_wrong_as_often_as_told_and_half_of_it_by_confusion(world: World) -> None:
    reviewers = Reviewers(world, 0.4, seed=0)
    for _ in range(10):
        for place in range(len(DATA.texts)):
            reviewers.ask(place)
    wrong = [answer for answer in reviewers.answers if answer.wrong]
    assert 0.37 < len(wrong) / len(reviewers.answers) < 0.43
    of_cards = [answer.label for answer in wrong if world.truth[answer.place] == 0]
    assert 0.55 < of_cards.count(1) / len(of_cards) < 0.8, "half, and a third of the other half by chance"
    assert all(answer.label != world.truth[answer.place] for answer in wrong)


def test_the_loop_asks_no_more_than_it_may_and_never_the_first_examples(world: World) -> None:
    learner, reviewers = LightLearner(encode), Reviewers(world, 0.1, seed=0)
    state = begin(world, learner)
    for week in range(3):
        loop_week(world, state, reviewers, learner, week, reviews=10)
        asked = [answer.place for answer in reviewers.answers]
        assert len(asked) <= 10 * (week + 1)
        assert set(asked) <= set(np.concatenate(world.weeks[: week + 1]))
    assert state.let_through == 0


def test_a_wrong_answer_to_a_plain_message_is_caught(world: World) -> None:
    learner, reviewers = LightLearner(encode), Reviewers(world, 0.0, seed=0)
    state = begin(world, learner)
    place = int(next(one for one in world.weeks[0] if world.truth[one] == 3))
    state.known[place] = 2
    loop_week(world, state, reviewers, learner, 0, reviews=10)
    assert state.known[place] == 3 or place in state.held_back


def test_a_candidate_that_the_suite_finds_worse_is_not_let_through(world: World) -> None:
    learner, reviewers = LightLearner(encode), Reviewers(world, 0.0, seed=0)
    state = begin(world, learner)
    stable, state.suite = state.stable, Suite({"accuracy": 1.01}, 0.0)
    loop_week(world, state, reviewers, learner, 0, reviews=10)
    assert state.stable is stable
    assert (state.rejected, state.let_through) == (1, 0)


def test_only_the_answers_that_do_harm_are_left_out(world: World) -> None:
    learner = LightLearner(encode)
    state = begin(world, learner)
    now = arrive(world, 0, None)
    week = world.weeks[0].tolist()
    right = [place for place in week if world.truth[place] != 3][:6]
    wrong = [place for place in week if world.truth[place] == 3][:10]
    state.known |= {place: int(world.truth[place]) for place in right} | dict.fromkeys(wrong, 2)
    assert not _is_no_worse(_figures(world, now, _taught(state, set()), 30), state), "they do harm together"
    stable = state.stable
    _promote(world, now, state, learner, [*right, *wrong], wrong[:3])
    assert state.stable is not stable, "what is left is let through"
    assert set(state.held_back) <= set(wrong)
    assert _is_no_worse(state.suite, state)


def test_what_understands_more_does_not_fall_back_more(world: World) -> None:
    learner = LightLearner(encode)
    state = begin(world, learner)
    assert state.stable is not None
    state.stable, unsure = Lifted(state.stable, 3.0), state.stable
    assert fallback_share(unsure, world.texts) >= fallback_share(state.stable, world.texts)
    fresh = [world.texts[place] for place in world.weeks[0]]
    now = arrive(world, 0, None)
    found = _no_less_sure(world, now, state, Lifted(unsure, -1.5), set(), state.suite)
    assert fallback_share(Lifted(unsure, -1.5), fresh) > fallback_share(state.stable, fresh)
    assert fallback_share(found, fresh) <= fallback_share(Lifted(unsure, -0.5), fresh), "at most 1.0 is given"


def test_a_lifted_classifier_says_the_same_more_surely() -> None:
    class Fixed:
        names = ["a", "b", "c"]

        def probabilities(self, texts: Sequence[str]) -> np.ndarray:
            return np.array([[0.3, 0.4, 0.3], [0.35, 0.25, 0.4], [0.9, 0.1, 0.0]])[: len(texts)]

    texts = ["x", "y", "z"]
    lifted = Lifted(Fixed(), 0.5).probabilities(texts)
    assert lifted.argmax(1).tolist() == [1, 2, 0]
    assert lifted.sum(1) == pytest.approx(1)
    assert lifted.max(1) == pytest.approx([0.5236, 0.5236, 0.9368], abs=1e-3)
    unsure = Lifted(Fixed(), -0.5)
    assert fallback_share(unsure, texts) == pytest.approx(2 / 3)
    for share, left in ((0.67, 2), (0.3, 0), (0.0, 0)):
        by = lift_to(unsure, texts, share)
        assert fallback_share(Lifted(unsure, by + 1e-9), texts) == pytest.approx(left / 3)
    assert lift_to(Fixed(), [], 0.0) == 0 == fallback_share(Fixed(), [])


def test_random_reviews_go_through_the_same_learner(world: World) -> None:
    learner, reviewers = LightLearner(encode), Reviewers(world, 0.0, seed=0)
    state = begin(world, learner)
    before = state.stable
    random_week(world, state, reviewers, learner, 0, reviews=10, seed=0, most=30)
    assert len(state.known) == 30
    assert state.stable is not before


def test_the_frozen_suite_falls_when_labels_are_wrong(world: World) -> None:
    now = arrive(world, 2, None)
    known = {int(place): int(world.truth[place]) for place in now.seen[:60]}
    good = suite_figures(world, now.seen, now.within, now.graph, Taught(known, set()), 30)
    swapped = {place: (label + 1) % 4 for place, label in known.items()}
    bad = suite_figures(world, now.seen, now.within, now.graph, Taught(swapped, set()), 30)
    assert good.figures["accuracy"] > 0.8 > 0.3 > bad.figures["accuracy"]
    assert good.doubt < 0.5 < bad.doubt
    folds = frozen_folds(world)
    assert sorted(np.concatenate(folds)) == sorted(world.start)


@pytest.mark.parametrize(
    ("train", "test", "why"),
    [
        (Labelled(["a", "b"], ["x", "x"]), Labelled([], []), "two labels"),
        (DATA, Labelled(["a"], ["strange"]), "lacks: strange"),
    ],
)
def test_data_that_cannot_be_played_says_why(train: Labelled, test: Labelled, why: str) -> None:
    with pytest.raises(DataError, match=why):
        make_world(train, test, lambda texts: np.eye(len(texts)), shots=5, weeks=3, seed=0)
    with pytest.raises(DataError, match="fewer --shots"):
        make_world(DATA, Labelled([], []), encode, shots=60, weeks=3, seed=0)


def test_figures_are_means_over_seeds_and_json() -> None:
    same = {"reviews": [0, 10], "fallback": [0.2, 0.1], "random": [0.5, 0.6], "random_plain": 0.55}
    one = Played(0.8, accuracy=[0.5, 0.7], wrong=[0, 4], caught=[0, 3], **same)
    two = Played(1.0, accuracy=[0.5, 0.9], wrong=[0, 1], caught=[0, 1], **same)
    figures = json.loads(json.dumps(figures_of([one, two])))
    assert figures["share_of_full"] == pytest.approx(0.8 / 0.9, abs=1e-4)
    assert figures["over_random"] == pytest.approx(0.2)
    assert figures["wrong_labels_caught"] == 0.8
    assert figures["accuracy_by_week"] == [0.5, 0.8]


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    file = tmp_path / "new" / "loop.png"
    draw(file, {"loop": [0.5, 0.6]}, [0.2, 0.1], 0.9)
    assert file.read_bytes().startswith(b"\x89PNG")
    assert [one.name for one in file.parent.iterdir()] == ["loop.png"]


def test_messages_are_read_by_any_of_the_usual_names_and_a_broken_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    rows = [{"utterance": f"a {n}", "intent": "x"} for n in range(20)] + [{"text": "b", "label": "y"}]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert read_messages(file).labels[-1] == "y"
    file.write_text('{"utterance": "a"}', encoding="utf-8")
    with pytest.raises(DataError, match="line 1: intent or label"):
        read_messages(file)
    file.write_text("[1]\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 1"):
        read_messages(file)
    file.write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="20 are needed"):
        read_messages(file)
