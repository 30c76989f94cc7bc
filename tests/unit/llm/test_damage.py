"""An index whose files were really damaged: it says so, gives its lock back, and is built again."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llm.errors import IndexDamagedError, IndexInUseError
from llm.knowledge import chroma
from llm.knowledge.chroma import wipe
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.soundness import SEAL, break_seal, is_sealed, why_unsound
from tests.unit.llm.conftest import HashingEncoder

Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many that Chroma writes its vectors into files of their own."""
    folder = tmp_path_factory.mktemp("articles")
    for number in range(40):
        sections = (
            f"## Rule {number} {i}\n\nItem {number} comes after {i}. It costs {i} pounds." for i in range(30)
        )
        (folder / f"a{number}.md").write_text("\n\n".join(sections), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def whole(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of them, closed."""
    place = tmp_path_factory.mktemp("whole") / "index"
    with KnowledgeIndex(place, HashingEncoder()) as index:
        index.update(articles)
    return place


@pytest.fixture
def place(whole: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it to damage."""
    shutil.copytree(whole, tmp_path / "index")
    yield tmp_path / "index"


def half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def garbled(file: Path) -> None:
    content, rng = bytearray(file.read_bytes()), random.Random(1)
    for _ in range(max(len(content) // 50, 20)):
        content[rng.randrange(len(content) // 5, len(content))] = rng.randrange(256)
    file.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("chroma.sqlite3", half),
        ("chroma.sqlite3", garbled),
        ("data_level0.bin", half),
        ("data_level0.bin", garbled),
        ("header.bin", garbled),
        ("length.bin", garbled),
        ("index_metadata.pickle", half),
        ("link_lists.bin", Path.unlink),
    ],
)
def test_a_damaged_index_says_so(place: Path, name: str, damage: Damage) -> None:
    files = list(place.rglob(name))
    assert files
    for file in files:
        damage(file)
    with pytest.raises(IndexDamagedError, match=r"is damaged .* Run `rapport index --rebuild`"):
        KnowledgeIndex(place, HashingEncoder())


def test_a_damaged_index_is_let_go_of_and_built_again(place: Path, knowledge: Path) -> None:
    half(place / "chroma.sqlite3")
    for _ in range(2):  # the second time it is not "in use"
        with pytest.raises(IndexDamagedError):
            KnowledgeIndex(place, HashingEncoder())
    wipe(place)
    with KnowledgeIndex(place, HashingEncoder()) as index:
        assert index.update(knowledge).added == ("delivery.md", "returns.md")
    with KnowledgeIndex(place, HashingEncoder()) as index:
        assert len(index.contents.chunks) == 5


def test_a_damaged_vector_is_not_answered_from(place: Path) -> None:
    """Chroma reads it without a word."""
    with KnowledgeIndex(place, HashingEncoder()) as index:
        first = index.contents.chunks[0]
        index._store._chunks.update(ids=[first.id], embeddings=[[3.0] * HashingEncoder.dim])
        with pytest.raises(IndexDamagedError, match="is not of length 1"):
            index._store.read()
    for _ in range(2):  # the second time it is not "in use"
        with pytest.raises(IndexDamagedError, match="is not of length 1"):
            KnowledgeIndex(place, HashingEncoder())


def test_what_would_end_the_process_is_found_by_another_one(place: Path) -> None:
    """Chroma itself dies of this: a signal, no exception."""
    for file in place.rglob("header.bin"):
        file.write_bytes(b"\xff" * file.stat().st_size)
    assert not is_sealed(place) and why_unsound(place)


def test_only_an_index_that_was_not_closed_is_read_beforehand(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    monkeypatch.setattr(chroma, "why_unsound", lambda folder: looked_at.append(folder) or "")
    with KnowledgeIndex(place, HashingEncoder()):
        assert not (place / SEAL).exists()
    assert is_sealed(place) and looked_at == []
    break_seal(place)  # as after a crash
    with KnowledgeIndex(place, HashingEncoder()) as index:
        assert len(index.contents.chunks) == 1200
    assert looked_at == [place]


def test_an_index_in_use_is_not_wiped(index: KnowledgeIndex, tmp_path: Path) -> None:
    with pytest.raises(IndexInUseError):
        wipe(tmp_path / "index")
    wipe(tmp_path / "none")
