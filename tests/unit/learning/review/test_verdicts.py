from __future__ import annotations

import threading
from typing import Any

import pytest

from learning.datasets.records import accepted, drop, records
from learning.errors import GoneError, ReviewError
from learning.learned import ANSWER, ARTICLE, INTENT, LABEL, PREFERENCE
from learning.review.item import ACCEPTED, DISPUTED, OPEN, REJECTED, Item, item_id
from learning.review.propose import Helpers, propose
from learning.review.queue import add_turns, delete_items, find_items, get_item, put_item
from learning.review.verdicts import Rules, Verdict, auto_accept, evaluated, review, settle
from learning.store import LearningStore
from tests.unit.learning.review.conftest import INTENTS, NOW, Add

ONE, TWO = Rules(1, INTENTS), Rules(2, INTENTS)


@pytest.fixture
def item(store: LearningStore, add: Add, helpers: Helpers) -> Item:
    add("where is my parcel", "low_confidence", by="ann")
    add("Where is my parcel, FH-1001?", "low_confidence", by="bob")
    add("where is my parcel??", "low_confidence", by="cy", entities=(("order_number", "FH-1001"),))
    propose(store, helpers, NOW)
    return next(one for one in find_items(store) if one.turns == 2)


def says(reviewer: str, verdict: str, **value: Any) -> Verdict:
    return Verdict(reviewer, verdict, value or None)


def test_what_is_accepted_is_learned_with_where_it_comes_from(store: LearningStore, item: Item) -> None:
    assert review(store, item.id, says("rita", "accept"), ONE, NOW).status == ACCEPTED
    (one,) = accepted(store)
    assert one.content == {"text": "where is my parcel", "intent": "track_order"}
    assert (one.conversations, one.approved_by, one.model) == (("ann", "cy"), ("rita",), "model-1")


