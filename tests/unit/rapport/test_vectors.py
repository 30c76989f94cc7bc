"""Vectors that are kept on disk."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from rapport.vectors import Vectors


class Counting:
    """An encoder that notes what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, texts: Sequence[str]) -> np.ndarray:
        assert texts, "it was called for nothing"
        self.given += texts
        return np.array([[len(text), 1.0] for text in texts], np.float32)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "vectors.npz"


def test_a_second_use_encodes_only_what_is_new(file: Path) -> None:
    first, second = Counting(), Counting()
    vectors = Vectors(file, "model-a", first)
    assert vectors.encode(["one", "three", "one"])[:, 0].tolist() == [3, 5, 3]
    vectors.save()
    again = Vectors(file, "model-a", second)
    assert again.encode(["three", "fifteen", "one"])[:, 0].tolist() == [5, 7, 3]
    assert first.given == ["one", "three"] and second.given == ["fifteen"] and again.encoded == 1
    assert again.encode([]).shape[0] == 0


def test_another_encoders_vectors_are_of_no_use(file: Path) -> None:
    kept = Vectors(file, "model-a", Counting())
    kept.encode(["one"])
    kept.save()
    other = Counting()
    Vectors(file, "model-b", other).encode(["one"])
    assert other.given == ["one"]


def test_what_nobody_asked_for_again_is_gone(file: Path) -> None:
    for texts in (["erased", "kept"], ["kept"]):
        vectors = Vectors(file, "model-a", Counting())
        vectors.encode(texts)
        vectors.save()
    late = Counting()
    Vectors(file, "model-a", late).encode(["erased", "kept"])
    assert late.given == ["erased"]


def test_whoever_does_not_prune_only_adds(file: Path) -> None:
    for texts, prune in ((["one", "two"], True), (["three"], False)):
        vectors = Vectors(file, "model-a", Counting())
        vectors.encode(texts)
        vectors.save(prune)
    last = Counting()
    Vectors(file, "model-a", last).encode(["one", "two", "three"])
    assert last.given == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"no archive at all"])
def test_a_damaged_file_is_as_good_as_none(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    vectors = Vectors(file, "model-a", Counting())
    assert vectors.encode(["one"])[0, 0] == 3
    vectors.save()
    assert Vectors(file, "model-a", Counting()).encode(["one"])[0, 0] == 3


def test_a_full_disk_leaves_what_was_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = Vectors(file, "model-a", Counting())
    vectors.encode(["one"])
    vectors.save()
    before = file.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    more = Vectors(file, "model-a", Counting())
    more.encode(["one", "two"])
    more.save()
    assert file.read_bytes() == before and [path.name for path in file.parent.iterdir()] == [file.name]
