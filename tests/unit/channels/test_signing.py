import stat
from pathlib import Path

import pytest
from rasa.shared.exceptions import RasaException

from channels.signing import Button, ButtonSealer, SessionSigner, load_secret

SECRET = b"k" * 32
PAYLOAD = '/track_order{"order_number": "FH-1001"}'


def test_the_secret_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "channel.key"
    secret = load_secret(path)
    assert len(secret) >= 32 and load_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["channel.key"]


def test_a_secret_that_others_can_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "channel.key"
    path.write_bytes(SECRET)
    path.chmod(0o644)
    load_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_short_secret_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "channel.key"
    path.write_text("short")
    with pytest.raises(RasaException, match=r"5 bytes.*Delete it"):
        load_secret(path)


def test_a_secret_that_cannot_be_written_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("a file where a folder should be")
    with pytest.raises(RasaException, match=r"secrets/channel\.key"):
        load_secret(tmp_path / "secrets" / "channel.key")


def test_sender_ids_are_new_each_time_and_read_back_from_the_cookie() -> None:
    signer = SessionSigner(SECRET, 60)
    (one, cookie), (other, _) = signer.issue(), signer.issue()
    assert one != other and one.startswith("web-")
    assert signer.read(cookie) == one


@pytest.mark.parametrize("cookie", [None, "", "web-1234", "a.b.c", "é"])
def test_a_cookie_that_we_did_not_sign_names_nobody(cookie: str) -> None:
    assert SessionSigner(SECRET, 60).read(cookie) is None


def test_a_changed_foreign_or_old_cookie_names_nobody() -> None:
    cookie = SessionSigner(SECRET, 60).issue()[1]
    assert SessionSigner(SECRET, 60).read("x" + cookie[1:]) is None
    assert SessionSigner(b"o" * 32, 60).read(cookie) is None
    assert SessionSigner(SECRET, -1).read(cookie) is None


def test_a_button_opens_for_its_own_sender_only() -> None:
    sealer = ButtonSealer(SECRET, 60)
    token = sealer.seal("web-1", Button(PAYLOAD, "Where is it?"))
    assert sealer.open("web-1", token) == Button(PAYLOAD, "Where is it?")
    assert sealer.open("web-2", token) is None


def test_a_token_shows_nothing_of_the_payload() -> None:
    import base64

    token = ButtonSealer(SECRET, 60).seal("web-1", Button(PAYLOAD, "Where is it?"))
    assert b"track_order" not in base64.urlsafe_b64decode(token)


@pytest.mark.parametrize("token", ["", "forged", "é", PAYLOAD])
def test_a_forged_token_opens_nothing(token: str) -> None:
    assert ButtonSealer(SECRET, 60).open("web-1", token) is None


def test_a_session_cookie_is_no_button() -> None:
    cookie = SessionSigner(SECRET, 60).issue()[1]
    assert ButtonSealer(SECRET, 60).open("web-1", cookie) is None
