import time

import pytest
from structlog.testing import capture_logs

from llm.errors import (
    GeneratorCutOff,
    GeneratorError,
    GeneratorGarbage,
    GeneratorInterrupted,
    GeneratorTimeout,
    GeneratorUnavailable,
)
from llm.generators import openai_server
from llm.generators.openai_server import OpenAIServer
from llm.prompts.prompt import Prompt
from tests.unit.llm.chat_server import (
    Reply,
    chat_server,
    dies_after,
    drips,
    hangs_after,
    refuses,
    says,
    says_at_once,
    sends,
)

PROMPT = Prompt("test/1", "Be brief.", "How much?")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_server, "FIRST_PAUSE_SECONDS", 0.01)


def written(url: str, **how: object) -> list[str]:
    pieces: list[str] = []
    OpenAIServer(url, "small", **how).write(PROMPT, pieces.append)  # type: ignore[arg-type]
    return pieces


def failure(*replies: Reply, **how: object) -> tuple[GeneratorError, int]:
    """What a server's replies lead to, and how often it was asked."""
    with chat_server(*replies) as chat, pytest.raises(GeneratorError) as caught:
        written(chat.url, **how)
    assert "customer" not in str(caught.value)
    return caught.value, len(chat.asked)


def test_pieces_come_as_the_server_streams_them() -> None:
    with chat_server(says("It costs", " £3.95", " – café.")) as chat:
        assert written(chat.url) == ["It costs", " £3.95", " – café."]
    path, body, _ = chat.asked[0]
    assert path == "/v1/chat/completions"
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "How much?"},
    ]
    assert (body["model"], body["stream"], body["max_tokens"], body["temperature"]) == ("small", True, 300, 0)


def test_the_first_piece_is_there_before_the_last_is_written() -> None:
    with chat_server(hangs_after("It costs")) as chat:
        pieces: list[str] = []
        with pytest.raises(GeneratorTimeout):
            OpenAIServer(chat.url, "small", timeout_seconds=0.3).write(PROMPT, pieces.append)
    assert pieces == ["It costs"]


def test_a_server_that_does_not_stream_is_understood() -> None:
    with chat_server(says_at_once("It costs £3.95.")) as chat:
        assert written(chat.url + "/") == ["It costs £3.95."]


def test_fields_of_a_request_can_be_added_and_taken_away() -> None:
    with chat_server(says("Yes.")) as chat:
        written(chat.url, extra={"max_tokens": None, "max_completion_tokens": 50})
    assert chat.asked[0][1]["max_completion_tokens"] == 50 and "max_tokens" not in chat.asked[0][1]


