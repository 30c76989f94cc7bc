from pathlib import Path

import numpy as np
import pytest

from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.keywords import KeywordIndex
from llm.knowledge.retrieval import HybridRetriever
from llm.knowledge.words import content_stems, stem


def test_forms_of_one_word_meet() -> None:
    for forms in (["return", "returns", "returned", "returning"], ["delivery", "deliveries"],
                  ["cancel", "cancelled"], ["exchange", "exchanges", "exchanging"],
                  ["wash", "washing", "washes"]):  # fmt: skip
        assert len({stem(form) for form in forms}) == 1, forms


def test_function_words_do_not_count() -> None:
    assert content_stems("Could you please tell me what it's for?") == []


def test_the_section_about_the_question_comes_first(index: KnowledgeIndex) -> None:
    passages = HybridRetriever(index).search("what is the price of parcels to Ireland", 3)
    assert passages[0].chunk.anchor == "other-countries"
    assert passages[0].score >= passages[1].score


def test_scores_stay_between_0_and_1(index: KnowledgeIndex) -> None:
    for passage in HybridRetriever(index).search("returning unused items", 5):
        for value in (passage.score, passage.dense, passage.keyword, passage.coverage):
            assert 0 <= value <= 1


def test_keywords_of_the_front_matter_find_a_document(index: KnowledgeIndex) -> None:
    best = HybridRetriever(index).search("postage", 1)[0]
    assert best.chunk.document == "delivery.md" and best.keyword > 0


@pytest.mark.parametrize("query", ["", "   "])
def test_an_empty_query_finds_nothing(index: KnowledgeIndex, query: str) -> None:
    assert HybridRetriever(index).search(query, 3) == []


def test_an_empty_index_finds_nothing(tmp_path: Path, encoder) -> None:  # type: ignore[no-untyped-def]
    with KnowledgeIndex(tmp_path / "empty", encoder) as index:
        assert HybridRetriever(index).search("returns", 3) == []


def test_a_misspelt_word_is_read_as_the_known_one() -> None:
    keywords = KeywordIndex([[("delivery to Ireland", 1)], [("returns", 1)]])
    assert keywords.query_words("delivrey to Irland") == content_stems("delivery Ireland")


def test_coverage_counts_unknown_words_as_missing() -> None:
    keywords = KeywordIndex([[("delivery to Ireland", 1)], [("returns", 1)]])
    both = np.array([0, 1])
    assert keywords.coverage("delivery Ireland", both).tolist() == pytest.approx([1.0, 0.0])
    assert keywords.coverage("delivery helicopter", both)[0] < 0.6
    assert keywords.coverage("xylophone", both).tolist() == [0, 0]


def test_rare_words_weigh_more_than_common_ones() -> None:
    keywords = KeywordIndex([[("delivery fast", 1)], [("delivery slow", 1)], [("delivery Ireland", 1)]])
    assert keywords.weight(stem("ireland")) > keywords.weight(stem("delivery"))
    assert keywords.scores("delivery ireland").argmax() == 2
