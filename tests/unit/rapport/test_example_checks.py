"""Mistakes in examples, each with its place."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rapport.example_checks import Mistake, example_mistakes, plain

GOOD = """\
version: "3.1"
# a comment
nlu:
- intent: track_order
  examples: |
    - where is my order
    - any news on [1001](order_number)
- synonym: blue
  examples: |
    - navy
    - navy
- intent: greet
  examples:
  - text: |
      hello
    metadata: {sentiment: neutral}
  - text: hi there
"""


def found(*texts: str) -> list[str]:
    for number, text in enumerate(texts):
        Path("data").mkdir(exist_ok=True)
        Path(f"data/{number}.yml").write_text(text)
    return [mistake.text for mistake in example_mistakes([Path("data")])]


def entry(intent: str, *examples: str) -> str:
    return f"nlu:\n- intent: {intent}\n  examples: |\n" + "".join(f"    - {text}\n" for text in examples)


def test_good_examples_are_let_through(project: Path) -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    "again",
    ["where is my order", "Where is   my order?!", "where is my [order](thing)", "Where IS my order …"],
)
def test_an_example_that_stands_twice_is_named_with_both_places(project: Path, again: str) -> None:
    [said] = found(GOOD, entry("track_order", "late?", again))
    assert said == (
        f'data/1.yml:5: "{again}" is already an example of track_order (data/0.yml:6): delete one.'
    )


def test_the_same_text_under_two_intents_is_named_with_both_places(project: Path) -> None:
    texts = (GOOD, entry("list_orders", "my orders", 'any news on [1001]{"entity": "order_number"}'))
    [said] = found(*texts)
    assert said == (
        'data/0.yml:7: "any news on [1001](order_number)" is an example of track_order and of list_orders '
        "(data/1.yml:5): keep one."
    )
    [mistake] = example_mistakes([Path("data")])
    assert mistake == Mistake(said, harmful=True)


def test_a_text_in_a_list_has_its_own_line(project: Path) -> None:
    [said] = found(GOOD, entry("track_order", "hi there", "late?"))
    assert said.startswith(
        'data/0.yml:17: "hi there" is an example of greet and of track_order (data/1.yml:4)'
    )


def test_an_intent_with_one_example_or_none_is_named(project: Path) -> None:
    empty = "nlu:\n- intent: a\n  examples: |\n    - one\n- intent: b\n  examples: |\n- intent: c\n"
    assert [said.split(":", 2)[1:] for said in found(empty)] == [
        ["2", " the intent a has one example: write some more, 20 if you can, or delete it."],
        ["5", " the intent b has no examples: write some more, 20 if you can, or delete it."],
        ["7", " the intent c has no examples: write some more, 20 if you can, or delete it."],
    ]


def test_examples_of_an_intent_in_two_files_count_together(project: Path) -> None:
    assert found(entry("a", "one"), entry("a", "two")) == []


def test_only_standing_twice_is_harmless(project: Path) -> None:
    found(entry("a", "one", "one", "two"), entry("b", "two"))
    assert [mistake.harmful for mistake in example_mistakes([Path("data")])] == [True, True, False]


@pytest.mark.parametrize(
    "text", ["nlu: []\n", "nlu: [x]\n", "- a\n", "", "nlu:\n- intent: [a]\n", "stories:\n"]
)
def test_files_of_another_shape_are_left_to_rasa(project: Path, text: str) -> None:
    Path("data").mkdir()
    Path("data/a.yml").write_text(text)
    example_mistakes([Path("data")])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Refund?", "refund", True),
        ("👍", "👎", False),
        ("?!", "!?", False),
        ("yes", "yes 👍", False),
        ("ＨＥＬＬＯ", "hello", True),
        ("that's £5", "that's $5", False),
        ("[a](x) b", '[a][{"entity": "x"}] b', True),
    ],
)
def test_what_counts_as_the_same(one: str, other: str, same: bool) -> None:
    assert (plain(one) == plain(other)) is same


def test_three_thousand_examples_are_checked_within_a_second(project: Path) -> None:
    texts = [
        entry(f"intent_{n}", *(f"please tell me about [thing {n}](thing) number {m}?" for m in range(60)))
        for n in range(50)
    ]
    assert found(*texts) == []
    began = time.process_time()
    example_mistakes([Path("data")])
    assert time.process_time() - began < 1
