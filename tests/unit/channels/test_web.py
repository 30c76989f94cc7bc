import asyncio
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered, SlotSet

BUTTONS = [{"title": "Where is it?", "payload": '/track_order{"order_number": "FH-1001"}'}]
CITATION = {"title": "Returns", "heading": "How long", "url": "/chat/help/returns#how-long"}


async def shop(message: UserMessage) -> list[dict[str, Any]]:
    """A small assistant: answers some words, fails, is slow, hands over."""
    text = message.text or ""
    if text == "fail":
        raise RuntimeError("traceback that nobody should see")
    if text == "slow":
        await asyncio.sleep(0.6)
    if text == "person":
        return [{"text": "I have asked a colleague."}, {"pause": True}]
    if text == "nothing":
        return []
    if text == "returns":
        return [{"text": "30 days.", "custom": {"citations": [CITATION]}}]
    if text == "which":
        return [{"text": "Which?"}, {"text": "This?", "buttons": BUTTONS}]
    return [{"text": f"You said {text}"}]


def say(client: httpx.Client, text: str, **more: Any) -> httpx.Response:
    return client.post("/chat/messages", json={"text": text, **more})


def sender_of(server: Any) -> str:
    return server.agent.received[-1].sender_id


def test_a_message_is_answered(serve: Any, chat: Any) -> None:
    server = serve(shop)
    answer = say(chat(server), "hello").json()
    assert [(m["from"], m["text"]) for m in answer["messages"]] == [("assistant", "You said hello")]
    assert answer["handed_over"] is False
    assert server.agent.received[0].input_channel == "web"


def test_the_cookie_is_closed_to_scripts_and_other_sites(serve: Any) -> None:
    answer = httpx.post(serve(shop).url + "/chat/session", json={}, trust_env=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/chat" in cookie
    assert "Secure" not in cookie


def test_the_cookie_is_secure_when_configured(serve: Any) -> None:
    server = serve(shop, web={"secure_cookie": True})
    answer = httpx.post(server.url + "/chat/session", json={}, trust_env=False)
    assert "Secure" in answer.headers["set-cookie"]


def test_a_session_is_kept_until_a_restart_is_asked_for(serve: Any, chat: Any) -> None:
    server = serve(shop)
    client = chat(server)
    say(client, "one")
    assert client.post("/chat/session", json={}).json()["new"] is False
    say(client, "two")
    assert client.post("/chat/session", json={"restart": True}).json()["new"] is True
    say(client, "three")
    first, second, third = (message.sender_id for message in server.agent.received)
    assert first == second != third
    assert [m["text"] for m in client.get("/chat/history").json()["messages"]] == ["three", "You said three"]


@pytest.mark.parametrize("cookie", [None, "web-1234", "IndlYi0xIg.aaaa.bbbb"])
def test_without_a_cookie_of_ours_nobody_can_speak_or_read(serve: Any, cookie: str) -> None:
    server = serve(shop)
    cookies = {"rapport_chat": cookie} if cookie else {}
    client = httpx.Client(base_url=server.url, cookies=cookies, trust_env=False)
    assert say(client, "hi").status_code == 401
    assert client.get("/chat/history").status_code == 401
    assert client.post("/chat/feedback", json={"message_id": "a.0", "value": "up"}).status_code == 401
    assert server.agent.received == []


def test_a_sender_id_in_the_body_is_ignored(serve: Any, chat: Any) -> None:
    server = serve(shop)
    say(chat(server), "hi", sender="somebody", sender_id="somebody")
    assert sender_of(server).startswith("web-")


def test_a_slash_never_reaches_rasa_as_an_intent(serve: Any, chat: Any) -> None:
    server = serve(shop)
    say(chat(server), " /track_order{}")
    assert server.agent.received[0].text == "track_order{}"


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "/", "///"])
def test_an_empty_message_gets_a_kind_text(serve: Any, chat: Any, text: str) -> None:
    answer = say(chat(serve(shop)), text)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "empty")


