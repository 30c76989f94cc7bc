from __future__ import annotations

import pytest

from learning.review.wording import only_wording


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Gift cards are valid for 24 months.", "Your gift card is valid for two years."),
        ("Returns are free. Keep the receipt.", "Good news: returns are free, and do keep your receipt."),
        ("Lieferung kostet 3,95 €.", "Die Lieferung kostet 3,95 €."),
    ],
)
def test_the_same_facts_in_other_words(before: str, after: str) -> None:
    assert only_wording(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Gift cards are valid for 24 months.", "Gift cards are valid for 24 weeks."),
        ("Gift cards are valid for 24 months.", "Gift cards are valid."),
        ("Gift cards are valid.", "Gift cards are not valid."),
        ("Our shop in Kendal is open.", "Our shop in Keswick is open."),
        ("Delivery over £60 is free.", "Delivery under £60 is free."),
        ("Refunds are paid before we receive the parcel.", "Refunds are paid after we receive the parcel."),
        ("Please contact us by e-mail.", "Tents must be dry when they come back."),
        ("", "Gift cards are valid."),
        ("Gift cards are valid.", ""),
    ],
)
def test_other_facts(before: str, after: str) -> None:
    assert not only_wording(before, after)
