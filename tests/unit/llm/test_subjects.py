"""Which product or place a dialogue is about, and who may find what."""

from __future__ import annotations

from pathlib import Path

from llm.answering import Answerer
from llm.knowledge.filters import EVERYTHING, Filters
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import HybridRetriever


def best(index: KnowledgeIndex, question: str, *said: str, filters: Filters = EVERYTHING) -> str:
    return HybridRetriever(index).search(question, 1, filters, said)[0].chunk.text.strip()


def test_what_was_named_last_is_meant(huts: KnowledgeIndex) -> None:
    sail, honister = "a bed at Black Sail, please", "or is Honister House nicer?"
    assert "no mobile" in best(huts, "is there mobile signal", sail)
    assert "signal is good" in best(huts, "is there mobile signal", sail, honister)
    assert "no mobile" in best(huts, "is there mobile signal", honister, sail)


def test_what_the_question_names_goes_before_what_was_named(huts: KnowledgeIndex) -> None:
    said = "I have booked Honister House"
    assert "porch" in best(huts, "are dogs allowed at the black sail hut?", said)


def test_a_name_of_everyday_words_counts_only_as_a_whole(huts: KnowledgeIndex) -> None:
    assert huts.contents.subjects.named_in("can I ask about dogs") == set()
    assert huts.contents.subjects.named_in("dogs at the Ask Inn?") == {"Ask Inn"}


def test_a_title_of_one_document_is_no_subject_a_product_is(huts: KnowledgeIndex) -> None:
    assert huts.contents.subjects.named_in("lighting the trekker stove") == {"Trekker Stove"}
    assert "valve" in best(huts, "how do I light it", "I bought a trekker stove")
    assert "Press" in best(huts, "how do I light it", "I bought a cave lamp")


def test_a_product_filter_leaves_other_products_out(huts: KnowledgeIndex) -> None:
    assert "Press" in best(huts, "light the stove valve", filters=Filters(product="cave lamp"))
    assert "porch" in best(huts, "porch dogs", filters=Filters(product="cave lamp"))


def test_what_is_for_an_audience_is_for_that_one_alone(huts: KnowledgeIndex) -> None:
    question = "when do wardens pay"
    assert "60 days" in best(huts, question, filters=Filters(audience="Trade"))
    assert "60 days" in best(huts, question, filters=Filters(audience=("press", "trade")))
    for filters in (Filters(), Filters(audience="press")):
        assert all("60" not in one.chunk.text for one in HybridRetriever(huts).search(question, 20, filters))


def test_what_has_ended_is_found_on_the_days_that_it_held(huts: KnowledgeIndex, tmp_path: Path) -> None:
    folder = tmp_path / "huts"
    (folder / "sale.md").write_text("---\ntitle: Sale\nvalid_until: 2026-02-28\n---\nBunks cost £9 a night.")
    huts.update(folder)
    for day, found in (("2026-02-28", True), ("2026-03-01", False), ("", False)):
        passages = HybridRetriever(huts).search("what do bunks cost a night", 20, Filters(day=day))
        assert any("£9" in one.chunk.text for one in passages) == found


def test_an_answer_comes_from_what_was_named_last(huts: KnowledgeIndex) -> None:
    said = ["a bed at Black Sail, please"]
    answer = Answerer(huts).answer("are dogs allowed?", said=said)
    assert answer.passages[0].chunk.title == "Black Sail Hut"
    # An article on another hut fits the words better.
    assert max(answer.passages, key=lambda passage: passage.score).chunk.title == "Honister House"
