from pathlib import Path

import pytest

from llm.generators.extractive import ExtractiveGenerator
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import HybridRetriever
from tests.unit.llm.conftest import HashingEncoder


def generate(index: KnowledgeIndex, question: str, **settings: int) -> str:
    passages = HybridRetriever(index).search(question, 5)
    return ExtractiveGenerator(index, **settings).generate(question, passages).text


def test_the_answer_is_made_of_the_passages_own_sentences(index: KnowledgeIndex) -> None:
    question = "How much does standard delivery cost?"
    passages = HybridRetriever(index).search(question, 5)
    draft = ExtractiveGenerator(index).generate(question, passages)
    said = {s.text for p in passages for s in p.chunk.sentences}
    assert draft.sentences and {s.text for s in draft.sentences} <= said
    for sentence in draft.sentences:
        chunk = passages[sentence.passage or 0].chunk
        assert chunk.start <= (sentence.start or 0) < (sentence.end or 0) <= chunk.end


def test_the_row_of_a_table_that_was_asked_for_is_said(index: KnowledgeIndex) -> None:
    text = generate(index, "price to Ireland")
    assert "Ireland: price £9.50, time 4–6 working days." in text
    assert "France" not in text


def test_a_question_about_one_row_is_answered_with_that_row_first(index: KnowledgeIndex) -> None:
    text = generate(index, "how much is delivery abroad to France")
    assert text.startswith("France: price £14.50") and "Ireland" not in text


def test_the_answer_opens_with_the_first_sentence_of_its_section(index: KnowledgeIndex) -> None:
    assert generate(index, "How long can I return something?").startswith("Unused items can be returned")


def test_a_list_keeps_its_lead_in(index: KnowledgeIndex) -> None:
    text = generate(index, "Which items cannot be returned?")
    assert (
        "These items cannot be returned: climbing ropes once unsealed; opened gas; socks once worn." in text
    )


@pytest.fixture
def long_index(tmp_path: Path) -> KnowledgeIndex:
    folder = tmp_path / "long"
    folder.mkdir()
    items = "\n".join(f"- payment by card number {i} in the shop" for i in range(15))
    twice = "Returns are free in the UK. Returns are free in the UK!"
    steps = "1. Open the order.\n2. Choose Return.\n3. Print the label."
    (folder / "pay.md").write_text(
        f"## Payment\n\nYou can make a payment with:\n\n{items}\n- payment by PayPal\n"
    )
    (folder / "free.md").write_text(f"## Returns\n\n{twice}\n\n## Steps to print the label\n\n{steps}\n")
    opened = KnowledgeIndex(tmp_path / "long-index", HashingEncoder())
    opened.update(folder)
    yield opened
    opened.close()


def test_a_long_list_is_cut_to_what_was_asked(long_index: KnowledgeIndex) -> None:
    text = generate(long_index, "payment by PayPal", max_characters=200)
    assert len(text) <= 200
    assert text.startswith("You can make a payment with:") and "PayPal" in text


def test_the_same_thing_is_not_said_twice(long_index: KnowledgeIndex) -> None:
    assert generate(long_index, "are returns free in the UK").count("Returns are free") == 1


def test_numbered_steps_stay_together_in_order(long_index: KnowledgeIndex) -> None:
    assert generate(long_index, "steps to print the label").startswith(
        "Open the order. Choose Return. Print the label."
    )


def test_no_passages_give_an_empty_draft(index: KnowledgeIndex) -> None:
    assert ExtractiveGenerator(index).generate("anything", []).sentences == ()
