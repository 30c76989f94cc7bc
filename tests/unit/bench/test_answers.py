import json
from pathlib import Path

import pytest

from bench.answers import Asked, figures
from bench.answers_cost import Counted, Prices
from bench.answers_data import demo_questions
from bench.faithfulness import Faithfulness, numbers_stand_in
from bench.retrieval_data import Passage, Query, RetrievalDataError, read_queries
from bench.rouge import rouge_l
from bench.support import figures as support_figures
from bench.support import read_pairs
from llm.answering import Answer, Citation
from llm.knowledge.chunking import chunk_document
from llm.knowledge.loading import Document
from rapport.errors import RapportError
from rapport.settings import Settings
from tests.unit.llm.conftest import HashingEncoder

ROOT = Path(__file__).parents[3]
CHUNK = chunk_document(
    Document("a.md", "Delivery", "", "", (), "Delivery costs £3.95. It is not free for tents over 2 m.", "1")
)[0]


def asked(
    found: bool, answerable: bool, supported: tuple[bool, ...] = (), text: str = "", ms: float = 1.0
) -> Asked:
    citations = (Citation("a.md", "Delivery", (), "", "1", (0, 1)),) if found else ()
    answer = Answer(text, citations, found, 0.5, found, "q", (), "extractive", 0.0)
    reference = "delivery costs £3.95" if answerable else ""
    return Asked(
        Query("1", "q", frozenset({"a.md"} if answerable else ()), reference=reference), answer, supported, ms
    )


def test_each_figure_counts_what_it_says() -> None:
    rows = [
        asked(True, True, (True, True), "delivery costs £3.95", ms=1),
        asked(True, False, (True, False), "Boots.", ms=3),
        asked(False, True, ms=2),
        asked(False, False, ms=2),
    ]
    means = figures(rows, HashingEncoder())
    assert means["faithfulness"] == 0.75 and means["unsupported"] == 0.5
    assert means["abstained_right"] == 0.5 and means["answered"] == means["answered_unanswerable"] == 0.5
    assert means["rouge_l"] == 1.0 and means["similarity"] == pytest.approx(1.0)
    assert means["cites_gold"] == 1.0 and means["p50_ms"] == 2.0


def test_rouge_l_is_the_share_of_words_in_common_order() -> None:
    # 3 words in order of 4 and 5: precision 3/4, recall 3/5.
    assert rouge_l("returns are free here", "our returns are always free") == pytest.approx(2 * 3 / 9)
    assert rouge_l("free are returns", "returns are free") == pytest.approx(1 / 3)
    assert rouge_l("", "returns") == 0.0


@pytest.mark.parametrize(
    ("sentence", "is_supported"),
    [
        ("It is not free for tents over 2 m.", True),
        ("Delivery costs £3.95", True),
        ("Delivery costs £4.95.", False),
        ("It is free for tents over 2 m.", False),
        ("Our owls carry every parcel overnight.", False),
    ],
)
def test_the_second_opinion(sentence: str, is_supported: bool) -> None:
    assert Faithfulness(HashingEncoder()).supports(sentence, [CHUNK]) is is_supported


def test_numbers_must_stand_in_what_is_cited() -> None:
    assert numbers_stand_in("3.95 for 2 m", [CHUNK]) and not numbers_stand_in("4 m", [CHUNK])


def test_references_are_read(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    rows = [{"id": 1, "text": "a?", "gold": ["p"], "answer": "A."}, {"id": 2, "text": "b?", "gold": []}]
    file.write_text("\n".join(map(json.dumps, rows)))
    assert [query.reference for query in read_queries(file, [Passage("p", "A.")])] == ["A.", ""]
    file.write_text('{"id": 1, "text": "a?", "gold": ["q"]}')
    with pytest.raises(RetrievalDataError, match="'q'"):
        read_queries(file, [Passage("p", "A.")])


def test_the_demos_questions_have_references_and_some_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    queries = demo_questions("test", [])
    assert sum(not query.gold for query in queries) >= 40 and sum(bool(query.gold) for query in queries) >= 50
    assert all((ROOT / "knowledge" / path).exists() for query in queries for path in query.gold)
    with pytest.raises(RapportError, match="dev, test or all"):
        demo_questions("train", [])


def test_an_unknown_generator_says_which_there_are() -> None:
    with pytest.raises(RapportError, match="extractive, llama_cpp"):
        Counted(Settings(), "gpt")
    assert Counted(Settings(), "extractive").cost(Prices(1.0, 1.0), 3) == 0.0


def test_support_pairs_are_read_and_counted() -> None:
    pairs = read_pairs(ROOT / "bench" / "support_pairs.yml", "test")
    assert len(pairs) > 100 and 0.2 < sum(pair.is_supported for pair in pairs) / len(pairs) < 0.5
    right = support_figures(pairs, [float(pair.is_supported) for pair in pairs], 0.5)
    assert right["precision"] == right["recall"] == right["auroc"] == 1.0 and right["passed_wrongly"] == 0.0
    blind = support_figures(pairs, [1.0] * len(pairs), 0.5)
    assert blind["recall"] == blind["passed_wrongly"] == 1.0


def test_a_broken_file_of_pairs_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pairs.yml"
    file.write_text("test: 3")
    with pytest.raises(RapportError, match=r"pairs\.yml cannot be used"):
        read_pairs(file, "test")
