"""Keys that this installation makes for itself: never in the repository, never in a process's arguments."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from rapport.errors import RapportError

FOLDER = Path("var/secrets")
CHANNEL_KEY = FOLDER / "channel.key"  # signs the web chat's sender ids and buttons
API_KEY = FOLDER / "api.key"  # opens Rasa's HTTP API and the action server's own routes
LEARNING_KEY = FOLDER / "learning.key"  # makes pseudonyms of conversations' names; made by the first harvest
ALL = (CHANNEL_KEY, API_KEY)
OWNER_ONLY = 0o600


def make_secrets(files: tuple[Path, ...] = ALL) -> list[Path]:
    """Makes the missing keys and gives all of them to their owner only.

    Returns:
        The files that were made.
    """
    made = []
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not file.exists() or not file.read_text(encoding="utf-8").strip():
            _write(file, secrets.token_urlsafe(32))
            made.append(file)
        file.chmod(OWNER_ONLY)
    return made


def _write(file: Path, text: str) -> None:
    """Opens with the final mode: the key is readable to nobody else at any moment."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with os.fdopen(handle, "w", encoding="utf-8") as target:
        target.write(text)


def read_secret(file: Path) -> str:
    """The key in a file.

    Raises:
        RapportError: it is missing or may not be read.
    """
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise RapportError(
            f"The key {file} cannot be read ({error.strerror}): run `rapport up`, which makes it."
        ) from error
    if not text:
        raise RapportError(
            f"The key {file} is empty: delete it, then run `rapport up`, which makes a new one."
        )
    return text
