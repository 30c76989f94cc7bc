from __future__ import annotations

import pytest

from llm.followups import rewrite_follow_up

CASES = [
    ("Was kostet der Versand nach Deutschland?", "und nach irland?", "Was kostet der Versand nach irland?"),
    ("Was kostet der Versand nach Irland?", "Und in die Schweiz?", "Was kostet der Versand in die Schweiz?"),
    ("Wie lange kann ich Zelte zurückgeben?", "gilt das für Stiefel?", "für Stiefel (Zelte zurückgeben)"),
    ("wie lange dauert die lieferung", "auch am wochenende?", "am wochenende (lieferung)"),
    ("wie ist die garantie auf zelte", "was ist mit stiefeln", "stiefeln (garantie zelte)"),
    ("wie lange habe ich garantie", "was deckt die ab?", "was deckt die ab (garantie)"),
    ("Was kostet der Expressversand?", "wie schnell ist der?", "wie schnell ist der (Expressversand)"),
    ("kann ich Socken zurückgeben", "warum nicht?", "warum nicht (Socken zurückgeben)"),
    ("was kostet die Geschenkkarte", "ok wie lang gilt die", "wie lang gilt die (Geschenkkarte)"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "question", "standalone"), CASES)
def test_a_german_follow_up_takes_what_it_lacks_from_the_question_before(
    before: str, question: str, standalone: str
) -> None:
    assert rewrite_follow_up(question, [before], "de") == standalone


@pytest.mark.parametrize(
    "question",
    [
        "Wann habt ihr geöffnet?",
        "Wie wasche ich eine Daunenjacke in der Waschmaschine?",
        "Mein Zelt hat ein Loch, könnt ihr es in der Werkstatt flicken?",
        "Gutscheine",
        "hallo",
        "1016",
        "",
        "🙂",
        "und",
    ],
)
def test_a_german_question_that_stands_alone_stays(question: str) -> None:
    assert rewrite_follow_up(question, ["kann ich ein Kletterseil zurückgeben?"], "de") == question


def test_a_language_without_rules_stays_as_it_is() -> None:
    assert rewrite_follow_up("et en Irlande?", ["combien coûte la livraison?"], "fr") == "et en Irlande?"


def test_a_very_long_message_is_looked_at_quickly() -> None:
    question = "und nach " * 20_000
    assert rewrite_follow_up(question, ["Was kostet der Versand nach Deutschland?"], "de")
