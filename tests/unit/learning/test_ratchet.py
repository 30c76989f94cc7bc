from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from learning.caps import Caps
from learning.ratchet import savings
from learning.turn import Turn

TOPICS = {"zip": 0, "tent": 1, "odd": 2}


def turn(text: str, by: str = "", **more: object) -> Turn:
    given = {"generator": "openai", "citations": ("care#zip",), "seconds": 2.0, "reply": f"about {text}"}
    return Turn(text, by or text, 1, 0.0, text=text, **{**given, **more})  # type: ignore[arg-type]


def encode(texts: Sequence[str]) -> np.ndarray:
    """A direction for each topic."""
    found = np.full((len(texts), 3), 0.05)
    for row, text in zip(found, texts):
        row[next(place for word, place in TOPICS.items() if word in text)] = 1.0
    return found


ZIPS = [turn("mend a zip"), turn("a broken zip"), turn("zip is stuck")]
TENTS = [turn("wash my tent", citations=()), turn("tent is dirty", citations=())]
TWO = Caps(customers=2)


def test_what_is_asked_most_comes_first_with_its_share_and_cost() -> None:
    others = [turn("an odd one"), turn("hello", generator=""), turn("/button")]
    found = savings([*TENTS, *ZIPS, *others], encode, 2, TWO)
    assert [(saving.kind, len(saving.turns), saving.seconds) for saving in found] == [
        ("intent", 3, 6.0),
        ("article", 2, 4.0),
    ]
    assert [saving.share for saving in found] == pytest.approx([3 / 7, 2 / 7])
    assert found[-1].so_far == pytest.approx(5 / 7)


def test_a_draft_holds_the_models_surest_answer_and_all_ways_to_ask() -> None:
    sure = turn("zip!", answer_confidence=0.9, reply="Wax it.")
    (found,) = savings([*ZIPS, sure, sure], encode)
    assert found.proposal["answer"] == "Wax it."
    assert found.proposal["examples"] == ["mend a zip", "a broken zip", "zip is stuck", "zip!"]
    assert "zip" in found.proposal["name"]


def test_an_article_is_drafted_where_none_was_cited() -> None:
    (found,) = savings(TENTS, encode, 2, TWO)
    assert found.proposal["questions"] == ["wash my tent", "tent is dirty"]
    assert "tent" in found.proposal["title"].casefold()


def test_nothing_is_drafted_of_what_no_model_answered() -> None:
    assert savings([turn("hello", generator=""), turn("mend a zip", by_person=True)], encode, fewest=1) == []


def test_a_drafts_name_can_be_an_intents() -> None:
    texts = ["Wie wasche ich Überhosen?", "überhosen waschen"]
    (found,) = savings([turn(text) for text in texts], lambda some: np.ones((len(some), 2)), 2, TWO)
    assert "uberhosen" in found.proposal["name"] and found.proposal["name"].isascii()


def test_one_customer_makes_no_draft_and_gives_few_of_its_examples() -> None:
    flood = [turn(f"zip number {n}", by="ann") for n in range(500)]
    assert savings(flood, encode) == []
    assert savings([*flood, turn("mend a zip")], encode) == []

    (found,) = savings([*flood, *ZIPS, *TENTS], encode)
    assert len(found.turns) == 23 and found.share == pytest.approx(23 / 25)
    examples = found.proposal["examples"]
    assert {"mend a zip", "a broken zip", "zip is stuck"} < set(examples) and len(examples) == 6
