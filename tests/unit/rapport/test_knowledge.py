"""The knowledge with a small encoder of our own: the real index, no model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.progress import Progress

import llm.encoder
from bench.indexing import WRITERS
from llm.errors import LlmError
from rapport.errors import RapportError
from rapport.knowledge import SHOWN, ask, show_answer, show_report, update
from rapport.knowledge_local import knowledge_is_current
from rapport.secret_files import make_secrets
from rapport.settings import Knowledge, Server, Settings

ARTICLE = "# Delivery\n\n## To Ireland\n\nDelivery to Ireland costs £9.50 and takes 4–6 working days.\n"


class LetterEncoder:
    """Counts letters: texts that share words are near each other."""

    name, dim = "letters", 26

    def encode(self, texts: list[str]) -> np.ndarray:
        counts = np.array([[text.lower().count(chr(97 + n)) + 0.01 for n in range(26)] for text in texts])
        vectors: np.ndarray = (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)
        return vectors


@pytest.fixture
def settings(
    project: Path, monkeypatch: pytest.MonkeyPatch, free_port: Callable[[], int]
) -> Iterator[Settings]:
    """A folder with one article, and nothing running."""
    monkeypatch.setattr(llm.encoder, "load_encoder", lambda *_, **__: LetterEncoder())
    Path("knowledge").mkdir()
    Path("knowledge/delivery.md").write_text(ARTICLE, encoding="utf-8")
    yield Settings(server=Server(rasa_port=free_port(), actions_port=free_port()))


def index(settings: Settings) -> Any:
    return update(settings, Progress(disable=True))


def test_an_index_is_current_until_a_document_or_a_page_changes(settings: Settings) -> None:
    assert not knowledge_is_current(settings)
    assert list(index(settings).added) == ["delivery.md"]
    assert knowledge_is_current(settings)
    Path("knowledge/delivery.md").write_text(ARTICLE + "\nMore.\n", encoding="utf-8")
    assert not knowledge_is_current(settings)
    assert list(index(settings).changed) == ["delivery.md"]
    (settings.knowledge.help_folder / "index.html").unlink()
    assert not knowledge_is_current(settings)


def test_a_report_names_what_changed_and_what_was_left_out(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("knowledge/broken.pdf").write_bytes(b"no pdf")
    show_report(index(settings))
    shown = capsys.readouterr().out
    assert "new      delivery.md" in shown
    assert "left out broken.pdf" in shown
    assert "1 documents in" in shown


def test_a_question_is_answered_without_a_server(settings: Settings) -> None:
    with pytest.raises(RapportError, match="never indexed: run `rapport index`"):
        ask(settings, "How much is delivery to Ireland?")
    index(settings)
    answer = ask(settings, "How much is delivery to Ireland?")
    assert set(answer) == {*SHOWN, "citations"}
    assert (answer["generator"], answer["prompt"]) == ("extractive", "")
    assert answer["found"] and "£9.50" in answer["text"]
    assert answer["citations"][0]["url"] == "/chat/help/delivery.html#to-ireland"


def test_a_running_server_is_asked_instead_for_it_owns_the_index(
    settings: Settings, serving: Callable[..., Any]
) -> None:
    make_secrets()
    report = {name: [] for name in ("added", "changed", "removed", "unchanged", "skipped")}
    answers = {
        "GET /health": (200, {}),
        "POST /knowledge/ask": (200, {"found": True, "text": "Yes.", "confidence": 1.0, "citations": []}),
        "POST /knowledge/index": (200, {**report, "chunks": 3}),
    }
    with serving(answers) as server:
        running = settings.model_copy(update={"server": Server(actions_port=server.port)})
        assert ask(running, "Can I?")["text"] == "Yes."
        assert index(running).chunks == 3
    assert not settings.knowledge.chroma_folder.exists()


def test_articles_for_an_audience_are_found_and_shown_only_where_the_customers_are_that(
    settings: Settings,
) -> None:
    Path("knowledge/trade.md").write_text(
        "---\ntitle: Trade\naudience: [Trade, staff]\n---\n## Invoices\n\nInvoices are due within 60 days.\n"
    )
    index(settings)
    page = settings.knowledge.help_folder / "trade.html"
    assert (settings.knowledge.help_folder / "delivery.html").exists()
    assert "60 days" not in ask(settings, "When are invoices due?")["text"] and not page.exists()
    trade = settings.model_copy(update={"knowledge": Knowledge(audience=["press", "trade"])})
    assert not knowledge_is_current(trade)
    index(trade)
    assert "60 days" in ask(trade, "When are invoices due?")["text"] and page.exists()


def test_one_file_is_read_alone_and_all_others_stay_as_they_were(settings: Settings) -> None:
    Path("knowledge/wales.md").write_text("# Wales\n\nDelivery to Wales takes 2 days.\n", encoding="utf-8")
    index(settings)
    for name, text in (("delivery", ARTICLE.replace("£9.50", "£11")), ("wales", "# Wales\n\nNo delivery.\n")):
        Path(f"knowledge/{name}.md").write_text(text, encoding="utf-8")
    report = update(settings, Progress(disable=True), file="knowledge/delivery.md")
    assert (list(report.changed), list(report.unchanged)) == (["delivery.md"], ["wales.md"])
    assert "£11" in ask(settings, "How much is delivery to Ireland?")["text"]
    assert not knowledge_is_current(settings) and list(index(settings).changed) == ["wales.md"]
    Path("elsewhere.md").write_text(ARTICLE, encoding="utf-8")
    for file in ("elsewhere.md", "knowledge/none.md"):
        with pytest.raises(LlmError, match="is no file in knowledge/: put it there"):
            update(settings, Progress(disable=True), file=file)


@pytest.mark.parametrize("kind", ["md", "html", "docx", "pdf"])
def test_the_knowledge_may_be_one_file_of_any_kind(settings: Settings, kind: str) -> None:
    heading, text = "Delivery to Ireland", "Delivery to Ireland costs £9.50 and takes 4 working days."
    file = Path(f"handbook.{kind}")
    WRITERS[kind](file, "Handbook", [(heading, [text])])
    single = settings.model_copy(update={"knowledge": Knowledge(folder=file)})
    assert list(index(single).added) == [file.name] and knowledge_is_current(single)
    assert "£9.50" in ask(single, "How much is delivery to Ireland?")["text"]


def test_an_empty_question_is_refused(settings: Settings) -> None:
    with pytest.raises(RapportError, match="The question is empty"):
        ask(settings, "  ")


def test_a_missing_folder_is_said_so(settings: Settings) -> None:
    Path("knowledge/delivery.md").unlink()
    Path("knowledge").rmdir()
    with pytest.raises(LlmError, match="knowledge"):
        index(settings)


def test_answers_are_shown_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    cited = {"title": "Delivery", "heading": "To Ireland", "url": "/chat/help/delivery.html#to-ireland"}
    answer = {"found": True, "text": "It costs [£9.50].", "confidence": 0.912, "citations": [cited]}
    show_answer(answer, as_json=False)
    shown = capsys.readouterr().out
    assert "It costs [£9.50]." in shown and "confidence 0.91" in shown
    assert "→ Delivery, To Ireland  /chat/help/delivery.html#to-ireland" in shown
    show_answer(answer, as_json=True)
    assert json.loads(capsys.readouterr().out) == answer
    show_answer({**answer, "found": False, "text": "", "citations": []}, as_json=False)
    assert "does not hold an answer" in capsys.readouterr().out
