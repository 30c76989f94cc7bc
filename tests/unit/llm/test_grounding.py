import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm.generators.base import Draft, DraftSentence
from llm.grounding import supported_sentences, supporting_passage, verdict
from llm.knowledge.chunking import Chunk, chunk_document
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.loading import Document, load_folder
from llm.knowledge.retrieval import HybridRetriever, Passage

ROOT = Path(__file__).parents[3]
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
# A text of the shop's articles, what it is replaced by; both make another claim.
_SWAPS = (
    ("£", "€"), ("hours", "days"), ("years", "months"), (" working days", " days"), (" pm", " am"),
    ("within", "outside"), ("cannot", "can"), (" not ", " "), ("Monday", "Tuesday"), ("over £", "under £"),
    ("more than", "less than"), (" kg", " g"), ("December", "November"), ("nicht ", ""),
)  # fmt: skip


@pytest.fixture
def passages(index: KnowledgeIndex) -> list[Passage]:
    return HybridRetriever(index).search("standard delivery UK cost returns label", 5)


@pytest.fixture(scope="module")
def articles() -> list[Chunk]:
    return [
        chunk for document in load_folder(ROOT / "knowledge").documents for chunk in chunk_document(document)
    ]


def chunk(text: str, title: str = "Help") -> Chunk:
    return chunk_document(Document("a.md", title, "", "", (), text, "1"))[0]


@pytest.mark.parametrize(
    ("text", "is_supported"),
    [
        ("Standard delivery costs £3.95.", True),
        ("Delivery in the UK costs £3.95 and takes 2–4 working days.", True),
        ("Standard delivery takes two to four working days.", True),
        ("Standard delivery costs £2.95.", False),
        ("Standard delivery takes 24 working days.", False),
        ("Standard delivery takes 2–4 days.", False),
        ("Standard delivery costs €3.95.", False),
        ("Standard delivery does not cost £3.95.", False),
        ("Express delivery costs £3.95.", False),
        ("Standard delivery is always free.", False),
        ("Our owls carry every parcel overnight.", False),
    ],
)
def test_a_sentence_must_say_the_same_as_one_passage(
    passages: list[Passage], text: str, is_supported: bool
) -> None:
    assert (supporting_passage(DraftSentence(text), passages) is not None) is is_supported


@pytest.mark.parametrize(
    ("source", "sentence", "is_supported"),
    [
        ("Returns are free within the UK.", "Returns are free outside the UK.", False),
        ("Returns are free within the UK.", "Returns are free.", False),
        ("Worn boots cannot be returned.", "You can't return worn boots.", True),
        ("Worn boots cannot be returned.", "Worn tents cannot be returned.", False),
        ("You can pay by card.", "You can pay by card or by cheque.", False),
        ("A contract costs £5, a card costs £7.", "A card costs £5.", False),
        ("Dogs are allowed. They cost £4 a night.", "Dogs cost £4 per night.", True),
        ("Dogs are allowed. They cost £4 a night.", "Dogs cost £4 per week.", False),
        ("Points expire after 12 months.", "Points expire after a year.", True),
        ("Hunde sind erlaubt und kosten 5 € pro Nacht.", "Hunde kosten fünf Euro pro Nacht.", True),
        ("Hunde sind erlaubt und kosten 5 € pro Nacht.", "Hunde sind nicht erlaubt.", False),
    ],
)
def test_what_a_claim_can_be_wrong_in(source: str, sentence: str, is_supported: bool) -> None:
    assert verdict(sentence, chunk(source)).is_supported is is_supported


def test_every_sentence_of_the_help_centre_supports_itself(articles: list[Chunk]) -> None:
    cut = [s.text for one in articles for s in one.sentences if not verdict(s.text, one).is_supported]
    assert len(articles) > 400 and cut == []


def test_no_wrong_number_in_a_sentence_of_the_help_centre_passes(articles: list[Chunk]) -> None:
    wrong = [(text, one) for one in articles for text in _with_other_numbers(one)]
    assert len(wrong) > 900
    assert [text for text, one in wrong if verdict(text, one).is_supported] == []


def test_hardly_a_sentence_of_the_help_centre_passes_that_says_another_thing(articles: list[Chunk]) -> None:
    wrong = [
        (s.text.replace(old, new, 1), one)
        for one in articles for s in one.sentences for old, new in _SWAPS
        if old in s.text and s.text.replace(old, new, 1) not in one.text
    ]  # fmt: skip
    passed = [text for text, one in wrong if verdict(text, one).is_supported]
    assert len(wrong) > 500 and len(passed) <= 0.005 * len(wrong), passed


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


def _with_other_numbers(one: Chunk) -> Iterator[str]:
    for sentence in one.sentences:
        for match in _NUMBER.finditer(sentence.text):
            other = "1" + match.group()
            if other not in one.text:
                yield sentence.text[: match.start()] + other + sentence.text[match.end() :]
