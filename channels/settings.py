"""The connectors' settings, as `credentials.yml` gives them, and the words they say themselves.

Everything the assistant says comes from the domain's responses; these texts are only for what happens before
or instead of a turn (a message too long, a server that does not answer). A designer overrides them under
`texts:`.
"""

from pathlib import Path
from typing import Any, Literal, Optional, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rasa.shared.exceptions import RasaException


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Texts(_Settings):
    """What a customer reads when a message does not reach the assistant. `{limit}` is the length allowed."""

    too_long: str = "That is too long for me to read at once. Could you say it in under {limit} characters?"
    empty: str = "I could not see any words in that message. What can I help you with?"
    too_fast: str = "You are writing faster than I can read. Please give me a moment, then try again."
    busy: str = "I am still working on your last message. One moment, please."
    slow: str = "This is taking longer than usual. I am still on it, and the answer will appear here."
    failed: str = "Sorry, something went wrong on our side. Please try again in a moment."
    no_answer: str = "Sorry, I have no answer to that right now. Could you put it another way?"
    bad_button: str = "That button no longer works. Please type your question instead."
    no_session: str = "This conversation has expired. Please reload the page to start a new one."
    bad_request: str = "That message did not arrive in a form I can read."
    not_found: str = "That page does not exist."
    handed_over: str = "A colleague has been asked and will write here"


class WebSettings(_Settings):
    """Settings of `channels.web.WebInput`."""

    secret_file: Path = Path("var/secrets/channel.key")
    help_folder: Path = Path("var/help")
    title: str = "Customer service"
    subtitle: str = "Online assistant"
    welcome: str = "Hello! How can I help you today?"
    suggestions: list[str] = Field(default=[], max_length=6)
    accent: str = Field(default="#2f6b4f", pattern=r"^#[0-9a-fA-F]{6}$")
    image_hosts: list[str] = []
    secure_cookie: bool = False
    session_days: int = Field(default=30, ge=1, le=365)
    timeout_seconds: float = Field(default=30, gt=0)
    poll_seconds: float = Field(default=4, ge=0.2)
    max_text_length: int = Field(default=2000, ge=1)
    max_body_bytes: int = Field(default=32_768, ge=1024)
    messages_per_minute: float = Field(default=20, gt=0)
    messages_burst: int = Field(default=10, ge=1)
    address_messages_per_minute: float = Field(default=120, gt=0)
    address_messages_burst: int = Field(default=60, ge=1)
    texts: Texts = Texts()


class RestSettings(_Settings):
    """Settings of `channels.rest.SafeRestInput`."""

    enabled_for: Literal["loopback", "everyone"] = "loopback"
    token: Optional[str] = Field(default=None, min_length=16, repr=False)
    timeout_seconds: float = Field(default=30, gt=0)
    max_text_length: int = Field(default=2000, ge=1)
    max_body_bytes: int = Field(default=32_768, ge=1024)
    texts: Texts = Texts()


SettingsType = TypeVar("SettingsType", bound=_Settings)


def read_settings(kind: type[SettingsType], credentials: Optional[dict[str, Any]]) -> SettingsType:
    """Check a connector's part of `credentials.yml`.

    Raises:
        RasaException: A key is unknown or a value does not fit; the message names each.
    """
    try:
        return kind.model_validate(credentials or {})
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        known = ", ".join(kind.model_fields)
        raise RasaException(
            f"credentials.yml has unusable chat settings: {problems}. Known keys: {known}."
        ) from None


def _problem(detail: Any) -> str:
    key = ".".join(str(part) for part in detail["loc"])
    shown = "" if key == "token" else f" ({detail['input']!r})"
    return f"'{key}'{shown}: {detail['msg']}"
