"""`rapport learn compare` and its reviews: a real index, and a real server that stands for a model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import structlog
from rich.progress import Progress

import llm.encoder
from learning.datasets.forgetting import forget
from learning.datasets.records import accepted
from learning.errors import ReviewError
from learning.learned import PREFERENCE
from learning.review.comparing import as_shown, to_compare
from learning.review.item import Item
from learning.review.queue import find_items, get_item
from learning.review.verdicts import Rules, Verdict, review
from learning.signals import Flag
from learning.store import LearningStore
from learning.turn import Turn
from rapport.comparing import Second, compare
from rapport.errors import RapportError
from rapport.knowledge import update
from rapport.learned import write
from rapport.review import open_store
from rapport.review_terminal import review_items
from rapport.settings import Settings, load_settings
from tests.unit.llm.chat_server import Reply, chat_server, says
from tests.unit.llm.conftest import DELIVERY, HashingEncoder
from tests.unit.rapport.test_review import Lines, lines

__all__ = ["lines"]
COST, IRELAND = "How much is standard delivery?", "How much is delivery to Ireland?"
PRICE = "Standard delivery costs £3.95 [1]."
FREE = f"{PRICE} It is free over £60 [1]."
Compare = Callable[..., dict[str, int]]


@pytest.fixture
def settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A project with an article; two customers asked what stands in it, one of them twice."""
    monkeypatch.setattr(llm.encoder, "load_encoder", lambda *_, **__: HashingEncoder())
    for name, text in (("knowledge/delivery.md", DELIVERY), ("rapport.yml", "answers: {threshold: 0}\n")):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text, encoding="utf-8")
    found = load_settings()
    update(found, Progress(disable=True))
    store = open_store(found)
    with store.writing() as connection:
        store.put_turns(
            [answered("t1", COST, 1), answered("t2", "how much is standard delivery", 2)], connection
        )
    yield found
    structlog.reset_defaults()


def answered(name: str, text: str, at: float, **fields: Any) -> Turn:
    values = {"language": "en", "generator": "openai", "reply": "£3.95.", **fields}
    return Turn(name, f"talk-{name}", 1, at, text=text, **values)


