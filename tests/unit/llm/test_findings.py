from pathlib import Path

import pytest

from llm.knowledge.findings import Finding, findings
from llm.knowledge.index import KnowledgeIndex
from tests.unit.llm.conftest import HashingEncoder


@pytest.fixture
def examine(tmp_path: Path, encoder: HashingEncoder):  # type: ignore[no-untyped-def]
    """Call it with articles, by file name; what is found comes back."""

    def found(**articles: str) -> list[Finding]:
        folder = tmp_path / "articles"
        folder.mkdir()
        for name, text in articles.items():
            (folder / f"{name}.md").write_text(text, encoding="utf-8")
        with KnowledgeIndex(tmp_path / "index", encoder) as index:
            index.update(folder)
            return findings(index.contents)

    return found


def test_other_numbers_for_the_same_thing_contradict_each_other(examine) -> None:  # type: ignore[no-untyped-def]
    (one,) = examine(
        a="# Returns\n\n## Return period\n\nUnused tents can be returned within 30 days of delivery.",
        b="# Tents\n\n## Returning a tent\n\nYou can return unused tents within 14 days of delivery.",
    )
    assert (one.kind, one.why) == ("contradiction", "different days")
    assert (one.first.document, one.second.heading) == ("a.md", "Returning a tent")


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("The prepaid label is free in Kendal.", "The prepaid label in Kendal costs £3.", "different prices"),
        (
            "Dogs are allowed in our shops.",
            "Dogs are not allowed in our shops.",
            "one denies what the other says",
        ),
        (
            "The bakery is open on Sundays.",
            "The bakery is closed on Sundays.",
            "one denies what the other says",
        ),
        ("Delivery to Wales takes 2 weeks.", "Delivery to Wales takes 14 days.", ""),
        ("Express parcels to Wales cost £4.", "Express parcels to Spain cost £9.", ""),
        ("Delivery is free for orders over £60.", "Delivery costs £4 for orders under £60.", ""),
        ("Tariff S includes 5 GB of data.", "Tariff M includes 20 GB of data.", ""),
        ("Dogs are allowed in shops on Sundays.", "Dogs are not allowed in shops except on Sundays.", ""),
    ],
)
def test_only_what_cannot_both_be_true_contradicts(examine, first: str, second: str, why: str) -> None:  # type: ignore[no-untyped-def]
    found = examine(a=f"# Prices\n\n{first}", b=f"# All prices\n\n{second}")
    assert [one.why for one in found] == ([why] if why else [])


def test_what_is_said_of_a_special_case_is_not_said_of_another_one(examine) -> None:  # type: ignore[no-untyped-def]
    express = "# Parcels\n\n## Parcels by night\n\nParcels to Wales and Cornwall take 2 days."
    insured = "# Insured parcels\n\n## Parcels\n\nInsured parcels to Wales and Cornwall take 5 days."
    assert examine(a=express, b=insured) == []


def test_one_question_about_two_hotels_has_two_answers(examine) -> None:  # type: ignore[no-untyped-def]
    same = "## How much is parking?\n\nGuests park behind the house for"
    assert examine(a=f"# Alpha Lodge\n\n{same} £5.", b=f"# Beta Inn\n\n{same} £9.") == []


def test_an_audience_of_its_own_may_have_terms_of_its_own(examine) -> None:  # type: ignore[no-untyped-def]
    text = "## Invoices\n\nInvoices of the shop are due within"
    trade = f"---\ntitle: Invoices\naudience: trade\n---\n{text} 60 days."
    assert examine(a=f"---\ntitle: Invoices\n---\n{text} 14 days.", b=trade) == []


def test_two_sections_are_named_once_however_often_they_differ(examine) -> None:  # type: ignore[no-untyped-def]
    text = "Parcels to Wales take {} days. Unused tents can be returned within {} weeks."
    found = examine(a=f"# One\n\n{text.format(2, 3)}", b=f"# Two\n\n{text.format(4, 5)}")
    assert [one.kind for one in found] == ["contradiction"]


def test_sections_about_one_thing_that_say_different_things_are_no_duplicates(examine) -> None:  # type: ignore[no-untyped-def]
    text = "Tents, tent pegs, tent poles and tent bags are kept dry, clean and cool"
    found = examine(
        a=f"# Tents\n\n## Storing\n\n{text}; brush mud away, rinse zips, dry seams outside.",
        b=f"# Camping\n\n## Tents\n\n{text}; moths eat wool liners, so hang cedar nearby always.",
    )
    assert found == []


def test_sections_with_almost_the_same_words_are_duplicates_once(examine) -> None:  # type: ignore[no-untyped-def]
    text = "Open the link in the dispatch message to see where your parcel is. {} it once the courier came."
    (one,) = examine(
        a=f"# Tracking\n\n## Where is it?\n\n{text.format('Track')}",
        b=f"# Parcels\n\n## Tracking\n\n{text.format('Follow')}",
        c="# Boots\n\n## Care\n\nBrush boots, dry them slowly, and wax them when the leather looks pale.",
    )
    assert (one.kind, {one.first.document, one.second.document}) == ("duplicate", {"a.md", "b.md"})