def test_entities_stand_beside_a_label_as_they_were_written(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    add("where is 1001", "low_confidence", entities=(("order_number", "FH-1001"), ("category", "jackets")))
    propose(store, helpers, NOW)
    (item,) = find_items(store)
    review(store, item.id, says("rita", "accept"), ONE, NOW)
    assert accepted(store)[0].content["entities"] == [["order_number", "1001", "FH-1001"]]


def test_a_change_is_learned_and_replaces_the_earlier_verdict(store: LearningStore, item: Item) -> None:
    review(store, item.id, says("rita", "accept"), ONE, NOW)
    review(store, item.id, says("rita", "change", intent="cancel_order"), ONE, NOW)
    assert [one.content["intent"] for one in accepted(store)] == ["cancel_order"]
    assert review(store, item.id, says("rita", "reject"), ONE, NOW).status == REJECTED
    assert not accepted(store)
    review(store, item.id, says("rita", "accept"), ONE, NOW)
    assert [one.content["intent"] for one in accepted(store)] == ["track_order"]


def test_what_the_gate_dropped_stays_dropped(store: LearningStore, item: Item) -> None:
    review(store, item.id, says("rita", "accept"), ONE, NOW)
    assert drop(store, [one.id for one in accepted(store)], "it made track_order worse") == 1
    review(store, item.id, says("sam", "accept"), ONE, NOW)
    assert not accepted(store)
    assert [one.why for one in records(store)] == ["it made track_order worse"]


def test_two_must_agree_where_two_are_wanted(store: LearningStore, item: Item) -> None:
    assert review(store, item.id, says("rita", "accept"), TWO, NOW).status == OPEN
    assert not accepted(store)
    assert [one.id for one in find_items(store, without_verdict_of="rita")] != [item.id]
    # To change it into what is proposed is to accept it.
    assert review(store, item.id, says("sam", "change", intent="track_order"), TWO, NOW).status == ACCEPTED
    assert accepted(store)[0].approved_by == ("rita", "sam")


def test_a_third_settles_what_two_dispute(store: LearningStore, item: Item) -> None:
    review(store, item.id, says("rita", "accept"), TWO, NOW)
    assert review(store, item.id, says("sam", "reject"), TWO, NOW).status == DISPUTED
    assert review(store, item.id, says("tess", "reject"), TWO, NOW).status == REJECTED


def test_one_against_one_is_a_dispute_where_one_would_do(store: LearningStore, item: Item) -> None:
    assert review(store, item.id, says("rita", "accept"), ONE, NOW).status == ACCEPTED
    assert review(store, item.id, says("sam", "reject"), ONE, NOW).status == DISPUTED
    assert not accepted(store)
    assert review(store, item.id, says("tess", "accept"), ONE, NOW).status == ACCEPTED
    assert accepted(store)[0].approved_by == ("rita", "tess")


def test_a_settlement_counts_whatever_the_others_said(store: LearningStore, item: Item) -> None:
    with pytest.raises(ReviewError, match="Nobody disagrees"):
        settle(store, item.id, says("lead", "accept"), TWO, NOW)
    review(store, item.id, says("rita", "accept"), TWO, NOW)
    review(store, item.id, says("sam", "change", intent="cancel_order"), TWO, NOW)
    assert settle(store, item.id, says("lead", "accept"), TWO, NOW).status == ACCEPTED
    (one,) = accepted(store)
    assert (one.content["intent"], one.approved_by) == ("track_order", ("lead",))


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (says("rita", "maybe"), "no verdict"),
        (says("rita", "change"), "needs a value"),
        (says("rita", "change", intent="track_ordr"), "did you mean 'track_order'"),
        (says("rita", "change", text="  "), "text is empty"),
        (says("rita", "change", text="x" * 1_000_000), "1000000 characters"),
        (says("rita", "change", text=7), "int, not a text"),
        (says("", "accept"), "reviewer's name"),
        (Verdict("rita", "accept", note="x" * 9_999), "The note has"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_changes_nothing(
    store: LearningStore, item: Item, verdict: Verdict, sentence: str
) -> None:
    with pytest.raises(ReviewError, match=sentence):
        review(store, item.id, verdict, ONE, NOW)
    assert get_item(store, item.id) == item and not accepted(store)


def test_a_deleted_item_is_gone_for_its_reviewer(store: LearningStore, item: Item) -> None:
    with store.writing() as connection:
        delete_items([item.id], connection)
    with pytest.raises(GoneError, match="nothing was changed"):
        review(store, item.id, says("rita", "accept"), ONE, NOW)
    assert not accepted(store)


def test_reviewers_at_once_lose_no_verdict(store: LearningStore, item: Item) -> None:
    names = [f"r{number}" for number in range(8)]
    stores = [LearningStore(str(store.engine.url)) for _ in names]
    gate, failed = threading.Barrier(len(names)), []

    def run(own: LearningStore, name: str) -> None:
        try:
            gate.wait()
            review(own, item.id, says(name, "accept"), Rules(len(names), INTENTS), NOW)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(stores, names, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert get_item(store, item.id).status == ACCEPTED
    assert sorted(accepted(store)[0].approved_by) == names


def test_only_sure_labels_are_accepted_by_themselves_and_a_person_weighs_more(
    store: LearningStore, item: Item
) -> None:
    assert auto_accept(store, 0.0, ONE, NOW) == 0
    assert auto_accept(store, item.agreement + 0.01, ONE, NOW) == 0
    assert auto_accept(store, item.agreement, ONE, NOW) >= 1
    assert get_item(store, item.id).status == ACCEPTED
    assert review(store, item.id, says("rita", "reject"), ONE, NOW).status == REJECTED


def test_the_level_is_where_people_accepted_proposals_as_they_stood(store: LearningStore) -> None:
    for number in range(60):
        proposal = {"text": f"text {number}", "intent": "track_order"}
        one = Item(
            f"i{number}", LABEL, OPEN, 8, proposal["text"], "en", proposal, agreement=number / 60, created=NOW
        )
        with store.writing() as connection:
            put_item(one, connection)
        verdict = says("rita", "accept") if number >= 20 else says("rita", "change", intent="cancel_order")
        review(store, one.id, verdict, ONE, NOW)

    assert evaluated(store, 0.0) == 0.0
    assert evaluated(store, 0.99) == pytest.approx(20 / 60)
    with store.writing() as connection:
        delete_items({f"i{number}" for number in range(40, 60)}, connection)
    assert evaluated(store, 0.99) == 0.0  # too few to say


def test_a_corrected_answer_goes_to_its_layer_and_gives_a_pair(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    add("how much is delivery", "correction", reply="£9.\n£3.95.", correction="£3.95.", citations=("d.md",))
    propose(store, helpers, NOW)
    (answer,) = find_items(store, kind=ANSWER)
    review(store, answer.id, says("rita", "accept"), ONE, NOW)
    found = {one.kind: one.content for one in accepted(store)}
    assert found.keys() == {ANSWER, ARTICLE, PREFERENCE}
    assert found[PREFERENCE] == {
        "prompt": "how much is delivery", "chosen": "£3.95.", "rejected": "£9.", "source": "correction"
    }  # fmt: skip
    review(store, answer.id, says("rita", "change", layer="nlu", intent="ask_shipping_cost"), ONE, NOW)
    assert {one.kind for one in accepted(store)} == {ANSWER, LABEL, PREFERENCE}


def test_a_reviewer_may_make_an_intent_of_a_proposed_article(store: LearningStore, add: Add) -> None:
    turn = add("do you wrap gifts", "fallback")
    proposal = {
        "title": "Gift wrapping",
        "text": "Yes, £3.",
        "questions": ["do you wrap gifts", "gift wrap"],
    }
    lacking = Item(item_id(ARTICLE, turn.id), ARTICLE, OPEN, 8, turn.text, "en", proposal, created=NOW)
    with store.writing() as connection:
        put_item(lacking, connection)
        add_turns(lacking.id, [turn], connection)
    with pytest.raises(ReviewError, match="cannot become one of the kind 'label'"):
        review(store, lacking.id, says("rita", "change", kind="label"), ONE, NOW)
    review(store, lacking.id, says("rita", "change", kind="intent", name="ask_gift_wrap"), ONE, NOW)

    (one,) = accepted(store)
    assert (one.kind, one.content) == (
        INTENT,
        {"name": "ask_gift_wrap", "description": "Gift wrapping", "answer": "Yes, £3.",
         "examples": ["do you wrap gifts", "gift wrap"]},
    )  # fmt: skip
