"""Vectors of texts, kept on disk: a second proposal or review encodes only what is new.

A proposal keeps what it asked for, nothing older; a review only adds. So what was erased goes with the next
proposal, and `rapport forget` deletes the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from learning.review.item import Encode
from rapport.errors import RapportError

if TYPE_CHECKING:
    from llm.encoder import Encoder

FILE = Path("var/learning-vectors.npz")
_PRECISION = "int8"


class Vectors:
    """Encodes texts, each once.

    Args:
        file: where vectors are kept; one that is missing or damaged is as good as empty.
        name: of the encoder; vectors of another one are of no use.
        encode: texts to unit vectors, [n_texts, dim].
    """

    def __init__(self, file: Path, name: str, encode: Encode) -> None:
        self._file, self._name, self._encode = file, name, encode
        self._known = _read(file, name)
        self._used: dict[str, np.ndarray] = {}
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of texts, [n_texts, dim]."""
        keys = [hashlib.sha256(text.encode("utf-8", "replace")).hexdigest() for text in texts]
        missing = {
            key: text
            for key, text in zip(keys, texts, strict=True)
            if key not in self._used and key not in self._known
        }
        # Where nothing is missing the encoder need not even be loaded.
        made: list[np.ndarray] = list(self._encode(list(missing.values()))) if missing else []
        fresh = dict(zip(missing, made, strict=True))
        self.encoded += len(fresh)
        self._used |= {key: self._known[key] for key in keys if key in self._known} | fresh
        return np.stack([self._used[key] for key in keys]) if keys else np.zeros((0, 1), np.float32)

    def save(self, prune: bool = True) -> None:
        """Keeps the vectors that were asked for; a full disk costs time later, nothing else.

        Args:
            prune: those that nobody asked for go.
        """
        kept = self._used if prune else {**self._known, **self._used}
        if not self._used or (not self.encoded and len(kept) == len(self._known)):
            return
        partial = self._file.with_name(f".{self._file.name}.partial")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as target:
                keys, vectors = np.array(list(kept)), np.stack(list(kept.values()))
                np.savez(target, name=self._name, keys=keys, vectors=vectors)
            partial.replace(self._file)
        except OSError:
            partial.unlink(missing_ok=True)


def _read(file: Path, name: str) -> dict[str, np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as found:
            if str(found["name"]) != name:
                return {}
            return dict(zip(found["keys"].tolist(), found["vectors"], strict=True))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}


@contextmanager
def kept_vectors(prune: bool = True, file: Path = FILE) -> Iterator[Vectors]:
    """Vectors by the encoder that intents are told apart with; what was used is kept at the end.

    Args:
        prune: what was not used goes.
        file: where they are kept.
    """
    model, cache_dir = _intent_model()
    found = Vectors(file, _built_name(model, cache_dir), lambda texts: intent_encoder().encode(texts))
    try:
        yield found
    finally:
        found.save(prune)


@cache
def intent_encoder() -> Encoder:
    """The encoder that intents are told apart with, in 8 bits: config.yml names it."""
    from llm.encoder import load_encoder

    model, cache_dir = _intent_model()
    return load_encoder(model, cache_dir, precision=_PRECISION)


def _intent_model() -> tuple[str, Path]:
    from rapport.steps import encoders_of_config

    found = encoders_of_config()
    if not found:
        raise RapportError("config.yml names no components.encoder.SentenceEncoder: messages need one.")
    return found[0]


def _built_name(model: str, cache_dir: Path) -> str:
    """Names of what was built of the models: others when their files change."""
    from llm.encoder import model_names
    from llm.encoder_files import built_folder

    return " + ".join(built_folder(name, cache_dir, _PRECISION).name for name in model_names(model))
