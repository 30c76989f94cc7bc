"""What the customer gets when a language model writes, and when it does not: with a real server."""

import pytest
from structlog.testing import capture_logs

from llm.answering import Answer, Answerer
from llm.errors import GeneratorError, GeneratorGarbage, GeneratorUnavailable
from llm.generators import rest
from llm.generators.openai_server import OpenAIServer
from llm.generators.prompted import PromptedGenerator
from llm.generators.rest import Rest
from llm.knowledge.index import KnowledgeIndex
from tests.unit.llm.chat_server import (
    ChatServer,
    Reply,
    chat_server,
    dies_after,
    drips,
    hangs_after,
    refuses,
    says,
    sends,
)
from tests.unit.llm.test_answering import BY_COVERAGE

QUESTION = "How much is standard delivery?"
TIMEOUT_SECONDS = 0.5


def generator(chat: ChatServer, timeout_seconds: float = TIMEOUT_SECONDS) -> PromptedGenerator:
    return PromptedGenerator(OpenAIServer(chat.url, "small", retries=0), timeout_seconds)


def answer(index: KnowledgeIndex, reply: Reply, question: str = QUESTION) -> Answer:
    with chat_server(reply) as chat:
        return Answerer(index, generator(chat), BY_COVERAGE).answer(question)


def test_a_models_sentences_are_sent_with_citation_and_the_version_of_the_prompt(
    index: KnowledgeIndex,
) -> None:
    got = answer(index, says("Standard delivery ", "costs £3.95 [1]", "."))
    assert (got.text, got.generator) == ("Standard delivery costs £3.95.", "openai")
    assert got.prompt.startswith("answer/2#")
    assert got.found and got.grounded
    assert got.citations[0].anchor == "how-much-is-delivery-in-the-uk"


def test_what_no_passage_supports_is_cut(index: KnowledgeIndex) -> None:
    got = answer(
        index, says("Standard delivery costs £3.95 [1]. It costs £2.95 on Sundays. Owls deliver it.")
    )
    assert got.text == "Standard delivery costs £3.95."


def test_a_model_that_only_claims_gets_nothing_through(index: KnowledgeIndex) -> None:
    got = answer(index, says("Standard delivery costs £2.95 [1]."))
    assert (got.found, got.text, got.generator) == (False, "", "openai")


def test_a_model_that_declines_is_believed(index: KnowledgeIndex) -> None:
    got = answer(index, says("NO ANSWER"))
    assert (got.found, got.text) == (False, "") and got.prompt.startswith("answer/2#")


def test_a_question_beside_the_knowledge_is_not_even_asked(index: KnowledgeIndex) -> None:
    with chat_server(says("Leeds.")) as chat:
        got = Answerer(index, generator(chat), BY_COVERAGE).answer("Who won the football championship?")
    assert not got.found and not chat.asked


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (hangs_after(), "GeneratorTimeout"),
        (hangs_after("Standard delivery costs"), "GeneratorTimeout"),
        (drips("Standard delivery ", 0.05), "GeneratorTimeout"),
        (drips("Standard delivery " * 100, 0.0), "GeneratorGarbage"),
        (dies_after(), "GeneratorUnavailable"),
        (dies_after("Standard delivery costs £3.95. It"), "GeneratorInterrupted"),
        (sends("<html>"), "GeneratorGarbage"),
        (says("\ufffd\x00\x01" * 50), "GeneratorGarbage"),
        (says("qwx zzv kkpl wwq"), "GeneratorGarbage"),
        (says(""), "GeneratorGarbage"),
        (says("Standard delivery cos", ending="length"), "GeneratorGarbage"),
        (refuses(401), "GeneratorUnavailable"),
        (refuses(500), "GeneratorUnavailable"),
    ],
)
def test_when_the_model_fails_the_customer_gets_the_passages_own_sentences(
    index: KnowledgeIndex, reply: Reply, error: str
) -> None:
    with capture_logs() as logs:
        got = answer(index, reply)
    assert got.found and got.grounded and "£3.95" in got.text
    assert (got.generator, got.prompt) == ("extractive", "")
    assert got.seconds < TIMEOUT_SECONDS + 1
    failed = next(entry for entry in logs if entry["event"] == "generator.failed")
    assert (failed["generator"], failed["error"]) == ("openai", error)
    assert QUESTION not in str(logs)


def test_of_a_reply_that_reached_its_length_the_whole_sentences_are_sent(index: KnowledgeIndex) -> None:
    got = answer(index, says("Standard delivery costs £3.95 [1]. It takes 2", ending="length"))
    assert (got.text, got.generator) == ("Standard delivery costs £3.95.", "openai")


def test_the_stream_is_read_piece_by_piece(index: KnowledgeIndex) -> None:
    passages = Answerer(index).retriever.search(QUESTION)
    with chat_server(says("It ", "costs ", "£3.95.")) as chat:
        assert "".join(generator(chat).stream(QUESTION, passages)) == "It costs £3.95."
    extractive = "".join(Answerer(index).generator.stream(QUESTION, passages))
    assert extractive == Answerer(index).generator.generate(QUESTION, passages).text


def test_a_model_that_keeps_failing_rests_and_then_is_tried_again(
    index: KnowledgeIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(rest.time, "monotonic", lambda: now)
    resting = Rest(failures=2, seconds=30)
    for _ in range(2):
        resting.check("model")
        resting.failed()
    with pytest.raises(GeneratorUnavailable, match="30 seconds"):
        resting.check("model")
    now += 31
    resting.check("model")
    resting.failed()
    with pytest.raises(GeneratorUnavailable):
        resting.check("model")
    now += 31
    resting.succeeded()
    resting.failed()
    resting.check("model")


def test_while_it_rests_nobody_waits_for_it(index: KnowledgeIndex) -> None:
    with chat_server(says("")) as chat:
        answerer = Answerer(index, generator(chat), BY_COVERAGE)
        answers = [answerer.answer(QUESTION) for _ in range(5)]
    assert len(chat.asked) == rest.FAILURES
    assert all("£3.95" in got.text for got in answers)


def test_an_error_of_the_generator_is_its_own_kind(index: KnowledgeIndex) -> None:
    passages = Answerer(index).retriever.search(QUESTION)
    with chat_server(says("")) as chat, pytest.raises(GeneratorGarbage) as caught:
        generator(chat).generate(QUESTION, passages)
    assert isinstance(caught.value, GeneratorError)
