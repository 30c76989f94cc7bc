"""Approved answers: which may be shown, and which are shown for a question; with a real index."""

import os
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from llm.errors import PromptError
from llm.knowledge.chunking import chunk_document
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.loading import load_folder
from llm.prompts.choosing import ApprovedAnswers, most_relevant
from llm.prompts.examples import Shot, read_examples, with_chunks
from tests.unit.llm.conftest import HashingEncoder

FRANCE = """
- question: postage to France?
  answer: France costs £14.50, and it takes 5–9 working days [1].
  sources: [delivery.md#other-countries]
"""
IRELAND = """
- question: delivery to Ireland, how much
  answer: Ireland costs £9.50 [1].
  sources: [delivery.md#other-countries]
"""
RETURN = """
- question: can I send a jumper back
  answer: Unused items can be returned within 30 days of delivery [1].
  sources: [returns.md#how-long-can-i-return-something]
"""
NOTHING = """
- question: delivery to the moon, how much
  answer: NO ANSWER
  sources: [delivery.md#other-countries]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "approved_answers.yml"


def approved(file: Path, index: KnowledgeIndex, *entries: str) -> ApprovedAnswers:
    file.write_text("".join(entries), encoding="utf-8")
    return ApprovedAnswers(file, index)


def shown(answers: ApprovedAnswers, question: str, count: int = 3, **about: str) -> list[str]:
    return [shot.answer for shot in answers.choose(question, count, **about)]


def test_the_example_that_is_most_like_the_question_comes_first_with_its_passage(
    file: Path, index: KnowledgeIndex
) -> None:
    answers = approved(file, index, FRANCE, IRELAND, RETURN)
    best = answers.choose("how much is delivery to Ireland please", 1)[0]
    assert best.answer == "Ireland costs £9.50 [1]."
    assert [chunk.anchor for chunk in best.chunks] == ["other-countries"]
    assert len(answers.choose("how much is delivery to Ireland please", 2)) == 2
    assert answers.check() == []


def test_the_very_question_that_is_asked_is_never_an_example_of_itself(
    file: Path, index: KnowledgeIndex
) -> None:
    answers = approved(file, index, IRELAND, RETURN)
    for question in (
        "delivery to Ireland, how much",
        "Delivery to IRELAND – how much??",
        " delivery to ireland how much",
    ):
        assert shown(answers, question) == ["Unused items can be returned within 30 days of delivery [1]."]


def test_examples_are_like_the_question_and_unlike_one_another() -> None:
    vectors = np.array([[1, 0, 0], [0.999, 0.045, 0], [0.6, 0.8, 0], [0, 0, -1]], dtype=np.float32)
    query = np.array([0.6, 0.3, 0.74], dtype=np.float32)
    assert most_relevant(query, vectors, 4)[:2] == [1, 2], "not 0, which says the same as 1"
    assert sorted(most_relevant(query, vectors, 9)) == [0, 1, 2, 3]
    assert most_relevant(query, vectors, 1) == [1]


def test_an_honest_no_answer_may_be_an_example(file: Path, index: KnowledgeIndex) -> None:
    assert shown(approved(file, index, NOTHING), "how much is delivery to mars") == ["NO ANSWER"]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (FRANCE.replace("£14.50", "£4.50"), "does not stand in delivery.md#other-countries"),
        (FRANCE.replace("France costs", "Owls deliver to castles abroad, France costs"), "does not stand in"),
        (FRANCE.replace(" [1]", ""), "names no source: end it with [1]"),
        (FRANCE.replace("[1]", "[2]"), "names no source"),
        (
            FRANCE.replace("#other-countries", "#other-country"),
            "write 'delivery.md#other-countries' if you meant",
        ),
        (FRANCE.replace("delivery.md", "gone.md"), "there is no section 'gone.md#other-countries'"),
        (FRANCE.replace("sources: [delivery.md#other-countries]", "sources: []"), "the sources are missing"),
        (FRANCE.replace("question: postage to France?", "question: 7"), "the question is missing or no text"),
        (FRANCE + "  colour: blue\n", "'colour' is no key of an example"),
        ("- just a text\n", "'just a text' is no example"),
    ],
)
def test_a_broken_example_is_named_and_left_out_and_the_others_stay(
    file: Path, index: KnowledgeIndex, entry: str, said: str
) -> None:
    answers = approved(file, index, entry, RETURN)
    problems = answers.check()
    assert len(problems) == 1 and said in problems[0] and f"{file}, example 1" in problems[0]
    assert shown(answers, "delivery to France") == [
        "Unused items can be returned within 30 days of delivery [1]."
    ]


def test_what_is_left_out_is_counted_in_the_log_without_anybodys_words(
    file: Path, index: KnowledgeIndex
) -> None:
    with capture_logs() as logs:
        shown(approved(file, index, FRANCE.replace("£14.50", "£4.50")), "delivery")
    assert [(entry["event"], entry["count"]) for entry in logs] == [("prompt.examples.left_out", 1)]
    assert "postage" not in str(logs)


@pytest.mark.parametrize("text", ["- question: [", "question: one\n", "just words"])
def test_a_file_that_is_no_list_is_an_error_with_its_name(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PromptError, match=r"approved_answers\.yml"):
        read_examples(file)


def test_an_article_for_some_only_is_never_shown_to_all(
    file: Path, index: KnowledgeIndex, knowledge: Path
) -> None:
    trade = "---\ntitle: Trade prices\naudience: [trade]\n---\n## Discount\n\nTrade customers pay half.\n"
    (knowledge / "trade.md").write_text(trade, encoding="utf-8")
    index.update(knowledge)
    entry = "- question: discount?\n  answer: Trade customers pay half [1].\n  sources: [trade.md#discount]\n"
    answers = approved(file, index, entry)
    assert answers.check() == [f"{file}, example 1 ('discount?'): trade.md#discount is for trade only."]
    assert shown(answers, "what do I pay") == []


def test_when_an_article_changes_its_examples_go_with_it(
    file: Path, index: KnowledgeIndex, knowledge: Path
) -> None:
    answers = approved(file, index, IRELAND, RETURN)
    assert len(shown(answers, "delivery")) == 2
    article = knowledge / "delivery.md"
    article.write_text(article.read_text(encoding="utf-8").replace("£9.50", "£11.00"), encoding="utf-8")
    index.update(knowledge)
    assert shown(answers, "delivery") == ["Unused items can be returned within 30 days of delivery [1]."]


def test_what_is_added_to_the_file_is_shown_at_once_and_a_broken_file_takes_nothing_away(
    file: Path, index: KnowledgeIndex
) -> None:
    answers = approved(file, index, IRELAND)
    assert len(shown(answers, "delivery")) == 1
    for number, (text, count) in enumerate([(IRELAND + RETURN, 2), ("- broken: [", 2), (RETURN, 1)], 1):
        file.write_text(text, encoding="utf-8")
        os.utime(file, (number, number))
        assert len(shown(answers, "delivery")) == count
    file.unlink()
    assert shown(answers, "delivery") == []


def test_examples_of_another_language_or_role_are_not_shown(file: Path, index: KnowledgeIndex) -> None:
    german, sales = IRELAND + "  language: de\n", RETURN + "  role: sales\n"
    answers = approved(file, index, german, sales, FRANCE)
    assert shown(answers, "delivery") == ["France costs £14.50, and it takes 5–9 working days [1]."]
    assert shown(answers, "delivery", language="de") == ["Ireland costs £9.50 [1]."]
    assert len(shown(answers, "delivery", role="sales")) == 2
    assert shown(answers, "delivery", language="fr") == []


def test_an_example_in_another_language_stands_in_the_help_centre_in_that_language(
    tmp_path: Path, file: Path
) -> None:
    folder = tmp_path / "german"
    folder.mkdir()
    (folder / "versand.md").write_text(
        "---\ntitle: Versand\nlanguage: de\n---\n## Preis\n\nDer Versand kostet 3,95 £.\n", encoding="utf-8"
    )
    (folder / "delivery.md").write_text("# Delivery\n\nIt costs £3.95.\n", encoding="utf-8")
    translation = KnowledgeIndex(tmp_path / "de", HashingEncoder(), "de")
    with KnowledgeIndex(tmp_path / "en", HashingEncoder(), translations={"de": translation}) as index:
        index.update(folder)
        entry = "- {question: 'Porto?', answer: 'Der Versand kostet 3,95 £ [1].', sources: [versand.md]"
        answers = approved(file, index, f"{entry}, language: de}}\n")
        assert answers.check() == []
        assert shown(answers, "was kostet das", language="de") == ["Der Versand kostet 3,95 £ [1]."]


def test_the_questions_of_the_examples_are_embedded_once(
    file: Path, index: KnowledgeIndex, encoder: HashingEncoder
) -> None:
    answers = approved(file, index, IRELAND, RETURN)
    for _ in range(3):
        answers.choose("postage", 2)
    assert encoder.encoded.count("can I send a jumper back") == 1


def test_a_section_of_several_chunks_is_shown_by_the_one_that_holds_the_answer(
    file: Path, index: KnowledgeIndex, knowledge: Path
) -> None:
    filler = "\n\n".join(
        f"Paragraph {n} speaks at length of mountains, weather and sheep. " * 6 for n in range(4)
    )
    (knowledge / "long.md").write_text(
        f"# Long\n\n## All\n\n{filler}\n\nThe owl costs £7.\n", encoding="utf-8"
    )
    index.update(knowledge)
    file.write_text(
        "- {question: 'owl?', answer: 'The owl costs £7 [1].', sources: [long.md#all]}\n", encoding="utf-8"
    )
    shot = with_chunks(read_examples(file)[0][0], index.contents.chunks)
    assert isinstance(shot, Shot) and "£7" in shot.chunks[0].text
    assert sum(chunk.document == "long.md" for chunk in index.contents.chunks) > 1


def test_every_approved_answer_of_the_demo_stands_in_the_demos_articles() -> None:
    root = Path(__file__).parents[3]
    examples, problems = read_examples(root / "prompts" / "approved_answers.yml")
    documents = load_folder(root / "knowledge").documents
    for example in examples:
        language = "" if example.language == "en" else example.language
        chunks = [c for one in documents if one.language == language for c in chunk_document(one)]
        fitted = with_chunks(example, chunks)
        problems += [fitted] if isinstance(fitted, str) else []
    assert problems == [] and len(examples) >= 12
    assert {"de", "en"} == {example.language for example in examples}
    assert all(example.approved_by and example.approved_on for example in examples)
