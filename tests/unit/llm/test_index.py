import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from llm.errors import IndexInUseError, KnowledgeError
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import HybridRetriever
from tests.unit.llm.conftest import HashingEncoder


def test_the_first_update_adds_everything(tmp_path: Path, knowledge: Path, encoder: HashingEncoder) -> None:
    with KnowledgeIndex(tmp_path / "index", encoder) as index:
        report = index.update(knowledge)
    assert report.added == ("delivery.md", "returns.md")
    assert (report.changed, report.removed, report.unchanged, report.skipped) == ((), (), (), ())
    assert report.chunks == len(index.contents.chunks) == 5


def test_a_reopened_index_holds_the_same_and_encodes_nothing(index: KnowledgeIndex, tmp_path: Path) -> None:
    index.close()
    encoder = HashingEncoder()
    with KnowledgeIndex(tmp_path / "index", encoder) as reopened:
        assert encoder.encoded == []
        assert reopened.contents.chunks == index.contents.chunks
        np.testing.assert_allclose(reopened.contents.vectors, index.contents.vectors, atol=1e-6)
        np.testing.assert_allclose(
            reopened.contents.all_sentence_vectors, index.contents.all_sentence_vectors, atol=1e-6
        )


def test_only_changed_documents_are_embedded_again(
    index: KnowledgeIndex, knowledge: Path, encoder: HashingEncoder
) -> None:
    (knowledge / "returns.md").write_text("# Returns\n\nWithin 60 days.")
    encoder.encoded.clear()
    report = index.update(knowledge)
    assert (report.changed, report.unchanged) == (("returns.md",), ("delivery.md",))
    assert encoder.encoded and not any("Delivery" in text for text in encoder.encoded)
    assert [c.text.strip() for c in index.contents.chunks if c.document == "returns.md"] == [
        "Within 60 days."
    ]


def test_deleted_documents_leave_the_index(index: KnowledgeIndex, knowledge: Path) -> None:
    (knowledge / "returns.md").unlink()
    assert index.update(knowledge).removed == ("returns.md",)
    assert {chunk.document for chunk in index.contents.chunks} == {"delivery.md"}
    assert index.update(knowledge).unchanged == ("delivery.md",)


def test_unreadable_files_are_reported_and_keep_nothing_else_out(
    index: KnowledgeIndex, knowledge: Path
) -> None:
    (knowledge / "new.pdf").write_bytes(b"broken")
    report = index.update(knowledge)
    assert [skipped.path for skipped in report.skipped] == ["new.pdf"]
    assert "Repair or remove it" in report.skipped[0].reason


def test_a_document_that_breaks_keeps_its_last_good_version(index: KnowledgeIndex, knowledge: Path) -> None:
    (knowledge / "returns.md").write_bytes(b"---\ntitle: [broken\n---\n")
    report = index.update(knowledge)
    assert report.removed == () and [s.path for s in report.skipped] == ["returns.md"]
    assert "returns.md" in {chunk.document for chunk in index.contents.chunks}


def test_progress_is_told_for_each_document(tmp_path: Path, knowledge: Path, encoder: HashingEncoder) -> None:
    told: list = []
    with KnowledgeIndex(tmp_path / "index", encoder) as index:
        index.update(knowledge, lambda *step: told.append(step))
    assert told == [(0, 2, "delivery.md"), (1, 2, "returns.md"), (2, 2, "")]


def test_another_encoder_starts_an_empty_index(index: KnowledgeIndex, tmp_path: Path) -> None:
    index.close()
    other = HashingEncoder()
    other.name = "other"
    with KnowledgeIndex(tmp_path / "index", other) as reopened:
        assert reopened.contents.chunks == ()


def test_a_torn_write_is_seen_and_mended(index: KnowledgeIndex, tmp_path: Path, knowledge: Path) -> None:
    index._store._chunks.delete(
        ids=[next(c.id for c in index.contents.chunks if c.document == "delivery.md")]
    )
    index.close()
    with KnowledgeIndex(tmp_path / "index", HashingEncoder()) as reopened:
        assert {chunk.document for chunk in reopened.contents.chunks} == {"returns.md"}
        assert reopened.update(knowledge).added == ("delivery.md",)


def test_a_second_owner_is_refused_with_the_first_ones_pid(index: KnowledgeIndex, tmp_path: Path) -> None:
    with pytest.raises(IndexInUseError, match=rf"in use by process {os.getpid()}\. Stop"):
        KnowledgeIndex(tmp_path / "index", HashingEncoder())


def test_another_process_is_refused_too_and_let_in_after_close(index: KnowledgeIndex, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from llm.knowledge.chroma import locked\n"
        "try: locked(Path(sys.argv[1])); print('in')\nexcept Exception as e: print(type(e).__name__)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "index")]
    assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == "IndexInUseError"
    index.close()
    assert subprocess.run(command, capture_output=True, text=True).stdout.strip() == "in"


def test_a_damaged_directory_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "chroma.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(KnowledgeError, match=r"is damaged .* Run `rapport index --rebuild`"):
        KnowledgeIndex(tmp_path / "index", HashingEncoder())


def test_answers_go_on_while_documents_come_and_go(index: KnowledgeIndex, knowledge: Path) -> None:
    """Every search sees one state of the knowledge, with the sentences' vectors of its own chunks."""
    retriever, done = HybridRetriever(index), threading.Event()
    seen, errors = set(), []

    def ask() -> None:
        while not done.is_set():
            try:
                for passage in retriever.search("how long can I return unused items", 5):
                    assert passage.sentences is not None
                    assert len(passage.sentences) == len(passage.chunk.sentences)
                    seen.add(passage.chunk.document)
            except Exception as error:  # whatever it is, it must not happen
                errors.append(error)
                return

    asking = threading.Thread(target=ask)
    asking.start()
    extra = knowledge / "extra.md"
    for number in range(8):
        text = "Unused items can be returned.\n" * (number + 1)
        extra.write_text("\n\n".join(f"## Return items {i}\n{text}" for i in range(number + 1)), "utf-8")
        index.update(knowledge)
        extra.unlink()
        index.update(knowledge)
    done.set()
    asking.join()
    assert not errors and {"returns.md", "extra.md"} <= seen


def test_another_thread_than_the_one_that_opened_it_may_close_it(
    index: KnowledgeIndex, tmp_path: Path
) -> None:
    closing = threading.Thread(target=index.close)
    closing.start()
    closing.join()
    KnowledgeIndex(tmp_path / "index", HashingEncoder()).close()


def test_articles_may_be_embedded_by_another_precision_than_questions(
    tmp_path: Path, knowledge: Path
) -> None:
    questions, articles = HashingEncoder(), HashingEncoder()
    with KnowledgeIndex(tmp_path / "index", questions, writer=articles) as index:
        index.update(knowledge)
        assert articles.encoded and not set(questions.encoded) & set(articles.encoded)
        HybridRetriever(index).search("how long can I return unused items")
        assert questions.encoded
    with KnowledgeIndex(tmp_path / "index", HashingEncoder()) as other:
        assert other.contents.chunks == (), "another precision is another index"
