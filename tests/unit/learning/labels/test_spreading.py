from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from learning.labels.spreading import spread_labels
from learning.turn import Turn

NAMES = ("track", "refund", "engrave")
# Of `engrave` two examples are known, of the others more.
EXAMPLES = [(f"{name} e{number}", name) for name in NAMES for number in range(2 if name == "engrave" else 6)]


def encode(texts: Sequence[str]) -> np.ndarray:
    """Messages of an intent lie together, in a direction of their own; "odd" ones between all of them."""
    rows = []
    for text in texts:
        random = np.random.default_rng(sum(map(ord, text.casefold())) * 31 + len(text))
        middle = np.ones(6) if "odd" in text else np.eye(6)[NAMES.index(text.casefold().split()[0])]
        rows.append(middle + random.normal(0, 0.08, 6))
    vectors = np.stack(rows)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def turn(text: str, intent: str, conversation: str = "", unknown: float = 0.0) -> Turn:
    return Turn(text, conversation or f"c {text}", 1, 1.0, text=text, intent=intent, unknown=unknown)


def found(turns: Sequence[Turn], most: int = 5, cap: float = 1.0, closed: Sequence[str] = ()) -> set[str]:
    given = spread_labels(turns, EXAMPLES, encode, most, cap, str.casefold, closed)
    assert all(one.intent == one.text.casefold().split()[0] for one in given)
    return {one.text for one in given}


TURNS = [turn(f"{name} m{number}", name) for name in NAMES for number in range(10)]


def test_only_intents_with_few_examples_get_more() -> None:
    texts = found(TURNS)
    assert len(texts) == 3
    assert all(text.startswith("engrave") for text in texts)
    assert found(TURNS, most=0) == set()


def test_the_model_in_use_must_say_the_same() -> None:
    others = [turn(one.text, "refund") for one in TURNS]
    assert not any(text.startswith("engrave") for text in found(others, most=9))
    unknown = [turn(one.text, one.intent, unknown=0.9) for one in TURNS]
    assert found(unknown, most=9) == set()


def test_what_lies_between_intents_gets_no_label() -> None:
    assert found([*TURNS, *(turn(f"odd {number}", "engrave") for number in range(5))], most=30) == {
        one.text for one in TURNS
    }


def test_one_customer_cannot_give_all_of_them() -> None:
    flood = [turn(f"engrave f{number}", "engrave", "the same") for number in range(50)]
    assert len(found(flood, most=30, cap=0.05)) == 3
    assert len(found(flood, most=30)) == 28


def test_known_and_closed_messages_are_not_used_and_a_text_counts_once() -> None:
    turns = [turn("engrave e0", "engrave"), turn("Engrave m1", "engrave"), turn("engrave m1", "engrave")]
    assert found([*turns, turn("engrave m2", "engrave")], closed=["engrave m2"]) == {"Engrave m1"}
