import pytest

from llm.knowledge.figures import figures_in, without_figures


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Delivery costs £9.50 and takes 4–6 working days.", {"price": {9.5}, "working days": {(4.0, 6.0)}}),
        ("within two weeks", {"days": {14.0}}),
        ("within 14 days", {"days": {14.0}}),
        ("for orders over £60", {"limit": {60.0}}),
        ("It is free of charge.", {"price": {0.0}}),
        ("A transfer costs 1.5% of the amount.", {"price": {1.5}}),
        ("The interest rate is 1.5%.", {"%": {1.5}}),
        ("open from 9:00 to 18:00", {"hour of day": {(9.0, 18.0)}}),
        ("closes at 5pm", {"hour of day": {17.0}}),
        ("up to £1,500 and 30p", {"limit": {1500.0}, "price": {0.3}}),
        ("Die Lieferung dauert 3 Werktage und ist kostenlos.", {"working days": {3.0}, "price": {0.0}}),
        ("order FH-1001", {}),
    ],
)
def test_figures_are_found_with_what_they_count(text: str, expected: dict) -> None:
    assert figures_in(text) == expected


def test_words_remain_without_their_figures() -> None:
    assert "within" in without_figures("returned within 30 days")
    assert not any(part in without_figures("returned within 30 days for £5 at 17:30") for part in "035£")
