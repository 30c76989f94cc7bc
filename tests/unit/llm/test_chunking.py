import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from llm.knowledge.chunking import chunk_document, headings_of
from llm.knowledge.loading import Document, load_document
from llm.knowledge.phrases import phrases_of


def document(text: str, title: str = "Article") -> Document:
    return Document("article.md", title, "", "", (), text, "v1")


def test_chunks_follow_headings_and_name_their_path_and_anchor() -> None:
    chunks = chunk_document(
        document("# Article\n\nIntro.\n\n## Costs\n\nMoney.\n\n### Abroad\n\nMore money.\n")
    )
    assert [(c.heading_path, c.anchor) for c in chunks] == [
        ((), "article"),
        (("Costs",), "costs"),
        (("Costs", "Abroad"), "abroad"),
    ]
    assert chunks[2].context == "Article – Costs – Abroad"


def test_a_heading_without_words_names_nothing() -> None:
    text = "## Costs\n\nMoney.\n\n### ![](plan.png)\n\nMore.\n\n## \n\nLast.\n"
    chunks = chunk_document(document(text))
    assert [c.heading_path for c in chunks] == [("Costs",), ("Costs",), ()]
    assert all(phrase for chunk in chunks for phrase in phrases_of(chunk))


def test_the_span_is_the_text_in_the_document(knowledge: Path) -> None:
    loaded = load_document(knowledge / "delivery.md")
    chunks = chunk_document(loaded)
    assert len(chunks) == 3
    for chunk in chunks:
        assert loaded.text[chunk.start : chunk.end] == chunk.text
        assert chunk.version == loaded.version


def test_a_long_table_stays_whole() -> None:
    table = "| A | B |\n|---|---|\n" + "".join(f"| row {i} | value {i} |\n" for i in range(200))
    chunks = chunk_document(document(f"## Long\n\n{table}\nAfter it.\n"), max_characters=300)
    assert chunks[0].text.strip() == table.strip()
    assert len(chunks) == 2


def test_long_lists_are_cut_between_items_and_keep_nested_ones() -> None:
    items = "".join(f"- item number {i} with some words\n  - nested {i}\n" for i in range(20))
    chunks = chunk_document(document(f"## List\n\nAll of these:\n\n{items}"), max_characters=200)
    assert len(chunks) > 3
    assert all(c.text.lstrip().startswith(("- item", "All of these:")) for c in chunks)


def test_long_paragraphs_are_cut_between_sentences() -> None:
    chunks = chunk_document(
        document("## P\n\n" + "This is one sentence of some length. " * 30), max_characters=200
    )
    assert len(chunks) > 4
    assert all(len(c.text) <= 200 and c.text.startswith("This") for c in chunks)


def test_repeated_headings_get_different_anchors() -> None:
    assert [h.anchor for h in headings_of("## Costs\n\nA\n\n## Costs\n\nB\n\n## Costs 2\n")] == [
        "costs",
        "costs-2",
        "costs-2-2",
    ]


def test_marks_inside_code_are_no_headings() -> None:
    assert [h.text for h in headings_of("## Real\n\n```\n# not one\n```\n")] == ["Real"]


@given(
    st.lists(
        st.sampled_from(
            ["## Head", "Text. More text.", "- item", "1. step", "", "| a | b |", "|---|---|", "> q"]
        )
    )
)
def test_no_text_is_lost_and_spans_never_overlap(lines: list) -> None:
    text = "\n\n".join(lines)
    chunks = chunk_document(document(text), max_characters=30)
    for before, after in itertools.pairwise(chunks):
        assert before.end <= after.start
    said = " ".join(c.text for c in chunks)
    assert said.count("Text. More text.") == lines.count("Text. More text.")
