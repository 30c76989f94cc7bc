import pytest

from llm.plain import normalised


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is  my parcel?!", "where is my parcel"),
        ("Straße", "STRASSE"),
        ("£5 off 😊", "£5 off"),
        ("№ 1001", "no 1001"),
    ],
)
def test_what_says_the_same_is_equal(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"), [("£5 off", "5 off"), ("5% off", "€5 off"), ("??", "!!"), ("", "?")]
)
def test_what_says_something_else_is_not(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)
