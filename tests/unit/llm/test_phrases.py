from pathlib import Path

import numpy as np
import pytest
import structlog

from llm.errors import KnowledgeError
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.loading import load_document
from llm.knowledge.phrases import question_kind
from llm.knowledge.retrieval import HybridRetriever, probabilities

ASKED = """---
title: Payment
asked:
  "How can I pay?": [which cards do you take, paypal]
---
## How can I pay?

Fernhill accepts everything.

## Why was I charged twice?

Cards are reserved first.
"""


@pytest.fixture
def paying(index: KnowledgeIndex, knowledge: Path) -> KnowledgeIndex:
    (knowledge / "payment.md").write_text(ASKED, encoding="utf-8")
    index.update(knowledge)
    return index


def test_what_customers_ask_finds_the_section_that_answers(paying: KnowledgeIndex) -> None:
    best = HybridRetriever(paying).search("which cards do you take", 1)[0]
    assert best.chunk.heading_path == ("How can I pay?",)
    assert best.chunk.asked == ("which cards do you take", "paypal")
    assert best.phrase == pytest.approx(1.0)


def test_customers_questions_survive_a_restart(paying: KnowledgeIndex, tmp_path: Path) -> None:
    chunks = paying.contents.chunks
    paying.close()
    with KnowledgeIndex(tmp_path / "index", paying.encoder) as reopened:
        assert reopened.contents.chunks == chunks


def test_a_changed_customers_question_makes_the_article_new(knowledge: Path) -> None:
    file = knowledge / "payment.md"
    file.write_text(ASKED, encoding="utf-8")
    before = load_document(file).version
    file.write_text(ASKED.replace("paypal", "amex"), encoding="utf-8")
    assert load_document(file).version != before


def test_customers_questions_under_an_unknown_heading_are_warned_about(
    index: KnowledgeIndex, knowledge: Path
) -> None:
    (knowledge / "payment.md").write_text(ASKED.replace("## How can I pay?", "## Paying"), encoding="utf-8")
    with structlog.testing.capture_logs() as logs:
        index.update(knowledge)
    warned = [log for log in logs if log["event"] == "knowledge.asked.unknown_heading"]
    assert [(log["document"], log["heading"]) for log in warned] == [("payment.md", "How can I pay?")]


def test_customers_questions_that_are_no_mapping_name_the_file(knowledge: Path) -> None:
    (knowledge / "bad.md").write_text("---\nasked: [how]\n---\nText.", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"bad\.md.*must map headings"):
        load_document(knowledge / "bad.md")


def test_wording_counts_function_words_and_stays_between_0_and_1(paying: KnowledgeIndex) -> None:
    headings = [chunk.heading_path[-1:] for chunk in paying.contents.chunks]
    rows = np.arange(len(headings))
    wording = paying.contents.phrases.wording("why was I charged twice?", rows)
    assert wording[headings.index(("Why was I charged twice?",))] == pytest.approx(1.0)
    assert ((wording >= 0) & (wording <= 1)).all()
    assert paying.contents.phrases.wording("", rows).tolist() == [0.0] * len(headings)


def test_questions_of_one_kind_are_told() -> None:
    asked = ["How much is it?", "can i pay", "Do you ship?", "why", "shipping"]
    assert [question_kind(text) for text in asked] == ["how much", "yes or no", "yes or no", "why", ""]


def test_probabilities_of_passages_add_up_to_one(paying: KnowledgeIndex) -> None:
    shares = probabilities(HybridRetriever(paying).search("which cards do you take", 4))
    assert shares.sum() == pytest.approx(1.0) and (np.diff(shares) <= 0).all()
    assert probabilities([]).size == 0
