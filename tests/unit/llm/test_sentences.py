from llm.knowledge.sentences import ordinary_words, plain_text, split_sentences


def texts(markdown: str) -> list:
    return [sentence.text for sentence in split_sentences(markdown)]


def test_sentences_end_at_full_stops_but_not_at_abbreviations_or_decimals() -> None:
    assert texts("It costs £3.95, e.g. for boots. Approx. two days later it arrives! Free?") == [
        "It costs £3.95, e.g. for boots.",
        "Approx. two days later it arrives!",
        "Free?",
    ]


def test_spans_point_at_the_source() -> None:
    markdown = "Returns are **free**.  They take\n5 days.\n\n- Item one\n"
    for sentence in split_sentences(markdown, offset=100):
        source = markdown[sentence.start - 100 : sentence.end - 100]
        assert plain_text(source) == sentence.text


def test_markdown_marks_are_not_shown() -> None:
    assert texts("See [our **shops**](https://x.example) and `FH-1001`.") == ["See our shops and FH-1001."]


def test_table_rows_become_readable_text() -> None:
    table = "| Country | Price | Kendal |\n|---|---|---|\n| Ireland | £9.50 | yes |\n| Norway | | no |\n"
    prose = "The price is in pounds. We are in Kendal."
    assert [s.text for s in split_sentences(table, ordinary=ordinary_words(prose))] == [
        "Ireland: price £9.50, Kendal yes.",
        "Norway: Kendal no.",
    ]


def test_lists_tell_lead_items_and_steps_apart() -> None:
    kinds = [
        s.kind
        for s in split_sentences(
            "You can pay with:\n\n- Visa\n- PayPal. It is safe.\n\n1. Open it.\n2. Done."
        )
    ]
    assert kinds == ["lead", "item", "item", "more", "step", "step"]


def test_headings_are_no_sentences() -> None:
    assert texts("## How long?\n\nTwo days.") == ["Two days."]


def test_german_ordinals_and_abbreviations_end_no_sentence() -> None:
    text = (
        "Geben Sie es am 30. Tag ab. Am 25. und 26. Dezember ist zu, z. B. in Kendal. "
        "Es sind 30. Danach geht nichts."
    )
    assert [sentence.text for sentence in split_sentences(text)] == [
        "Geben Sie es am 30. Tag ab.",
        "Am 25. und 26. Dezember ist zu, z. B. in Kendal.",
        "Es sind 30.",
        "Danach geht nichts.",
    ]