def test_the_key_travels_as_a_bearer_token_and_shows_nowhere_else() -> None:
    with chat_server(says("Yes."), refuses(401)) as chat, capture_logs() as logs:
        server = OpenAIServer(chat.url, "small", api_key="sk-secret")
        server.write(PROMPT, lambda piece: None)
        with pytest.raises(GeneratorUnavailable) as caught:
            server.write(PROMPT, lambda piece: None)
    assert chat.asked[0][2]["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in f"{vars(server)} {server.client.headers!r} {caught.value} {logs}"
    with chat_server(says("Yes.")) as chat:
        written(chat.url)
    assert "Authorization" not in chat.asked[0][2]


def test_a_key_that_cannot_be_sent_is_left_out_and_logged_without_itself() -> None:
    with chat_server(says("Yes.")) as chat, capture_logs() as logs:
        written(chat.url, api_key="sk-secret\r\nX-Other: 1")
    assert "Authorization" not in chat.asked[0][2]
    assert logs[0]["event"] == "generator.key.unusable" and "sk-secret" not in str(logs)


@pytest.mark.parametrize(
    "first", [refuses(429), refuses(503), refuses(429, Retry_After="0.01"), dies_after()]
)
def test_what_may_pass_is_tried_again(first: Reply) -> None:
    with chat_server(first, says("Yes.")) as chat:
        assert written(chat.url) == ["Yes."]
    assert len(chat.asked) == 2


def test_the_server_says_how_long_to_wait() -> None:
    with chat_server(refuses(429, Retry_After="0.4"), says("Yes.")) as chat:
        started = time.perf_counter()
        written(chat.url)
    assert time.perf_counter() - started >= 0.4


def test_tries_are_counted_and_long_waits_refused() -> None:
    error, asked = failure(refuses(429), retries=2)
    assert isinstance(error, GeneratorUnavailable) and "429" in str(error) and asked == 3
    error, asked = failure(refuses(429, Retry_After="3600"), retries=2)
    assert isinstance(error, GeneratorUnavailable) and asked == 1


@pytest.mark.parametrize(
    ("status", "says_what"),
    [
        (401, "OPENAI_API_KEY"),
        (403, "OPENAI_API_KEY"),
        (404, "'small'"),
        (400, "section openai"),
        (302, "302"),
    ],
)
def test_a_refusal_is_final_and_says_what_to_do(status: int, says_what: str) -> None:
    error, asked = failure(refuses(status))
    assert isinstance(error, GeneratorUnavailable) and says_what in str(error) and asked == 1


def test_nobody_listening_is_told(free_port: int) -> None:
    with pytest.raises(GeneratorUnavailable, match=f"127.0.0.1:{free_port}.*ConnectError"):
        written(f"http://127.0.0.1:{free_port}/v1")
    with pytest.raises(GeneratorUnavailable):
        written("http://[::nowhere/v1")


def test_silence_before_and_within_a_reply_is_a_timeout() -> None:
    for reply in (hangs_after(), hangs_after("It costs")):
        error, asked = failure(reply, timeout_seconds=0.2)
        assert isinstance(error, GeneratorTimeout) and asked == 1


@pytest.mark.parametrize("reply", [dies_after("It costs", " £3"), sends('data: {"choices": []}\n\n')])
def test_a_reply_that_breaks_off_is_not_taken_for_whole_nor_asked_for_twice(reply: Reply) -> None:
    error, asked = failure(reply)
    assert isinstance(error, GeneratorInterrupted) and asked == 1


def test_an_error_within_the_stream_interrupts() -> None:
    error, _ = failure(sends('data: {"error": {"message": "the words of the customer"}}\n\n'))
    assert isinstance(error, GeneratorInterrupted)
    error, _ = failure(says("It", ending="content_filter"))
    assert isinstance(error, GeneratorInterrupted)


@pytest.mark.parametrize(
    "reply",
    [
        sends("<html><body>the customer</body></html>", "text/html"),
        sends("data: {the customer\n\n"),
        sends(b"data: \xff\xfe\xfd\n\n"),
        sends('data: [1, 2]\n\ndata: "x"\n\n'),
        sends('data: {"choices": 7}\n\n'),
        sends('data: {"choices": [{}]}\n\n'),
        sends('data: {"choices": [{"delta": {"content": ["a"]}}]}\n\n'),
        sends("no json", "application/json"),
        sends("data: " + "x" * 2_000_000),
        sends("data: " + "[" * 100_000 + "\n\n"),
    ],
)
def test_what_is_no_chat_is_garbage(reply: Reply) -> None:
    error, asked = failure(reply)
    assert isinstance(error, GeneratorGarbage) and asked == 1


def test_a_reply_that_reached_its_length_says_so() -> None:
    error, _ = failure(says("It costs £3.95. It", ending="length"))
    assert isinstance(error, GeneratorCutOff)


def test_a_reader_that_has_enough_ends_the_request() -> None:
    def enough(piece: str) -> None:
        raise KeyError("enough")

    with chat_server(drips("x", 0.01)) as chat, pytest.raises(KeyError):
        OpenAIServer(chat.url, "small").write(PROMPT, enough)


def test_models_are_listed_where_the_server_lists_them() -> None:
    with chat_server(sends('{"data": [{"id": "small"}, {"id": "large"}]}', "application/json")) as chat:
        assert OpenAIServer(chat.url, "small").models() == ["small", "large"]
    assert chat.asked[0][0] == "/v1/models"
    with chat_server(sends("{}", "application/json")) as chat:
        assert OpenAIServer(chat.url, "small").models() == []
    with chat_server(refuses(401)) as chat, pytest.raises(GeneratorUnavailable):
        OpenAIServer(chat.url, "small").models()
