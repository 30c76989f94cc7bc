"""`rapport learn propose`, `items` and `review`, driven as through a pipe."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from learning.datasets.records import accepted, replace_of_item
from learning.learned import ANSWER, LABEL, Learned
from learning.review.queue import delete_items, find_items
from learning.review.verdicts import Rules, Verdict, review
from learning.signals import PRIORITIES, Flag
from learning.store import LearningStore
from learning.turn import Turn
from rapport.errors import RapportError
from rapport.review import labelled, open_store, propose, show_items
from rapport.review_order import ReviewOrder
from rapport.review_terminal import choose, matching, review_items
from rapport.settings import Learning, Settings
from tests.unit.learning.review.conftest import encode

NLU = """version: "3.1"
nlu:
- intent: track_order
  examples: |
    - where is my parcel
    - where is [FH-1001](order_number)
- intent: cancel_order
  examples: |
    - cancel my order
    - cancel it please
"""
Lines = Callable[..., Callable[[str], str]]


def put(store: LearningStore, name: str, text: str, signal: str, **fields: object) -> None:
    values = {
        "intent": "track_order",
        "confidence": 0.5,
        "ranking": (("track_order", 0.5),),
        "language": "en",
    }
    turn = Turn(name, f"talk-{name}", 1, 1.0, text=text, **{**values, **fields})  # type: ignore[arg-type]
    with store.writing() as connection:
        store.put_turns([turn], connection)
        flag = Flag(name, signal, f"because {signal}", PRIORITIES[signal], turn.conversation)
        store.replace_flags([turn.conversation], [flag], connection)


@pytest.fixture
def settings(project: Path) -> Settings:
    (project / "data").mkdir()
    (project / "data" / "nlu.yml").write_text(NLU, encoding="utf-8")
    found = Settings(learning=Learning(customer_cap=1.0))
    store = open_store(found)
    put(store, "t1", "parcel [Where?] is it", "low_confidence")
    put(
        store,
        "t2",
        "how much is delivery",
        "correction",
        reply="£9.\n£3.95.",
        correction="£3.95.",
        confidence=0.9,
    )
    propose(found, encode)
    return found


@pytest.fixture
def lines() -> Lines:
    """Reads these lines, then comes to the end."""

    def of(*given: str) -> Callable[[str], str]:
        waiting: Iterator[str] = iter(given)

        def read(prompt: str) -> str:
            try:
                return next(waiting)
            except StopIteration:
                raise EOFError from None

        return read

    return of


def test_items_are_shown_with_their_proposal(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    show_items(settings, "", "", 20, as_json=True)
    answer, label = json.loads(capsys.readouterr().out)
    assert (answer["kind"], label["kind"], label["proposal"]["intent"]) == (ANSWER, LABEL, "track_order")
    show_items(settings, "label", "", 20, as_json=False)
    shown = capsys.readouterr().out
    assert "[Where?]" in shown and "delivery" not in shown
    with pytest.raises(RapportError, match="label, intent"):
        show_items(settings, "lable", "", 20, as_json=False)


def test_a_customers_accepted_labels_vote_no_more_than_they_are_written(settings: Settings) -> None:
    store = open_store(settings)
    for number in range(20):
        text = f"buy now {number}"
        made = Learned(f"l{number}", LABEL, {"text": text, "intent": "cancel_order"}, conversations=("bad",))
        with store.writing() as connection:
            replace_of_item(f"item{number}", [made], "", connection)
    told = Settings(learning=Learning(customer_cap=0.05))
    assert sum("buy now" in text for text, _ in labelled(told, store)) == 3
    assert sum("buy now" in text for text, _ in labelled(settings, store)) == 20


def test_a_reviewer_accepts_changes_skips_and_quits(
    settings: Settings, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    assert review_items(settings, "rita", read=lines("?", "x", "s", "c", "cancel")) == 1
    said = capsys.readouterr().out
    assert "→ customer parcel [Where?] is it" in said and "because low_confidence" in said
    assert "nothing is learned of it" in said
    (one,) = accepted(open_store(settings))
    assert one.content["intent"] == "cancel_order" and one.approved_by == ("rita",)
    # What was skipped comes again, what was judged does not.
    changed = ("c", "It is £3.95.\\nAlways.", "rule", "q")
    assert review_items(settings, "rita", read=lines(*changed)) == 1
    found = {one.kind: one.content for one in accepted(open_store(settings))}
    assert found[ANSWER]["answer"] == "It is £3.95.\nAlways." and found[ANSWER]["layer"] == "rule"
    assert "Always." in Path("data/learned/overrides.yml").read_text(encoding="utf-8")
    assert not Path("data/learned/nlu.yml").exists()
    assert review_items(settings, "rita", read=lines("a")) == 0


def test_whoever_reviews_says_who_he_is(settings: Settings, lines: Lines) -> None:
    with pytest.raises(RapportError, match="--reviewer"):
        review_items(settings, " ", read=lines("a"))


def test_disputes_are_settled_by_a_verdict_that_counts_alone(settings: Settings, lines: Lines) -> None:
    two = Settings(learning=Learning(reviewers=2))
    review_items(two, "rita", LABEL, read=lines("a"))
    review_items(two, "sam", LABEL, read=lines("r"))
    assert [item.status for item in find_items(open_store(two), kind=LABEL)] == ["disputed"]
    assert review_items(two, "lead", settles=True, read=lines("a")) == 1
    assert [one.content["intent"] for one in accepted(open_store(two))] == ["track_order"]


def test_an_item_that_vanishes_during_the_review_ends_nothing(
    settings: Settings, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(settings)
    (label,) = find_items(store, kind=LABEL)
    given = lines("a", "a")

    def read(prompt: str) -> str:
        if label.text in capsys.readouterr().out:  # it is on the screen
            with store.writing() as connection:
                delete_items([label.id], connection)
        return given(prompt)

    assert review_items(settings, "rita", read=read) == 1
    assert "is gone" in capsys.readouterr().err


def test_what_another_decided_or_deleted_meanwhile_is_not_asked(
    settings: Settings, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(settings)
    (label,) = find_items(store, kind=LABEL)
    given = lines("s")

    def read(prompt: str) -> str:
        review(store, label.id, Verdict("sam", "reject"), Rules(1), 1.0)
        return given(prompt)

    review_items(settings, "rita", read=read)
    assert label.text not in capsys.readouterr().out


def test_labels_as_urgent_as_each_other_come_in_the_order_of_what_they_settle(settings: Settings) -> None:
    store = open_store(settings)
    for number, text in enumerate(("buy skis", "buy skis now", "buy blue skis", "cancel my order today")):
        put(store, f"more{number}", text, "low_confidence")
    propose(settings, encode)
    waiting = find_items(store, kind=LABEL)
    order = ReviewOrder(settings, store, encode)
    before = order.next(waiting)
    assert "skis" in before[0].text and {one.id for one in before} == {one.id for one in waiting}
    review(store, before[0].id, Verdict("rita", "accept"), Rules(1), 1.0)
    after = order.next(before[1:])
    assert [one.id for one in after] != [one.id for one in before[1:]]


def test_reviews_go_on_where_messages_cannot_be_encoded(
    settings: Settings, lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store(settings)
    put(store, "more", "buy skis", "low_confidence")
    propose(settings, encode)
    assert review_items(settings, "rita", LABEL, read=lines("a", "a")) == 2
    assert "by priority and conversations alone" in capsys.readouterr().err


def test_intents_are_found_by_parts_numbers_and_with_slips(lines: Lines) -> None:
    names = ["ask_refund_time", "cancel_order", "refund_status", "track_order"]
    assert matching("cancel_order", names) == ["cancel_order"]
    assert matching("refund", names) == ["ask_refund_time", "refund_status"]
    assert matching("trak_order", names)[0] == "track_order" and not matching("zzz", names)
    assert choose(lines("zzz", "refund", "2"), names) == "refund_status"
    assert choose(lines(""), names) == ""
