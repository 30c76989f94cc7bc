from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT

from components.message_limit import MessageLimit
from tests.unit.components.conftest import Rasa, said


@pytest.mark.parametrize(("text", "read"), [("", ""), ("1234", "1234"), ("12345", "1234")])
def test_a_message_is_read_as_far_as_allowed(rasa: Rasa, text: str, read: str) -> None:
    [message] = rasa.create(MessageLimit, characters=4).process([said(text)])
    assert message.get(TEXT) == read


@pytest.mark.parametrize("wrong", [0, -1, "many", None])
def test_a_wrong_limit_is_named(rasa: Rasa, wrong: Any) -> None:
    with pytest.raises(InvalidConfigException, match=f"characters is {wrong!r}"):
        rasa.create(MessageLimit, characters=wrong)
