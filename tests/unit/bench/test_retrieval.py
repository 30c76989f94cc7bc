from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.retrieval import Found, figures, run
from bench.retrieval_data import Query, RetrievalDataError, read_corpus, read_folder, read_queries
from rapport.errors import RapportError

ROOT = Path(__file__).parents[3]
MODEL = "all-MiniLM-L6-v2"
PASSAGES = [
    {"id": "p1", "title": "Parking", "text": "Guests park in the yard behind the house for £5 a night."},
    {"id": "p2", "title": "Pets", "text": "Dogs are welcome on the ground floor; cats are not."},
    {"id": "p3", "text": "Breakfast is served from seven to ten."},
]
QUERIES = [
    {"id": "a", "text": "is there somewhere to leave my vehicle", "gold": ["p1"]},
    {
        "id": "b",
        "turns": ["hello there", {"speaker": "S", "text": "Hi!"}, "may I bring my dog"],
        "gold_ids": ["p2"],
    },
    {"id": "c", "text": "who won the cup final in 1966", "gold": []},
]


def lines(file: Path, rows: list[dict[str, object]]) -> Path:
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return file


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "encoder").symlink_to(ROOT / "var" / "encoder")
    monkeypatch.chdir(tmp_path)
    lines(tmp_path / "corpus.jsonl", PASSAGES)
    lines(tmp_path / "queries.jsonl", QUERIES)
    return tmp_path


def test_passages_are_found_and_the_last_line_is_json(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):  # the second time from the index that was kept
        run(folder, None, None, ["bm25", "dense"], None, MODEL)
        last = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
        assert last["hit1"] == last["hit10"] == last["recall10"] == last["answerable_auroc"] == 1.0
        assert 0 < last["p50_ms"] <= last["p99_ms"]
        assert last["against"]["bm25"]["hit1"] < 1.0, "no passage has the word"


def test_an_index_is_filled_up_and_only_timed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(folder, None, None, [], None, MODEL, fill=6_000)
    last = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert last["filled_chunks"] == 6_000
    assert last["hit1"] == 1.0, "what is found is measured without what was filled in"
    assert 0 < last["filled_p50_ms"] <= last["filled_p99_ms"]


def test_figures_count_what_was_asked_for() -> None:
    right = Found(Query("1", "", frozenset({"a", "b"})), ("x", "a"), 0.9, True, 1.0)
    wrong = Found(Query("2", "", frozenset({"c"})), ("x",), 0.2, False, 3.0)
    none = Found(Query("3", "", frozenset()), ("x",), 0.5, True, 2.0)
    found = figures([right, wrong, none])
    assert (found["hit1"], found["hit5"], found["recall10"]) == (0.0, 0.5, 0.25)
    assert found["answerable_auroc"] == 0.5 and found["needs_knowledge_f1"] == 0.5 and found["p50_ms"] == 2.0


def test_a_dialogue_is_what_the_customer_said(folder: Path) -> None:
    passages, queries = read_folder(folder)
    assert [passage.title for passage in passages] == ["Parking", "Pets", ""]
    assert queries[1] == Query(
        "b", "may I bring my dog", frozenset({"p2"}), ("hello there",), ("hello there", "Hi!")
    )


def test_the_public_sets_are_read_as_they_come(tmp_path: Path) -> None:
    reviews = {"0": {"sentences": {"0": "Quiet.", "1": "Clean."}}}
    faqs = {"0": {"question": "Pets?", "answer": "No."}}
    knowledge = {"hotel": {"7": {"name": "THE INN", "reviews": reviews, "faqs": faqs}}}
    turns = [
        [
            {"speaker": "U", "text": "The Inn"},
            {"speaker": "S", "text": "Yes?"},
            {"speaker": "U", "text": "Quiet?"},
        ]
    ]
    gold = [{"domain": "hotel", "entity_id": 7, "doc_type": "review", "doc_id": 0, "sent_id": 0}]
    for name, content in (
        ("knowledge", knowledge), ("logs", turns), ("labels", [{"target": True, "knowledge": gold}])
    ):  # fmt: skip
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    passages, (query,) = read_folder(tmp_path)
    assert {passage.text for passage in passages} == {"Pets? No.", "Quiet.", "Clean."}
    assert query == Query("0", "Quiet?", frozenset({"hotel/7/review/0/0"}), ("The Inn",), ("The Inn", "Yes?"))
    assert query.gold <= {passage.id for passage in passages}

    faq = tmp_path / "faq"
    faq.mkdir()
    pair = {"question": "How to log in?", "answer": ["Press it."], "rephr": ["logging in", "*"]}
    (faq / "anyFAQ.json").write_text(json.dumps({"root": {"qapair": [pair]}}), encoding="utf-8")
    passages, (query,) = read_folder(faq)
    assert (passages[0].title, query.text, query.gold) == ("How to log in?", "logging in", {passages[0].id})


@pytest.mark.parametrize(
    ("corpus", "queries", "said"),
    [
        ('{"id": 1, "text": "a"}\n{"id": 1, "text": "b"}', "", "an id comes twice"),
        ('{"id": 1, "text": " "}', "", ":1: `text` is missing or empty"),
        ('{"id": 1, "text": "a"}\nno json', "", ":2 is no JSON"),
        ('{"id": 1, "text": "a"}', '{"id": 1, "text": "q", "gold": ["7"]}', "no passage '7' in the corpus"),
        ('{"id": 1, "text": "a"}', '{"id": 1, "text": "q"}', "`gold` is to be a list"),
        ('{"id": 1, "text": "a"}', "", "holds no questions"),
        ("", "", "holds no passages"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, corpus: str, queries: str, said: str) -> None:
    for name, text in (("corpus", corpus), ("queries", queries)):
        (tmp_path / f"{name}.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(RetrievalDataError, match=said):
        read_queries(tmp_path / "queries.jsonl", read_corpus(tmp_path / "corpus.jsonl"))


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    with pytest.raises(RetrievalDataError, match="holds neither"):
        read_folder(tmp_path)
    with pytest.raises(RapportError, match="Give either --data"):
        run(None, tmp_path / "corpus.jsonl", None, [], None, MODEL)
    with pytest.raises(RapportError, match="--against bm26 is unknown"):
        run(tmp_path, None, None, ["bm26"], None, MODEL)
