from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rapport.errors import RapportError
from rapport.secret_files import ALL, API_KEY, make_secrets, read_secret


def test_missing_keys_are_made_once_and_for_the_owner_only(project: Path) -> None:
    assert make_secrets() == list(ALL)
    before = [file.read_text() for file in ALL]
    assert make_secrets() == []
    assert [file.read_text() for file in ALL] == before
    assert {stat.S_IMODE(file.stat().st_mode) for file in ALL} == {0o600}
    assert len(set(before)) == len(ALL) and all(len(key) >= 32 for key in before)


def test_a_key_that_others_may_read_is_closed_again(project: Path) -> None:
    make_secrets()
    API_KEY.chmod(0o644)
    make_secrets()
    assert stat.S_IMODE(API_KEY.stat().st_mode) == 0o600


def test_an_empty_key_is_made_anew(project: Path) -> None:
    make_secrets()
    API_KEY.write_text("\n")
    assert make_secrets() == [API_KEY]
    assert read_secret(API_KEY)


def test_a_missing_key_is_said_with_what_to_do(project: Path) -> None:
    with pytest.raises(RapportError, match=r"var/secrets/api\.key cannot be read .* `rapport up`"):
        read_secret(API_KEY)
