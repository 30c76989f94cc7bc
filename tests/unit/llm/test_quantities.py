import pytest

from llm.support.quantities import Quantity, quantities


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("two weeks", "14 days"),
        ("a fortnight", "two weeks"),
        ("25 euros", "€25"),
        ("£2 million", "2,000,000 pounds"),
        ("4,95 €", "4.95 euro"),
        ("fünfundzwanzig tage", "25 tage"),
        ("twenty-five days", "25 days"),
        ("2 pm", "14:00"),
        ("14 uhr", "2 pm"),
        ("12 months", "a year"),
        ("two to four working days", "2–4 working days"),
        ("1 tb", "1000 gb"),
    ],
)
def test_the_same_quantity_in_other_words(first: str, second: str) -> None:
    said, held = quantities(first), quantities(second)
    assert said and len(said) == len(held)
    assert all(one.is_in(held) for one in said)


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("£3.95", "£2.95"),
        ("£3.95", "€3.95"),
        ("4 days", "4 working days"),
        ("4 days", "4 hours"),
        ("2 pm", "2 am"),
        ("over £60", "under £60"),
        ("a month", "a year"),
        ("18 december", "18 november"),
        ("x300", "x200"),
        ("0800 555 0198", "0800 555 0199"),
        ("7 days", "in the week before"),
        ("several weeks", "several days"),
        ("half of the fare", "a quarter of the fare"),
        ("1,500 m", "1.5 m"),
    ],
)
def test_another_quantity(said: str, held: str) -> None:
    assert quantities(said)
    assert not all(one.is_in(quantities(held)) for one in quantities(said))


def test_both_ends_of_a_range_have_its_unit() -> None:
    assert quantities("2–4 working days") == [Quantity(2.0, "working days"), Quantity(4.0, "working days")]


def test_a_unit_may_be_left_out_but_not_made_up() -> None:
    assert quantities("it costs 5")[0].is_in(quantities("it costs £5"))
    assert not quantities("it costs £5")[0].is_in(quantities("it costs 5"))
