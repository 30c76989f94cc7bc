from __future__ import annotations

import numpy as np

from learning.learned import INTENT, LABEL
from learning.review.item import OPEN, Item
from learning.review.ordering import Ordering, next_items, ordering_of
from tests.unit.learning.labels.groups import groups

SIZES = (30, 40, 20)
VECTORS, GROUPS = groups(SIZES)
TEXTS = [f"message {number}" for number in range(sum(SIZES))]
KNOWN = [(TEXTS[0], "first")]


def item(number: int, priority: int = 8, conversations: int = 1, kind: str = LABEL) -> Item:
    return Item(f"i{number}", kind, OPEN, priority, TEXTS[number], "en", conversations=conversations, turns=1)


def ordering() -> Ordering:
    return ordering_of(TEXTS, lambda texts: VECTORS[[TEXTS.index(text) for text in texts]])


def group_of(found: Item) -> int:
    return int(GROUPS[TEXTS.index(found.text)])


def test_within_a_priority_what_settles_most_comes_first_and_paraphrases_not_twice() -> None:
    waiting = [item(number) for number in range(1, 90)]
    first, second = next_items(waiting, ordering(), KNOWN, 2)
    assert (group_of(first), group_of(second)) == (1, 2)


def test_the_order_changes_with_what_was_answered() -> None:
    waiting = [item(number) for number in range(1, 90)]
    (first,) = next_items(waiting, ordering(), KNOWN, 1)
    waiting.remove(first)
    (second,) = next_items(waiting, ordering(), [*KNOWN, (f"{first.text}!", "second")], 1)
    assert (group_of(first), group_of(second)) == (1, 2)


def test_a_higher_priority_comes_first_and_what_was_skipped_last() -> None:
    waiting = [*(item(number) for number in range(30, 70)), item(70, 10), item(71, 10)]
    found = next_items(waiting, ordering(), KNOWN, 3, last={"i70"})
    assert [one.id for one in found][:1] == ["i71"] and group_of(found[1]) == 1
    every = next_items(waiting, ordering(), KNOWN, 99, last={"i70"})
    assert len(every) == len(waiting) and every[-1].id == "i70"


def test_what_many_conversations_hold_outweighs_a_larger_group() -> None:
    waiting = [item(number) for number in range(30, 90)]
    assert group_of(next_items(waiting, ordering(), KNOWN, 1)[0]) == 1
    waiting[-1] = item(89, conversations=200)
    assert next_items(waiting, ordering(), KNOWN, 1)[0].id == "i89"


def test_other_kinds_come_first_in_their_priority_by_conversations() -> None:
    waiting = [item(1), item(2), item(3, kind=INTENT), item(4, conversations=9, kind=INTENT), item(5, 9)]
    found = next_items(waiting, ordering(), KNOWN, 4)
    assert [one.id for one in found][:3] == ["i5", "i4", "i3"] and found[3].kind == LABEL
    assert next_items([], ordering(), KNOWN, 4) == []


def test_items_of_equal_texts_are_all_asked_and_nothing_known_does_no_harm() -> None:
    twice = [item(1), Item("again", LABEL, OPEN, 8, TEXTS[1].upper(), "de"), item(40)]
    assert {one.id for one in next_items(twice, ordering(), (), 9)} == {"i1", "again", "i40"}
    assert not ordering().knows([Item("new", LABEL, OPEN, 8, "never seen", "en")])


def test_two_thousand_items_are_put_in_order_in_less_than_a_second() -> None:
    import time

    rng = np.random.default_rng(0)
    count = 6_000
    vectors = rng.normal(size=(count, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"text {number}" for number in range(count)]
    many = ordering_of(texts, lambda _: vectors)
    waiting = [Item(text, LABEL, OPEN, 8, text, "en", conversations=1) for text in texts[:2_000]]
    known = [(text, f"intent{number % 60}") for number, text in enumerate(texts[2_000:])]
    began = time.process_time()
    assert len(next_items(waiting, many, known)) == 10
    assert time.process_time() - began < 5  # ten answers
