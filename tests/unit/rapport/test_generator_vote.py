"""The model of `answers.generator` votes on labels; it runs on a real socket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from learning.review.queue import find_items
from rapport.review import open_store, propose
from rapport.settings import Answers, Learning, OpenAI, Settings
from tests.unit.learning.review.conftest import encode
from tests.unit.llm.chat_server import Reply, chat_server, refuses, says
from tests.unit.rapport.test_review import NLU, put

TEXTS = ("parcel where", "cancel the thing", "money back now", "hello there")


@pytest.fixture
def flagged(project: Path) -> None:
    (project / "data").mkdir()
    (project / "data" / "nlu.yml").write_text(NLU, encoding="utf-8")
    for place, text in enumerate(TEXTS):
        put(open_store(Settings()), f"t{place}", text, "low_confidence")


def voted(url: str, most: int = 100) -> dict[str, list[tuple[str, float]]]:
    """What generators said of each text, after a proposal."""
    settings = Settings(
        answers=Answers(generator="openai", timeout_seconds=5),
        openai=OpenAI(base_url=url, model="small", retries=0),
        learning=Learning(generator_votes=most),
    )
    propose(settings, encode)
    items = find_items(open_store(settings))
    return {
        one.text: [(vote.label, one.agreement) for vote in one.votes if vote.voter == "generator"]
        for one in items
    }


def asks(*replies: Reply, most: int = 100) -> tuple[dict[str, list[tuple[str, float]]], list[str]]:
    """The votes, and the prompts that were sent."""
    with chat_server(*replies) as chat:
        found = voted(chat.url, most)
    return found, [body["messages"][1]["content"] for _, body, _ in chat.asked]


def test_the_model_votes_and_is_shown_examples(flagged: None) -> None:
    found, asked = asks(says("1"))
    assert len(asked) == len(TEXTS) and all(len(votes) == 1 for votes in found.values())
    assert found["parcel where"][0][0] == "track_order"
    assert "<meaning 1: track order>\nwhere is my parcel\nwhere is FH-1001\n" in asked[0]
    assert "<message>\nparcel where\n</message>" in asked[0]


def test_none_of_these_speaks_against_all_but_is_no_label(flagged: None) -> None:
    found, _ = asks(says("1"), says("1"), says("1"), says("3"))
    assert found["hello there"][0][0] == "none of these"
    (item,) = (one for one in find_items(open_store(Settings())) if one.text == "hello there")
    assert item.proposal["intent"] == "track_order" and "others: none of these" in item.reasons[-1]
    without = [vote.confidence for vote in item.votes if vote.label == "track_order"]
    assert item.agreement == pytest.approx(sum(without) / len(item.votes), abs=1e-3)


def test_a_server_that_is_down_does_not_vote_and_that_is_said_once(
    flagged: None, free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    found = voted(f"http://127.0.0.1:{free_port()}/v1")
    assert list(found.values()) == [[]] * len(TEXTS)
    assert capsys.readouterr().err.count("does not vote in this run") == 1


def test_one_reply_that_says_nothing_costs_one_vote_three_all(
    flagged: None, capsys: pytest.CaptureFixture[str]
) -> None:
    found, asked = asks(says("a poem"), says("1"), says("a poem"))
    assert len(asked) == 4 and sum(bool(votes) for votes in found.values()) == 1
    assert "does not vote" not in capsys.readouterr().err


def test_after_three_failures_in_a_row_the_model_is_left_alone(
    flagged: None, capsys: pytest.CaptureFixture[str]
) -> None:
    found, asked = asks(says("a poem"))
    assert len(asked) == 3 and list(found.values()) == [[]] * len(TEXTS)
    assert capsys.readouterr().err.count("does not vote") == 1


def test_it_is_asked_so_often_and_not_at_all_with_0(flagged: None) -> None:
    found, asked = asks(says("1"), most=2)
    assert len(asked) == 2 and sum(bool(votes) for votes in found.values()) == 2


def test_0_asks_nobody(flagged: None) -> None:
    _, asked = asks(refuses(500), most=0)
    assert asked == []
