"""What the server signs: the cookie that names a conversation, and the payloads behind buttons.

The cookie is signed (itsdangerous). Button payloads are sealed (Fernet: encrypted and authenticated), so that
the page learns neither intents nor entity values, and bound to the sender id, so that nobody else can press
the button.
"""

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

import structlog
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from itsdangerous import BadSignature, URLSafeTimedSerializer
from rasa.shared.exceptions import RasaException

logger = structlog.get_logger(__name__)

_MIN_SECRET_BYTES = 32


@dataclass(frozen=True)
class Button:
    """What lies behind a button's token."""

    payload: str
    title: str


def load_secret(path: Path) -> bytes:
    """Read the channel's secret; make one (mode 0600) where there is none.

    Raises:
        RasaException: The file cannot be read or written, or holds less than 32 bytes.
    """
    try:
        if not path.exists():
            _create_secret(path)
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
            logger.warning("channel.secret.closed_to_others", path=str(path), mode="0600")
        secret = path.read_bytes().strip()
    except OSError as error:
        raise RasaException(
            f"The chat's secret file '{path}' cannot be used ({error.strerror}). "
            f"Make its folder writable or name another file as 'secret_file' in credentials.yml."
        ) from error
    if len(secret) < _MIN_SECRET_BYTES:
        raise RasaException(
            f"The chat's secret file '{path}' holds {len(secret)} bytes; {_MIN_SECRET_BYTES} are needed. "
            f"Delete it and start again: a new one is made."
        )
    return secret


def _create_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)  # never replaces a secret that another worker has made meanwhile
    except FileExistsError:
        pass
    finally:
        draft.unlink()


class SessionSigner:
    """Issues sender ids and reads them back from the cookie."""

    def __init__(self, secret: bytes, max_age_seconds: int) -> None:
        """Sign with `secret`; a cookie older than `max_age_seconds` no longer counts."""
        self.max_age_seconds = max_age_seconds
        self._serializer = URLSafeTimedSerializer(secret, salt="rapport.chat.session")

    def issue(self) -> tuple[str, str]:
        """Returns a new sender id and the cookie value that carries it."""
        sender_id = f"web-{secrets.token_hex(16)}"
        return sender_id, str(self._serializer.dumps(sender_id))

    def read(self, cookie: Optional[str]) -> Optional[str]:
        """Returns the sender id of a cookie that we signed, else None."""
        if not cookie:
            return None
        try:
            return str(self._serializer.loads(cookie, max_age=self.max_age_seconds))
        except BadSignature:
            return None


class ButtonSealer:
    """Turns button payloads into tokens and back."""

    def __init__(self, secret: bytes, max_age_seconds: int) -> None:
        """Seal with a key derived from `secret`; a token older than `max_age_seconds` no longer opens."""
        key = HKDF(SHA256(), length=32, salt=None, info=b"rapport.chat.button").derive(secret)
        self._fernet = Fernet(base64.urlsafe_b64encode(key))
        self._max_age_seconds = max_age_seconds

    def seal(self, sender_id: str, button: Button) -> str:
        """Returns the token that stands for a button in this sender's conversation."""
        content = json.dumps([sender_id, button.payload, button.title])
        return self._fernet.encrypt(content.encode()).decode()

    def open(self, sender_id: str, token: str) -> Optional[Button]:
        """Returns the button behind a token of this sender; None if it is forged, foreign or too old."""
        try:
            content = self._fernet.decrypt(token.encode(), ttl=self._max_age_seconds)
        except (InvalidToken, UnicodeError):
            return None
        owner, payload, title = json.loads(content)
        return Button(payload, title) if owner == sender_id else None