def test_a_long_message_gets_a_kind_text(serve: Any, chat: Any) -> None:
    server = serve(shop)
    client = chat(server)
    answer = say(client, "x" * 2001)
    assert answer.status_code == 413
    assert answer.json()["error"]["text"].startswith("That is too long")
    assert say(client, "x" * 2000).status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_megabyte_is_refused_kindly_and_the_server_goes_on(serve: Any, chat: Any, chunked: bool) -> None:
    client = chat(serve(shop))
    body = b'{"text": "' + b"x" * 1_000_000 + b'"}'
    content = (body[at : at + 65536] for at in range(0, len(body), 65536)) if chunked else body
    answer = client.post("/chat/messages", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_long")
    assert say(client, "still there?").status_code == 200


def test_a_large_body_around_a_short_text_is_refused(serve: Any, chat: Any) -> None:
    assert say(chat(serve(shop)), "hi", padding="x" * 40_000).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"hi"',
        b"\xff",
        pytest.param(b"[" * 20000, id="deep"),
        b"{}",
        b'{"text": 3}',
    ],
)
def test_what_is_no_message_is_refused_kindly(serve: Any, chat: Any, body: bytes) -> None:
    client = chat(serve(shop))
    answer = client.post("/chat/messages", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")


def test_a_form_or_a_page_of_another_site_is_refused(serve: Any, chat: Any) -> None:
    client = chat(serve(shop))
    assert client.post("/chat/messages", content=b'{"text": "hi"}').status_code == 415
    headers = {"sec-fetch-site": "cross-site"}
    assert client.post("/chat/messages", json={"text": "hi"}, headers=headers).status_code == 403


def test_a_sender_who_is_too_fast_is_asked_to_wait(serve: Any, chat: Any) -> None:
    server = serve(shop, web={"messages_burst": 2})
    client = chat(server)
    answers = [say(client, "hi") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert "faster than I can read" in answers[-1].json()["error"]["text"]
    assert say(chat(server), "hi").status_code == 200


def test_an_address_cannot_get_round_the_limit_with_new_sessions(serve: Any) -> None:
    server = serve(shop, web={"address_messages_burst": 3})
    client = httpx.Client(base_url=server.url, trust_env=False)
    codes = [client.post("/chat/session", json={"restart": True}).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]


def test_a_failing_turn_gives_a_kind_text_and_no_traceback(serve: Any, chat: Any) -> None:
    answer = say(chat(serve(shop)), "fail")
    assert answer.status_code == 503
    assert answer.json()["error"]["text"].startswith("Sorry")
    assert "traceback" not in answer.text.lower()


def test_the_kind_texts_are_the_designers(serve: Any, chat: Any) -> None:
    server = serve(shop, web={"texts": {"failed": "Oh dear."}})
    assert say(chat(server), "fail").json()["error"]["text"] == "Oh dear."


def test_a_turn_without_an_answer_still_says_something(serve: Any, chat: Any) -> None:
    messages = say(chat(serve(shop)), "nothing").json()["messages"]
    assert messages[0]["text"].startswith("Sorry") and messages[0]["id"] is None


def test_without_a_model_the_customer_is_told_kindly(serve: Any, chat: Any) -> None:
    server = serve(shop)
    client = chat(server)
    assert client.get("/chat/health").json() == {"status": "ok"}
    server.agent.ready = False
    assert client.get("/chat/health").status_code == 503
    assert say(client, "hi").status_code == 503


def test_a_slow_turn_is_reported_and_its_answer_comes_with_the_history(serve: Any, chat: Any) -> None:
    client = chat(serve(shop, web={"timeout_seconds": 0.2}))
    assert say(client, "slow").status_code == 504
    assert say(client, "hello?").status_code == 409
    assert client.get("/chat/history").json()["busy"] is True
    time.sleep(0.8)
    history = client.get("/chat/history").json()
    assert history["busy"] is False
    assert [m["text"] for m in history["messages"]] == ["slow", "You said slow"]


def test_the_history_has_what_was_said_with_the_same_ids(serve: Any, chat: Any) -> None:
    client = chat(serve(shop))
    name = uuid4().hex
    live = say(client, "returns", id=name).json()
    history = client.get("/chat/history").json()["messages"]
    assert live["message_id"] == name == history[0]["id"]
    assert history[0]["from"] == "customer"
    assert live["messages"][0] == history[1]
    assert history[1]["citations"] == [CITATION]


@pytest.mark.parametrize("name", ["a", "../x", "A" * 32, 7, "0" * 33])
def test_a_message_id_of_another_form_is_replaced(serve: Any, chat: Any, name: Any) -> None:
    assert say(chat(serve(shop)), "hi", id=name).json()["message_id"] != name


def test_reading_a_history_makes_no_conversation(serve: Any, chat: Any) -> None:
    server = serve(shop)
    empty = {"messages": [], "handed_over": False, "busy": False, "cursor": 0.0}
    assert chat(server).get("/chat/history").json() == empty
    assert list(server.run(server.agent.tracker_store.keys())) == []


def test_one_customer_never_sees_anothers_history(serve: Any, chat: Any) -> None:
    server = serve(shop)
    say(chat(server), "secret")
    assert chat(server).get("/chat/history").json()["messages"] == []


def test_a_button_leaves_as_a_token_and_comes_back_as_its_payload(serve: Any, chat: Any) -> None:
    server = serve(shop)
    client = chat(server)
    answer = say(client, "which")
    assert "track_order" not in answer.text and "FH-1001" not in answer.text
    button = answer.json()["messages"][1]["buttons"][0]
    assert button["title"] == "Where is it?"
    assert client.post("/chat/messages", json={"payload": button["token"]}).status_code == 200
    assert server.agent.received[-1].text == BUTTONS[0]["payload"]
    said = [m["text"] for m in client.get("/chat/history").json()["messages"] if m["from"] == "customer"]
    assert said == ["which", "Where is it?"]


@pytest.mark.parametrize("token", ["forged", "", '/track_order{"order_number": "FH-1001"}'])
def test_a_forged_token_is_refused(serve: Any, chat: Any, token: str) -> None:
    server = serve(shop)
    answer = chat(server).post("/chat/messages", json={"payload": token})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "bad_button")
    assert server.agent.received == []


def test_a_token_of_another_customer_is_refused(serve: Any, chat: Any) -> None:
    server = serve(shop)
    token = say(chat(server), "which").json()["messages"][1]["buttons"][0]["token"]
    assert chat(server).post("/chat/messages", json={"payload": token}).status_code == 403


def test_feedback_is_stored_in_the_tracker_and_shown_in_the_history(serve: Any, chat: Any) -> None:
    server = serve(shop)
    client = chat(server)
    name = say(client, "hi").json()["messages"][0]["id"]
    for value in ("up", "down"):
        answer = client.post("/chat/feedback", json={"message_id": name, "value": value})
        assert answer.json() == {"saved": True}
    tracker = server.run(server.agent.tracker_store.retrieve(sender_of(server)))
    stored = [event.value for event in tracker.events if isinstance(event, SlotSet)]
    assert [(value["message_id"], value["value"]) for value in stored] == [(name, "up"), (name, "down")]
    assert all(abs(value["time"] - time.time()) < 60 for value in stored)
    assert tracker.get_slot("feedback")["value"] == "down"
    assert client.get("/chat/history").json()["messages"][1]["feedback"] == "down"


def test_feedback_can_be_taken_back(serve: Any, chat: Any) -> None:
    client = chat(serve(shop))
    name = say(client, "hi").json()["messages"][0]["id"]
    for value in ("up", "none"):
        client.post("/chat/feedback", json={"message_id": name, "value": value})
    assert "feedback" not in client.get("/chat/history").json()["messages"][1]


@pytest.mark.parametrize(
    "body, status",
    [
        ({"message_id": "x.0", "value": "up"}, 404),
        ({"message_id": "own", "value": "sideways"}, 400),
        ({"message_id": 3, "value": "up"}, 400),
        ({"message_id": "customer", "value": "up"}, 404),
    ],
)
def test_feedback_that_fits_no_bot_message_is_refused(serve: Any, chat: Any, body: Any, status: int) -> None:
    client = chat(serve(shop))
    answer = say(client, "hi").json()
    names = {"own": answer["messages"][0]["id"], "customer": answer["message_id"]}
    body = {**body, "message_id": names.get(body["message_id"], body["message_id"])}
    assert client.post("/chat/feedback", json=body).status_code == status


def test_after_a_handover_the_bot_is_silent_and_the_colleagues_words_arrive(serve: Any, chat: Any) -> None:
    server = serve(shop)
    client = chat(server)
    assert say(client, "person").json()["handed_over"] is True
    quiet = say(client, "are you there?").json()
    assert (quiet["messages"], quiet["handed_over"]) == ([], True)
    cursor = client.get("/chat/history").json()["cursor"]
    said = BotUttered("Priya here", metadata={"author": "colleague", "name": "Priya"})
    server.run(server.agent.append(sender_of(server), said))
    news = client.get("/chat/history", params={"after": cursor}).json()
    assert [(m["from"], m["name"], m["text"]) for m in news["messages"]] == [
        ("colleague", "Priya", "Priya here")
    ]
    assert client.get("/chat/history", params={"after": news["cursor"]}).json()["messages"] == []


@pytest.mark.parametrize("after", ["soon", "1e999x"])
def test_a_history_after_no_time_is_refused(serve: Any, chat: Any, after: str) -> None:
    assert chat(serve(shop)).get("/chat/history", params={"after": after}).status_code == 400


def test_every_answer_carries_the_security_headers(serve: Any, chat: Any) -> None:
    client = chat(serve(shop))
    for answer in (
        client.get("/chat/"),
        client.get("/chat/history"),
        say(client, ""),
        client.get("/chat/help/x"),
    ):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
