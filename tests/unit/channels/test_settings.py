import pytest
from rasa.shared.exceptions import RasaException

from channels.settings import RestSettings, WebSettings, read_settings


def test_no_settings_mean_the_defaults() -> None:
    assert read_settings(WebSettings, None).max_text_length == 2000
    assert read_settings(RestSettings, None).enabled_for == "loopback"


def test_an_unknown_key_is_named_with_those_that_are_known() -> None:
    with pytest.raises(RasaException, match=r"'titel'.*Known keys: .*title"):
        read_settings(WebSettings, {"titel": "Shop"})


@pytest.mark.parametrize(
    "key, value", [("accent", "green"), ("max_text_length", 0), ("session_days", "soon")]
)
def test_a_value_that_does_not_fit_is_named(key: str, value: object) -> None:
    with pytest.raises(RasaException, match=key):
        read_settings(WebSettings, {key: value})


def test_a_token_never_stands_in_an_error_or_a_representation() -> None:
    with pytest.raises(RasaException) as caught:
        read_settings(RestSettings, {"token": "tooshort"})
    assert "tooshort" not in str(caught.value)
    assert "a-long-secret-token" not in repr(RestSettings(token="a-long-secret-token"))
