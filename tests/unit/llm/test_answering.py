import dataclasses
from collections.abc import Sequence

import pytest

from llm.answerability import FEATURES, Answerability, features, fit
from llm.answering import Answerer
from llm.generators.base import Draft, DraftSentence
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.loading import load_document
from llm.knowledge.retrieval import HybridRetriever, Passage
from llm.prompts.context import NOTHING_KNOWN, CustomerContext

# The hashing encoder's similarities are not MiniLM's: answer whenever half of the words are covered.
BY_COVERAGE = Answerability((0.0, 0.0, 10.0, 0.0), -5.0, 0.5)


class SayingGenerator:
    """Drafts fixed sentences."""

    name = "saying"

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences

    def warm_up(self) -> None:
        pass

    def generate(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Draft:
        return Draft(tuple(DraftSentence(text) for text in self.sentences))


@pytest.fixture
def answerer(index: KnowledgeIndex) -> Answerer:
    return Answerer(index, answerability=BY_COVERAGE)


def test_an_answer_carries_text_citation_and_how_it_was_made(answerer: Answerer, knowledge) -> None:  # type: ignore[no-untyped-def]
    answer = answerer.answer("How much is standard delivery?")
    assert answer.found and answer.grounded and 0.5 < answer.confidence <= 1
    assert "£3.95" in answer.text
    citation = answer.citations[0]
    assert (citation.document, citation.title) == ("delivery.md", "Delivery")
    assert citation.heading_path == ("How much is delivery in the UK?",)
    assert citation.link == "delivery.html#how-much-is-delivery-in-the-uk"
    document = load_document(knowledge / "delivery.md")
    assert citation.version == document.version
    assert document.text[citation.span[0] : citation.span[1]].startswith("Standard delivery costs £3.95")
    assert (answer.generator, answer.question) == ("extractive", "How much is standard delivery?")
    assert answer.seconds > 0 and answer.passages


def test_a_question_beside_the_knowledge_is_not_answered(answerer: Answerer) -> None:
    answer = answerer.answer("Who won the football championship?")
    assert not answer.found and not answer.grounded
    assert (answer.text, answer.citations) == ("", ())
    assert answer.confidence < 0.5


@pytest.mark.parametrize("question", ["", "   ", "?!", "x" * 10_000, "🙂"])
def test_odd_input_is_not_answered(answerer: Answerer, question: str) -> None:
    assert not answerer.answer(question).found


def test_a_follow_up_question_is_answered_in_its_context(answerer: Answerer) -> None:
    answer = answerer.answer("and to Ireland?", ["How much is delivery to France?"])
    assert answer.question == "How much is delivery to Ireland?"
    assert "Ireland: price £9.50" in answer.text


def test_a_sentence_that_no_passage_supports_is_not_sent(index: KnowledgeIndex) -> None:
    generator = SayingGenerator(
        "Standard delivery costs £3.95.", "Standard delivery costs £2.95.", "Our owls deliver."
    )
    answer = Answerer(index, generator, BY_COVERAGE).answer("How much is standard delivery?")
    assert answer.text == "Standard delivery costs £3.95."
    assert answer.citations[0].anchor == "how-much-is-delivery-in-the-uk"


def test_a_draft_without_any_support_is_no_answer(index: KnowledgeIndex) -> None:
    answer = Answerer(index, SayingGenerator("Our owls deliver."), BY_COVERAGE).answer(
        "How much is delivery?"
    )
    assert not answer.found and answer.text == ""


def test_answers_are_frozen(answerer: Answerer) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        answerer.answer("returns").text = "changed"  # type: ignore[misc]


def test_other_passages_leave_out_what_was_shown(answerer: Answerer) -> None:
    shown = [c.key for c in answerer.answer("How long can I return an unused item?").citations]
    others = answerer.other_passages("How long can I return an unused item?", exclude=shown)
    assert others and not {c.key for c in others} & set(shown)
    assert len({c.key for c in others}) == len(others)


def test_readings_are_distinct_headings(answerer: Answerer) -> None:
    readings = answerer.readings("return", 2)
    assert [r.heading for r in readings] == ["How long can I return something?", "Which items are excluded?"]
    assert readings[0].score >= readings[1].score
    assert answerer.readings("", 2) == []


def test_features_tell_known_from_unknown_questions(index: KnowledgeIndex) -> None:
    retriever = HybridRetriever(index)
    known, unknown = "standard delivery cost", "helicopter insurance in Mongolia"
    good = features(known, retriever.search(known), index.contents)
    bad = features(unknown, retriever.search(unknown), index.contents)
    assert good.shape == bad.shape == (len(FEATURES),)
    assert good[0] > bad[0] and good[2] > bad[2] and good[3] > bad[3]
    assert features(known, [], index.contents).tolist() == [0, 0, 0, 0]


def test_a_fitted_decision_separates_what_it_was_fitted_on() -> None:
    import numpy as np

    random = np.random.default_rng(1)
    good, bad = random.uniform(0.6, 1, (40, 3)), random.uniform(0, 0.5, (40, 3))
    fitted = fit(np.concatenate([good, bad]), [True] * 40 + [False] * 40, [1.0] * 80)
    decide = [fitted.probability(row) >= fitted.threshold for row in np.concatenate([good, bad])]
    assert decide == [True] * 40 + [False] * 40


def test_the_context_reaches_the_generator_and_its_facts_need_no_source(index: KnowledgeIndex) -> None:
    class Telling(SayingGenerator):
        def generate(
            self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
        ) -> Draft:
            self.sentences = ("Standard delivery costs £3.95.", *context.facts)
            return super().generate(question, passages)

    context = CustomerContext(facts=("Order FH-1001 was shipped.",))
    answer = Answerer(index, Telling(), BY_COVERAGE).answer("How much is standard delivery?", context=context)
    assert answer.text == "Standard delivery costs £3.95. Order FH-1001 was shipped."
    assert [citation.document for citation in answer.citations] == ["delivery.md"]
