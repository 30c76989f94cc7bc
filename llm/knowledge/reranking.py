"""Reads question and passage together, and says how well the one answers the other.

Retrieval looks at both apart: quick, but blind to how they fit. A cross-encoder (Nogueira and Cho 2019,
"Passage Re-ranking with BERT") reads the few best pairs once more. None ships with Rapport; any that was
exported to ONNX is used from its folder, without torch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from llm.errors import RerankerError
from llm.knowledge.chunking import Chunk

# Where exports put the graph, by habit.
GRAPHS = ("model.onnx", "onnx/model.onnx")
# Longer pairs are cut; what is read takes time, and help articles' chunks are shorter.
MAX_TOKENS = 256


class Reranker(Protocol):
    """Judges passages for a question."""

    name: str

    def judge(self, question: str, chunks: Sequence[Chunk]) -> np.ndarray:
        """Log-odds that each of some chunks answers a question: float [n_chunks]."""


class CrossEncoder:
    """A sequence classifier with one output, such as `cross-encoder/ms-marco-MiniLM-L6-v2`.

    Example:
        >>> CrossEncoder(Path("models/rerankers/ms-marco-MiniLM-L6-v2")).judge("free delivery?", chunks)
        array([ 7.1, -3.4])

    Args:
        folder: holds `model.onnx` (or `onnx/model.onnx`) and `tokenizer.json`.
        max_tokens: of question and passage together.

    Raises:
        RerankerError: a file is missing or cannot be read, or the model gives more than one value a pair.
    """

    def __init__(self, folder: Path, max_tokens: int = MAX_TOKENS) -> None:
        self.name = folder.name
        self._session = _session(_graph_in(folder))
        self._tokenizer = _tokenizer(folder / "tokenizer.json", max_tokens)
        self._given = {one.name for one in self._session.get_inputs()}
        shape = self._run([("does it", "fit")]).shape
        if len(shape) != 2 or shape[1] != 1:
            raise RerankerError(
                f"The model in {folder} gives values of shape {shape} for one pair instead of (1, 1): choose "
                "one for ranking, such as cross-encoder/ms-marco-MiniLM-L6-v2."
            )

    def judge(self, question: str, chunks: Sequence[Chunk]) -> np.ndarray:
        """Log-odds that each chunk answers the question (see `Reranker`)."""
        if not chunks:
            return np.zeros(0)
        return self._run([(question, f"{chunk.context}\n{chunk.text}") for chunk in chunks])[:, 0]

    def _run(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        encodings = self._tokenizer.encode_batch(list(pairs))
        values = {
            "input_ids": np.array([one.ids for one in encodings], dtype=np.int64),
            "attention_mask": np.array([one.attention_mask for one in encodings], dtype=np.int64),
            "token_type_ids": np.array([one.type_ids for one in encodings], dtype=np.int64),
        }
        logits = self._session.run(None, {name: values[name] for name in self._given & values.keys()})[0]
        return np.asarray(logits, dtype=np.float64)


def _graph_in(folder: Path) -> Path:
    graph = next((folder / name for name in GRAPHS if (folder / name).is_file()), None)
    if graph is None:
        raise RerankerError(
            f"There is no {' or '.join(GRAPHS)} in {folder}: set answers.reranker to a folder with a "
            "cross-encoder in ONNX (`optimum-cli export onnx --model … --task text-classification FOLDER`)."
        )
    return graph


def _session(graph: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # As the encoder: a second thread that waits for a busy core makes it slower, not faster.
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own that have no common base
        raise RerankerError(f"{graph} cannot be loaded: {error}") from error


def _tokenizer(file: Path, max_tokens: int) -> Any:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises bare Exceptions
        raise RerankerError(f"{file} cannot be read: {error}") from error
    # The passage gives way, never the question.
    tokenizer.enable_truncation(max_tokens, strategy="only_second")
    padding = json.loads(tokenizer.to_str()).get("padding") or {}
    tokenizer.enable_padding(pad_id=padding.get("pad_id", 0), pad_token=padding.get("pad_token", "[PAD]"))
    return tokenizer
