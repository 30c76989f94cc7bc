import pytest

from llm.errors import GeneratorGarbage
from llm.generators.drafting import check_readable, declines, draft_sentences
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import HybridRetriever


def said(text: str, passages: int = 3, whole: bool = True) -> list[tuple[str, int | None]]:
    return [(s.text, s.passage) for s in draft_sentences(text, passages, whole)]


def test_sentences_carry_the_passage_that_they_name() -> None:
    text = "It costs £3.95 [1]. It takes 2–4 days. [2] It is free over £60."
    assert said(text) == [("It costs £3.95.", 0), ("It takes 2–4 days.", 1), ("It is free over £60.", None)]


def test_numbers_of_passages_that_were_not_there_mean_nothing() -> None:
    assert said("It is free [9]. It is quick [0][3].") == [("It is free.", None), ("It is quick.", 2)]


def test_what_repeats_the_prompt_is_left_out() -> None:
    text = "<question> How much?\n</question>\nIt is free [1]. </Passage 2> It is <b>quick</b>.\n<before>\nIt"
    assert said(text) == [("It is free.", 0), ("It is <b>quick</b>.", None)]


def test_a_lead_in_is_said_with_its_first_item_and_never_alone() -> None:
    text = "These cannot be returned: [2]\n\n- climbing ropes\n- opened gas\n"
    assert said(text) == [("These cannot be returned: climbing ropes.", 1), ("opened gas.", None)]
    assert said("We take back:") == []


def test_markdown_and_repetitions_are_left_out() -> None:
    assert said("**It** costs `£3.95`. It costs £3.95.\n\nIT COSTS £3.95.") == [("It costs £3.95.", None)]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It is free. It takes 2", ["It is free."]),
        ("It takes 2", []),
        ("It is free. It takes 2 days.", ["It is free.", "It takes 2 days."]),
        ("It is free. It takes 2 days. [1]", ["It is free.", "It takes 2 days."]),
    ],
)
def test_of_what_was_cut_off_only_whole_sentences_are_kept(text: str, kept: list[str]) -> None:
    assert [sentence for sentence, _ in said(text, whole=False)] == kept


@pytest.mark.parametrize("text", ["NO ANSWER", ' "No answer."', "**NO ANSWER** [1]", "no answer"])
def test_a_model_may_decline(text: str) -> None:
    assert declines(text)
    assert not declines("There is no answer from us within 2 days.")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "?!…",
        "It costs \ufffd\ufffd\ufffd.",
        "It costs \x00\x01 £3.95",
        "wqz xxlp jkwv bbrt ppq",
        "As an artificial intelligence, my training forbids opinions.",
    ],
)
def test_what_is_no_text_or_about_something_else_is_refused(index: KnowledgeIndex, text: str) -> None:
    question = "How much is standard delivery?"
    passages = HybridRetriever(index).search(question)
    with pytest.raises(GeneratorGarbage, match="model"):
        check_readable(text, question, passages, "model")


def test_right_wrong_and_foreign_answers_are_let_through_to_be_grounded(index: KnowledgeIndex) -> None:
    question = "How much is standard delivery?"
    passages = HybridRetriever(index).search(question)
    for text in (
        "Standard delivery costs £3.95 [1].",
        "Standard delivery costs £2.",
        "Yes!",
        "Delivery: £3.95 🙂",
    ):
        check_readable(text, question, passages, "model")
