from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from learning.caps import Caps
from learning.datasets.records import accepted
from learning.labels.discovery import Cluster
from learning.learned import ANSWER, ARTICLE, INTENT, LABEL, PREFERENCE
from learning.review.item import ACCEPTED, OPEN, STATUSES
from learning.review.propose import Helpers, propose
from learning.review.queue import find_items, get_item
from learning.review.verdicts import Rules, Verdict, review
from learning.store import LearningStore
from tests.unit.learning.review.conftest import INTENTS, NOW, Add


def by_word(word: str) -> Any:
    """Finds the messages with a word in them."""

    def discover(texts: Sequence[str], vectors: Any, fewest: int) -> list[Cluster]:
        assert len(vectors) == len(texts)
        places = tuple(place for place, text in enumerate(texts) if word in text)
        return [Cluster(f"{word} please", places, places[:2])] if places else []

    return discover


def test_alike_turns_are_one_item_of_the_highest_priority(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    add("Where is my parcel?", "low_confidence")
    add("where is  my parcel", "thumbs_down", by="c001", feedback="down")
    add("where is my parcel!!", "meant_otherwise", by="c003")
    add("cancel that", "random")
    report = propose(store, helpers, NOW)
    assert report.new == {LABEL: 2, ANSWER: 1} and not report.unfit
    answer, parcel, cancel = find_items(store)
    assert (answer.kind, answer.priority) == (ANSWER, 10)
    assert (parcel.turns, parcel.conversations, parcel.priority) == (2, 2, 9)
    assert parcel.proposal["intent"] == "track_order" and "meant_otherwise: because" in parcel.reasons[0]
    assert (cancel.text, cancel.priority, cancel.status) == ("cancel that", 1, OPEN)
    assert {vote.voter for vote in parcel.votes} >= {"head", "neighbours"}


def test_proposing_again_changes_nothing_and_new_likes_join(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    add("where is my parcel", "random")
    propose(store, helpers, NOW)
    before = find_items(store)
    assert propose(store, helpers, NOW + 1).new == {} and find_items(store) == before
    add("Where is my parcel", "low_confidence")
    assert propose(store, helpers, NOW + 2).joined == 1
    (after,) = find_items(store)
    assert (after.id, after.turns, after.priority) == (before[0].id, 2, 8)


def test_what_is_decided_is_not_asked_again_but_counts_its_likes(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    add("where is my parcel", "low_confidence")
    propose(store, helpers, NOW)
    (item,) = find_items(store)
    review(store, item.id, Verdict("ann", "accept"), Rules(1, INTENTS), NOW)
    add("where is my parcel", "low_confidence")
    propose(store, helpers, NOW)
    assert find_items(store) == []
    (decided,) = find_items(store, STATUSES)
    assert (decided.status, decided.turns) == (ACCEPTED, 2)


def test_other_languages_and_other_words_stand_apart(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    add("status", "low_confidence")
    add("status", "low_confidence", language="de")
    add("status of order", "low_confidence")
    propose(store, helpers, NOW)
    assert len(find_items(store)) == 3


def test_what_nobody_could_judge_is_left_out(store: LearningStore, add: Add, helpers: Helpers) -> None:
    add("/affirm", "low_confidence")
    add("[email] [identity]", "low_confidence")
    add("1001", "low_confidence")
    add("red please", "abandoned_form", requested_slot="colour")
    assert propose(store, helpers, NOW).unfit == 4
    assert not find_items(store)


def test_what_the_customer_meant_is_a_vote_of_its_own(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    add("where is my parcel", "meant_otherwise", by="ann")
    add("no, I meant the price", by="ann", intent="ask_shipping_cost", confidence=0.9)
    propose(store, helpers, NOW)
    (item,) = find_items(store)
    customer = next(vote for vote in item.votes if vote.voter == "customer")
    assert (customer.label, customer.confidence) == ("ask_shipping_cost", 0.9)


def test_a_colleagues_correction_is_proposed_with_its_layer(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    add(
        "how much is delivery", "correction", confidence=0.9, citations=("delivery.md#cost",),
        reply="It costs £9.\nIt is £3.95.", correction="It is £3.95.", responses=("utter_answer",),
    )  # fmt: skip
    propose(store, helpers, NOW)
    (item,) = find_items(store)
    assert item.proposal == {
        "question": "how much is delivery", "answer": "It is £3.95.", "layer": "knowledge",
        "rejected": "It costs £9."
    }  # fmt: skip


def test_unknown_messages_of_several_customers_make_an_intent_or_an_article(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    for text in ("wrap it as a gift", "gift wrap", "can you gift wrap [email]"):
        add(text, "fallback", unknown=0.9, citations=("x.md",))
    add("the weather", "fallback", unknown=0.9)
    report = propose(store, replace(helpers, discover=by_word("gift")), NOW)
    assert report.new == {INTENT: 1, LABEL: 1}
    (item,) = find_items(store, kind=INTENT)
    assert (item.turns, item.priority) == (3, 8)
    assert item.proposal["name"] == "gift_please" and item.proposal["examples"] == [
        "wrap it as a gift",
        "gift wrap",
    ]
    for text in ("do you buy old tents", "old tents wanted?", "sell old tents"):
        add(text, "fallback", routed="nlu_fallback", responses=("utter_dont_know",))
    propose(store, replace(helpers, discover=by_word("tents")), NOW)
    (article,) = find_items(store, kind=ARTICLE)
    assert len(article.proposal["questions"]) == 3


def test_one_customer_cannot_have_an_intent_made(store: LearningStore, add: Add, helpers: Helpers) -> None:
    for text in ("gift wrap it", "gift wrap now", "a gift wrap"):
        add(text, "fallback", by="ann", unknown=0.9)
    report = propose(store, replace(helpers, discover=by_word("gift")), NOW)
    assert INTENT not in report.new


def test_500_variants_of_one_customer_make_no_intent_and_few_of_its_examples(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    finds = replace(helpers, discover=by_word("gift"))
    for number in range(500):
        add(f"gift number{number} wrap{number}", "fallback", by="ann", unknown=0.9)
    add("a gift box", "fallback", by="bob", unknown=0.9)
    report = propose(store, finds, NOW)
    assert INTENT not in report.new and report.held == 480

    add("wrap it as a gift", "fallback", by="cy", unknown=0.9)
    propose(store, finds, NOW)
    (item,) = find_items(store, kind=INTENT)
    assert (item.turns, item.conversations) == (22, 3)
    examples = item.proposal["examples"]
    assert len(examples) == 5 and {"a gift box", "wrap it as a gift"} < set(examples)


def test_one_customer_does_not_fill_the_queue_and_comes_again_once_some_are_decided(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    caps = replace(helpers, same=1.1, caps=Caps(turns=4))
    add("/affirm", "low_confidence", by="ann")
    for number in range(10):
        add(f"word{number} other{number}", "low_confidence", by="ann")
    add("where is my parcel", "low_confidence", by="bob")
    report = propose(store, caps, NOW)
    assert (len(find_items(store)), report.held, report.unfit) == (5, 6, 1)
    assert propose(store, caps, NOW).new == {}
    for item in find_items(store)[:2]:
        review(store, item.id, Verdict("rita", "reject"), Rules(1, INTENTS), NOW)
    assert propose(store, caps, NOW).new.total() == 2


def test_one_customer_does_not_fill_the_queue_with_pairs(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    for number in range(10):
        asked = f"word{number} other{number}"
        add(asked, by=f"c{number}", feedback="up", reply="Well told.", confidence=0.9)
        add(asked, by="ann", feedback="down", reply="Told badly.", confidence=0.9)
    report = propose(store, replace(helpers, caps=Caps(turns=4)), NOW)
    assert (report.new, report.held) == ({PREFERENCE: 4}, 6)


def test_messages_that_wait_for_a_review_make_a_cluster_with_later_ones(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    finds = replace(helpers, discover=by_word("gift"))
    for text in ("wrap it as a gift", "gift please"):
        add(text, "fallback", unknown=0.9)
    propose(store, finds, NOW)
    assert [item.kind for item in find_items(store)] == [LABEL, LABEL]
    add("a gift box", "fallback", unknown=0.9)
    propose(store, finds, NOW)
    (item,) = find_items(store)
    assert (item.kind, item.turns) == (INTENT, 3)
    for text in ("the gift thing please", "gift please wrap", "a gift please"):
        add(text, "fallback", unknown=0.9)
    propose(store, finds, NOW)
    assert [(one.id, one.turns) for one in find_items(store, kind=INTENT)] == [(item.id, 6)]


def test_pairs_come_of_thumbs_and_of_repetitions_that_ended(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    add("how much is delivery", by="ann", feedback="up", reply="£3.95.")
    add("How much is delivery?", by="bob", feedback="down", reply="See our pages.", confidence=0.9)
    add("and returns", by="cy", reply="Returns are possible.", confidence=0.9)
    add("and returns", by="cy", reply="Within 30 days.", repeat_tier=2, citations=("r.md",))
    add("thanks", by="cy", intent="thank", reply="Welcome.")
    propose(store, helpers, NOW)
    pairs = {item.proposal["source"]: item.proposal for item in find_items(store, kind=PREFERENCE)}
    assert pairs["thumbs"]["chosen"] == "£3.95." and pairs["thumbs"]["rejected"] == "See our pages."
    assert pairs["repetition"]["chosen"] == "Within 30 days."
    assert propose(store, helpers, NOW).new == {}


def test_more_conversations_come_first_not_more_messages(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    for _ in range(3):
        add("cancel the order", "low_confidence", by="ann")
    for _ in range(2):
        add("where is my parcel", "low_confidence")
    propose(store, helpers, NOW)
    first, second = find_items(store)
    assert (first.text, first.turns) == ("where is my parcel", 2)
    assert get_item(store, second.id).turns == 3


def test_a_correction_of_the_wording_alone_is_a_preference(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    said = "Standard delivery costs £3.95 and takes 2–4 working days."
    kinder = "Standard delivery is £3.95, and it takes 2–4 working days, I promise."
    given = {"confidence": 0.9, "citations": ("delivery.md#cost",), "reply": said}
    add("how much is delivery", "correction", correction=kinder, **given)
    add("what does postage cost", "correction", correction=kinder.replace("£3.95", "£4.95"), **given)
    add("price of parcels", "correction", correction=kinder, **{**given, "confidence": 0.4, "citations": ()})
    propose(store, helpers, NOW)
    found = {item.text: item for item in find_items(store, kind=ANSWER)}
    assert found["what does postage cost"].proposal["layer"] == "knowledge"
    assert found["price of parcels"].proposal["layer"] == "nlu"
    item = found["how much is delivery"]
    assert item.proposal["layer"] == "preference"
    review(store, item.id, Verdict("ann", "accept"), Rules(1, INTENTS), NOW)
    learned = {one.kind: one.content for one in accepted(store)}
    assert set(learned) == {ANSWER, PREFERENCE}, "it is served at once, and no article is drafted"
    assert (learned[PREFERENCE]["chosen"], learned[PREFERENCE]["rejected"]) == (kinder, said)


def test_a_rules_wrong_answer_names_the_intent_that_was_acted_on(
    store: LearningStore, add: Add, helpers: Helpers
) -> None:
    given = {"confidence": 0.9, "reply": "Old.", "correction": "New.", "responses": ("utter_cancel",)}
    add("stop it", "correction", routed="cancel_order", **given)
    add("what about it", "correction", routed="nlu_fallback", **given)
    propose(store, helpers, NOW)
    found = {item.text: item.proposal for item in find_items(store, kind=ANSWER)}
    assert found["stop it"]["layer"] == "rule" and found["stop it"]["routed"] == "cancel_order"
    assert "routed" not in found["what about it"]
