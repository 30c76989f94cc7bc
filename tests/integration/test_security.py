"""Who may reach what: loopback only, the API with its key, a conversation with its own cookie."""

from typing import Any

import httpx
import psutil
import pytest

from tests.integration.home import Home
from tests.integration.talking import Customer, Visitor


def listening(home: Home) -> set[tuple[str, int]]:
    """Addresses on which the assistant's processes listen."""
    return {
        (connection.laddr.ip, connection.laddr.port)
        for process in home.running()
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }


def test_both_servers_listen_on_loopback_only(home: Home) -> None:
    assert listening(home) == {("127.0.0.1", home.rasa_port), ("127.0.0.1", home.actions_port)}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/conversations/{sender}/tracker"),
        ("POST", "/conversations/{sender}/tracker/events"),
        ("POST", "/conversations/{sender}/messages"),
        ("PUT", "/model"),
        ("DELETE", "/model"),
        ("POST", "/model/parse"),
        ("POST", "/model/train"),
        ("GET", "/status"),
        ("GET", "/domain"),
    ],
)
@pytest.mark.parametrize("token", ["", "wrong"])
def test_the_api_is_closed_without_its_key(
    customer: Customer, home: Home, method: str, path: str, token: str
) -> None:
    customer.say("hello")
    address = home.rasa + path.format(sender=customer.sender)
    answer = httpx.request(method, address, params={"token": token}, json={}, trust_env=False)
    assert answer.status_code == 401


def test_the_key_is_in_no_process_arguments_and_in_no_log(home: Home) -> None:
    arguments = [argument for process in home.running() for argument in process.cmdline()]
    assert arguments
    assert not any(home.key in argument for argument in arguments)
    assert home.key not in home.logs()


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
@pytest.mark.parametrize("path", ["/knowledge/ask", "/knowledge/index"])
def test_the_knowledge_is_closed_without_the_key(home: Home, path: str, headers: dict[str, str]) -> None:
    body: dict[str, Any] = {"question": "Do you ship to France?"}
    answer = httpx.post(home.actions + path, json=body, headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert "token" in answer.json()["error"]


def test_nobody_reads_a_conversation_with_a_forged_cookie(visitor: Visitor, home: Home) -> None:
    visitor.say("hello")
    cookie = visitor.http.cookies["rapport_chat"]
    payload, rest = cookie.split(".", 1)
    flipped = ("B" if payload[4] == "A" else "A").join((payload[:4], payload[5:]))
    for forged in ("", "web-1234", f"{flipped}.{rest}", f"{payload}.{rest[:-4]}AAAA", payload):
        stranger = httpx.Client(base_url=home.rasa, cookies={"rapport_chat": forged}, trust_env=False)
        for answer in (stranger.get("/chat/history"), stranger.post("/chat/messages", json={"text": "hi"})):
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "no_session"
    assert len(visitor.history()) == 2


def test_the_cookie_is_kept_from_scripts_and_other_sites(visitor: Visitor) -> None:
    header = visitor.session.headers["set-cookie"].lower()
    assert "httponly" in header
    assert "samesite=strict" in header


def test_the_rest_channel_does_not_open_a_page_visitors_conversation(home: Home) -> None:
    answer = Customer(home, "web-0123").post(json={"sender": "web-0123", "message": "hello"})
    assert answer.status_code == 403


def test_what_a_proxy_passes_on_is_not_taken_for_this_machine(customer: Customer) -> None:
    sent = {"sender": customer.sender, "message": "hello"}
    assert customer.post(json=sent, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 403


def test_another_site_cannot_make_a_visitors_browser_write(visitor: Visitor) -> None:
    answer = visitor.http.post(
        "/chat/messages", json={"text": "hello"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403
