import pytest

from llm.generators.base import Draft, DraftSentence
from llm.grounding import supported_sentences, supporting_passage
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import HybridRetriever, Passage


@pytest.fixture
def passages(index: KnowledgeIndex) -> list[Passage]:
    return HybridRetriever(index).search("standard delivery UK cost returns label", 5)


@pytest.mark.parametrize(
    ("text", "is_supported"),
    [
        ("Standard delivery costs £3.95.", True),
        ("Delivery in the UK costs £3.95 and takes 2–4 working days.", True),
        ("Standard delivery costs £2.95.", False),
        ("Standard delivery takes 24 working days.", False),
        ("Our owls carry every parcel overnight.", False),
    ],
)
def test_numbers_and_most_words_must_stand_in_one_passage(
    passages: list[Passage], text: str, is_supported: bool
) -> None:
    assert (supporting_passage(DraftSentence(text), passages) is not None) is is_supported


def test_the_passage_that_a_sentence_names_is_asked_first(passages: list[Passage]) -> None:
    for named in range(len(passages)):
        sentence = DraftSentence(passages[named].chunk.sentences[0].text, passage=named)
        assert supporting_passage(sentence, passages) == named


def test_unsupported_sentences_are_left_out(passages: list[Passage]) -> None:
    draft = Draft((DraftSentence("Standard delivery costs £3.95."), DraftSentence("It costs £1.11.")))
    assert [s.text for s, _ in supported_sentences(draft, passages)] == ["Standard delivery costs £3.95."]


def test_a_wrong_passage_number_does_no_harm(passages: list[Passage]) -> None:
    assert (
        supporting_passage(DraftSentence("Standard delivery costs £3.95.", passage=99), passages) is not None
    )


def test_a_fact_from_our_tools_may_be_said_beside_a_passage_but_is_no_answer_alone(
    passages: list[Passage],
) -> None:
    cost, fact = "Standard delivery costs £3.95.", "Order FH-1001 is out for delivery, total £89.00."
    said = [cost, "Your order FH-1001 is out for delivery.", "Your order FH-1002 is out for delivery."]
    draft = Draft(tuple(DraftSentence(text) for text in said))
    assert [(s.text, p is None) for s, p in supported_sentences(draft, passages, [fact])] == [
        (said[0], False),
        (said[1], True),
    ]
    assert supported_sentences(Draft(draft.sentences[1:]), passages, [fact]) == []


def test_a_passage_and_a_fact_are_not_joined(passages: list[Passage]) -> None:
    facts = ["The total of order FH-1001 is £89.00."]
    draft = Draft((DraftSentence("Standard delivery costs £3.95."), DraftSentence("Delivery costs £89.00.")))
    assert [s.text for s, _ in supported_sentences(draft, passages, facts)] == [draft.sentences[0].text]