@pytest.fixture
def compared(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Compare:
    """Compares with these replies, after the word that a server is warmed up with."""

    def run(*replies: Reply, most: int = 5) -> dict[str, int]:
        with chat_server(says("Hi"), *replies) as chat:
            monkeypatch.setenv("RAPPORT_OPENAI__BASE_URL", chat.url)
            monkeypatch.setenv("RAPPORT_OPENAI__MODEL", "small")
            found = dict(compare(load_settings(), most, Second(), "openai"))
        run.asked = [body for _, body, _ in chat.asked[1:]]  # type: ignore[attr-defined]
        return found

    return run


def the_item(store: LearningStore) -> Item:
    (item,) = find_items(store, kind=PREFERENCE)
    return item


def test_a_question_is_answered_twice_once_more_freely(settings: Settings, compared: Compare) -> None:
    assert compared(says(PRICE), says(FREE)) == {"made": 1}
    assert [body["temperature"] for body in compared.asked] == [0, 0.8]  # type: ignore[attr-defined]
    item = the_item(open_store(settings))
    assert {item.proposal["first"], item.proposal["second"]} == {
        "Standard delivery costs £3.95.", "Standard delivery costs £3.95. It is free over £60."
    }  # fmt: skip
    free = item.proposal["first"].endswith("£60.")
    assert item.proposal["made_by"][not free].endswith("temperature=0.8") and item.turns == 1
    assert "made_by" not in as_shown(item).proposal
    assert to_compare(open_store(settings), 5) == [], "the same question in other letters is not asked again"


def test_the_order_is_drawn(settings: Settings, compared: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(settings)
    with store.writing() as connection:
        many = [answered(f"m{n}", f"{COST} {'really ' * n}", n) for n in range(3, 15)]
        store.put_turns(many, connection)
    assert compared(*[says(PRICE), says(FREE)] * 12, most=12) == {"made": 12}
    firsts = {item.proposal["first"] for item in find_items(store, kind=PREFERENCE)}
    assert len(firsts) == 2  # fails once in 2,048 runs


def test_what_is_the_same_twice_or_not_answered_makes_no_item(settings: Settings, compared: Compare) -> None:
    assert compared(says(PRICE)) == {"same": 1}
    assert compared(says("NO ANSWER"), says(PRICE)) == {"unanswered": 1}
    assert compared(says(PRICE), says("Owls cost £99 [1].")) == {"unanswered": 1}
    assert not find_items(open_store(settings))


def test_flagged_masked_and_colleagues_turns_are_not_compared(settings: Settings) -> None:
    store = open_store(settings)
    more = [
        answered("t3", "is it [email] that I pay", 3),
        answered("t4", IRELAND, 4),
        answered("t5", "what is postage", 5, by_person=True),
        answered("t6", "what are your rates", 6, generator=""),
    ]
    with store.writing() as connection:
        store.put_turns(more, connection)
        flag = Flag("t4", "thumbs_down", "a thumb", 10, "talk-t4")
        store.replace_flags(["talk-t4"], [flag], connection)
    assert [turn.id for turn in to_compare(store, 5)] == ["t2"]


def test_the_chosen_answer_becomes_a_pair_that_says_what_was_shown(
    settings: Settings, compared: Compare, lines: Lines
) -> None:
    compared(says(PRICE), says(FREE))
    item = the_item(open_store(settings))
    assert review_items(settings, "rita", read=lines("a", "c", "2")) == 1
    (one,) = accepted(open_store(settings))
    assert one.content == {
        "prompt": "how much is standard delivery", "source": "compared", "chosen_was_shown": "second",
        "chosen": item.proposal["second"], "rejected": item.proposal["first"],
        "chosen_by": item.proposal["made_by"][1], "rejected_by": item.proposal["made_by"][0],
    }  # fmt: skip
    assert one.conversations == ("talk-t2",) and one.approved_by == ("rita",)
    write(settings)
    assert (
        json.loads(Path("data/learned/preferences.jsonl").read_text("utf-8"))["chosen"]
        == one.content["chosen"]
    )


def test_both_may_be_bad(settings: Settings, compared: Compare, lines: Lines) -> None:
    compared(says(PRICE), says(FREE))
    assert review_items(settings, "rita", read=lines("b")) == 1
    assert [one.status for one in find_items(open_store(settings), ["rejected"])] == ["rejected"]
    assert accepted(open_store(settings)) == []


def test_what_wrote_which_is_not_told_before_the_verdict(
    settings: Settings, compared: Compare, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    compared(says(PRICE), says(FREE))
    review_items(settings, "rita", read=lines("?", "q"))
    shown = capsys.readouterr().out
    assert "free over £60" in shown and "temperature" not in shown and "the first is better" in shown


def test_nothing_is_learned_without_a_choice(settings: Settings, compared: Compare) -> None:
    compared(says(PRICE), says(FREE))
    store = open_store(settings)
    item = the_item(store)
    for verdict in (Verdict("rita", "accept"), Verdict("rita", "change", {"better": "both"})):
        with pytest.raises(ReviewError, match="which answer is better"):
            review(store, item.id, verdict, Rules(), 1.0)
    assert get_item(store, item.id) == item
    taken = review(store, item.id, Verdict("rita", "change", {"better": "first"}), Rules(), 1.0)
    assert taken.status == "accepted" and "made_by" in asdict(as_shown(taken))["proposal"]


def test_who_is_forgotten_takes_his_comparison_with_him(settings: Settings, compared: Compare) -> None:
    compared(says(PRICE), says(FREE))
    store = open_store(settings)
    forget(store, ["talk-t2"], 1.0)
    assert not find_items(store, kind=PREFERENCE)


def test_without_a_language_model_nothing_can_be_compared(settings: Settings) -> None:
    with pytest.raises(RapportError, match="extractive is asked no prompt"):
        compare(settings, 5, Second())
