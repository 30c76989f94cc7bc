from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.action_model import ActionModel, Example, fit, merge

QUESTIONS = ("borrow", "prolong", "fine")


def example(question: str, answer: str, story: str) -> Example:
    features = {f"asked {question}": 1.0, f"said {answer}": 1.0, f"tone {story}": 0.3}
    return Example(features, f"{question} {answer}", frozenset([story]))


EXAMPLES = [
    example(question, answer, f"story {number}")
    for number in range(8)
    for question in QUESTIONS
    for answer in ("yes", "no")
]


def fitted(seed: int = 1, **options: int) -> ActionModel:
    return fit(EXAMPLES, ridge=0.02, max_examples=options.get("max_examples", 1000), seed=seed)


def test_the_action_depends_on_the_question_and_the_answer_together() -> None:
    model = fitted()
    for question in QUESTIONS:
        for answer in ("yes", "no"):
            probabilities = model.probabilities({f"asked {question}": 1.0, f"said {answer}": 1.0})
            assert model.actions[int(probabilities.argmax())] == f"{question} {answer}"


def test_probabilities_add_up_to_one() -> None:
    assert fitted().probabilities(EXAMPLES[0].features).sum() == pytest.approx(1.0)


def test_what_no_story_is_like_leaves_it_unsure() -> None:
    model = fitted()
    known = model.probabilities({"asked borrow": 1.0, "said yes": 1.0}).max()
    strange = model.probabilities({"asked for the moon": 1.0, "said nothing": 1.0}).max()
    assert known > 0.8 and strange < 0.4


def test_contradicting_stories_share_the_probability() -> None:
    both = [Example({"a": 1.0, f"b{n}": 0.1}, f"do {n % 2}", frozenset([f"story {n}"])) for n in range(20)]
    assert fit(both, 0.02, 1000, 1).probabilities({"a": 1.0}).max() < 0.75


def test_the_same_seed_gives_the_same_model() -> None:
    first, second = fitted(max_examples=30), fitted(max_examples=30)
    assert np.array_equal(first.dual, second.dual) and first.sharpness == second.sharpness


def test_more_examples_than_allowed_are_thinned_out() -> None:
    assert fitted(max_examples=10).known.shape[0] == 10


def test_the_same_example_of_several_stories_is_kept_once() -> None:
    twice = [Example({"a": 1.0}, "do", frozenset([name])) for name in ("one", "two")]
    assert merge(twice) == [Example({"a": 1.0}, "do", frozenset(["one", "two"]))]


def test_a_single_example_is_enough() -> None:
    assert fit(EXAMPLES[:1], 0.02, 10, 1).probabilities({}).tolist() == [1.0]


def test_a_saved_model_predicts_the_same(tmp_path: Path) -> None:
    model = fitted()
    model.save(tmp_path)
    loaded = ActionModel.load(tmp_path)
    features = EXAMPLES[3].features
    assert loaded.actions == model.actions
    assert np.allclose(loaded.probabilities(features), model.probabilities(features))
