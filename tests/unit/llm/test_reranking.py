"""A cross-encoder reads question and passage together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from llm.answering import Answerer
from llm.errors import RerankerError
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.reranking import CrossEncoder
from llm.knowledge.retrieval import HybridRetriever
from tests.unit.llm.small_cross_encoder import write_cross_encoder


def test_pairs_are_judged_whatever_their_lengths(tmp_path: Path, index: KnowledgeIndex) -> None:
    reranker = CrossEncoder(write_cross_encoder(tmp_path / "small", "france"))
    chunks = index.contents.chunks
    odds = reranker.judge("delivery to Ireland", chunks)
    assert odds.shape == (len(chunks),)
    named = ["france" in f"{chunk.context} {chunk.text}".lower() for chunk in chunks]
    assert [value > 0 for value in odds] == named and any(named) and not all(named)
    assert reranker.judge("delivery", []).shape == (0,)


def test_a_long_passage_gives_way_to_the_question(tmp_path: Path, index: KnowledgeIndex) -> None:
    reranker = CrossEncoder(write_cross_encoder(tmp_path / "small", "france"), max_tokens=8)
    assert np.isfinite(reranker.judge("delivery to ireland", index.contents.chunks)).all()


def test_what_the_reranker_prefers_comes_first_and_answers(tmp_path: Path, index: KnowledgeIndex) -> None:
    question = "how much is delivery"
    plain = HybridRetriever(index).search(question, 3)
    reranker = CrossEncoder(write_cross_encoder(tmp_path / "small", "return"))
    judged = HybridRetriever(index, reranker).search(question, 3)
    assert plain[0].chunk.document == "delivery.md"
    assert judged[0].chunk.document == "returns.md"
    assert len(judged) == len(plain)
    answer = Answerer(index, reranker=reranker).answer(question)
    assert [p.chunk for p in answer.passages[:3]] == [p.chunk for p in judged]


def test_other_kinds_of_models_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RerankerError, match=r"instead of \(1, 1\)"):
        CrossEncoder(write_cross_encoder(tmp_path / "three", "france", outputs=3))
    with pytest.raises(RerankerError, match=r"no model\.onnx"):
        CrossEncoder(tmp_path)
    folder = write_cross_encoder(tmp_path / "torn", "france")
    (folder / "onnx" / "model.onnx").write_bytes(b"torn")
    with pytest.raises(RerankerError, match=r"cannot be loaded"):
        CrossEncoder(folder)
    folder = write_cross_encoder(tmp_path / "wordless", "france")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(RerankerError, match=r"cannot be read"):
        CrossEncoder(folder)
