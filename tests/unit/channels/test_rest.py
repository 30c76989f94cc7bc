import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from rasa.core.channels.channel import UserMessage

from channels.http import is_loopback

BUTTON = {"title": "Track", "payload": '/track_order{"order_number": "FH-1001"}'}
TOKEN = "a-token-of-some-length"


async def script(message: UserMessage) -> list[dict[str, Any]]:
    if message.text == "fail":
        raise RuntimeError("inside")
    if message.text == "slow":
        await asyncio.sleep(0.5)
    if message.text == "buttons":
        return [{"text": "Which?", "buttons": [BUTTON]}]
    if message.text == "cite":
        made = {"generator": "openai", "prompt": "answer/2", "passages": [{"document": "returns.md"}]}
        return [{"text": "30 days", "citations": [{"title": "Returns"}], "answered": made}]
    return [{"text": f"You said {message.text}"}]


def post(server: Any, body: Any, **options: Any) -> httpx.Response:
    return httpx.post(
        server.url + "/webhooks/rest/webhook", json=body, timeout=20, trust_env=False, **options
    )


def test_request_and_answer_have_the_shape_of_rasas_own(serve: Any) -> None:
    server = serve(script)
    answer = post(server, {"sender": "ada", "message": "buttons", "metadata": {"a": 1}})
    assert answer.json() == [{"recipient_id": "ada", "text": "Which?", "buttons": [BUTTON]}]
    received = server.agent.received[0]
    assert (received.input_channel, received.metadata) == ("rest", {"a": 1})


def test_citations_come_as_custom(serve: Any) -> None:
    answer = post(serve(script), {"sender": "ada", "message": "cite"}).json()
    assert answer[1] == {"recipient_id": "ada", "custom": {"citations": [{"title": "Returns"}]}}


def test_how_an_answer_was_made_is_sent_to_nobody(serve: Any) -> None:
    answer = post(serve(script), {"sender": "ada", "message": "cite"}).text
    assert "30 days" in answer and "openai" not in answer and "answer/2" not in answer


@pytest.mark.parametrize(
    "body, code",
    [
        ({"message": "hi"}, "sender_missing"),
        ({"sender": " ", "message": "hi"}, "sender_missing"),
        ({"sender": 7, "message": "hi"}, "sender_missing"),
        ({"sender": "x" * 256, "message": "hi"}, "sender_too_long"),
        ({"sender": "ada"}, "message_missing"),
        ({"sender": "ada", "message": ["hi"]}, "message_missing"),
        ({"sender": "ada", "message": " \u200b"}, "message_empty"),
        ([], "bad_request"),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_is_wrong(serve: Any, body: Any, code: str) -> None:
    server = serve(script)
    answer = post(server, body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert server.agent.received == []


def test_bad_json_is_a_400(serve: Any) -> None:
    headers = {"content-type": "application/json"}
    url = serve(script).url + "/webhooks/rest/webhook"
    answer = httpx.post(url, content=b'{"sender": ', headers=headers, trust_env=False)
    assert answer.status_code == 400 and "JSON object" in answer.json()["error"]["text"]


@pytest.mark.parametrize("length", [2001, 1_000_000])
def test_too_much_text_is_a_413(serve: Any, length: int) -> None:
    answer = post(serve(script), {"sender": "ada", "message": "x" * length})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_long")


def test_streaming_is_refused(serve: Any) -> None:
    answer = post(serve(script), {"sender": "ada", "message": "hi"}, params={"stream": "true"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no_streaming")


@pytest.mark.parametrize("text", ["fail", "slow"])
def test_an_error_or_a_slow_turn_is_a_503_with_a_kind_text(serve: Any, text: str) -> None:
    answer = post(serve(script, rest={"timeout_seconds": 0.1}), {"sender": "ada", "message": text})
    assert answer.status_code == 503
    assert answer.json()[0]["text"].startswith("Sorry")


def test_without_a_model_the_answer_is_a_503(serve: Any) -> None:
    server = serve(script)
    server.agent.ready = False
    assert post(server, {"sender": "ada", "message": "hi"}).status_code == 503


def test_an_intent_is_taken_only_when_it_was_just_offered(serve: Any) -> None:
    server = serve(script)
    press = {"sender": "ada", "message": BUTTON["payload"]}
    assert post(server, press).json()["error"]["code"] == "intent_not_offered"
    post(server, {"sender": "ada", "message": "buttons"})
    assert post(server, {**press, "sender": "ben"}).status_code == 400
    assert post(server, {**press, "message": "/track_order"}).status_code == 400
    assert post(server, press).status_code == 200
    assert server.agent.received[-1].text == BUTTON["payload"]
    assert post(server, press).status_code == 400


def test_the_chat_pages_conversations_cannot_be_entered(serve: Any) -> None:
    answer = post(serve(script), {"sender": " web-1234", "message": "hi"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "sender_reserved")


def test_turns_of_one_sender_wait_for_each_other(serve: Any) -> None:
    server = serve(script)
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda text: post(server, {"sender": "ada", "message": text}), ["slow", "hi"])
        )
    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_caller_behind_a_proxy_is_not_taken_for_this_machine(serve: Any) -> None:
    answer = post(
        serve(script), {"sender": "ada", "message": "hi"}, headers={"x-forwarded-for": "203.0.113.9"}
    )
    assert answer.status_code == 403


def test_a_token_lets_others_in(serve: Any) -> None:
    server = serve(script, rest={"token": TOKEN})
    body, far = {"sender": "ada", "message": "hi"}, {"x-forwarded-for": "203.0.113.9"}
    assert post(server, body, headers=far).status_code == 403
    assert post(server, body, headers={**far, "authorization": "Bearer wrong"}).status_code == 403
    assert post(server, body, headers={**far, "authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert post(server, body).status_code == 200


def test_everyone_may_call_when_that_is_configured(serve: Any) -> None:
    server = serve(script, rest={"enabled_for": "everyone"})
    headers = {"x-forwarded-for": "203.0.113.9"}
    assert post(server, {"sender": "ada", "message": "hi"}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "address, expected", [("127.0.0.1", True), ("::1", True), ("192.168.1.4", False), ("", False)]
)
def test_loopback_is_told_from_other_addresses(address: str, expected: bool) -> None:
    request: Any = SimpleNamespace(ip=address, headers={})
    assert is_loopback(request) is expected
