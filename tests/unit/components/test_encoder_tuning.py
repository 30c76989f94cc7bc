from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from components.encoder_tuning import Tuner
from llm.encoder import SentenceEncoder, load_encoder
from llm.encoder_use import MULTILINGUAL_MODEL
from llm.errors import EncoderError
from llm.last_block import FILE, Block, BlockEncoder, read_block, write_block

ENCODER_FOLDER = Path(__file__).parents[3] / "var/encoder"
GROUPS = [
    ["where is my parcel", "has my package been sent", "when does it arrive", "track my delivery"],
    ["I want my money back", "send these boots back", "return the jacket", "how do I return it"],
    ["do you ship to France", "delivery abroad", "can you send it to Norway", "international shipping"],
]
TEXTS = [text for group in GROUPS for text in group]
LABELS = np.repeat(np.arange(3), 4)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    found = load_encoder(cache_dir=ENCODER_FOLDER)
    assert isinstance(found, SentenceEncoder)
    return found


@pytest.fixture(scope="module")
def block() -> Block:
    found = read_block("all-MiniLM-L6-v2")
    assert found is not None
    return found


def run(block: Block, states: list[np.ndarray], folder: Path, quantised: bool = False) -> np.ndarray:
    write_block(block, folder, quantised)
    return BlockEncoder(folder).encode(states)


def test_the_published_block_gives_the_encoders_own_vectors(
    encoder: SentenceEncoder, block: Block, tmp_path: Path
) -> None:
    vectors, states = encoder.encode_with_states([*TEXTS, "", "a" * 5_000])
    np.testing.assert_allclose(run(block, states, tmp_path), vectors, atol=1e-5)
    assert (run(block, states, tmp_path, quantised=True) * vectors).sum(1).min() > 0.99


def test_tuning_brings_texts_of_a_label_together_and_others_apart(
    encoder: SentenceEncoder, block: Block, tmp_path: Path
) -> None:
    vectors, states = encoder.encode_with_states(TEXTS)
    tuned = run(Tuner(block).tune(block, states, vectors, LABELS, epochs=8, seed=1), states, tmp_path)
    assert separation(tuned) > separation(vectors) + 0.1


def separation(vectors: np.ndarray) -> float:
    """Mean cosine within labels, less that between them."""
    same = LABELS[:, None] == LABELS[None, :]
    cosines = vectors @ vectors.T
    return float(cosines[same & ~np.eye(len(LABELS), dtype=bool)].mean() - cosines[~same].mean())


def test_tuning_is_repeatable_and_tells_how_far_it_is(encoder: SentenceEncoder, block: Block) -> None:
    vectors, states = encoder.encode_with_states(TEXTS)
    told: list[tuple[int, int]] = []
    tuner = Tuner(block)
    first, again = (
        tuner.tune(block, states, vectors, LABELS, 2, 7, lambda done, of: told.append((done, of)))
        for _ in range(2)
    )
    assert told == [(1, 2), (2, 2)] * 2
    for name, array in first.weights.items():
        np.testing.assert_array_equal(array, again.weights[name])
    assert any((array != block.weights[name]).any() for name, array in first.weights.items())


def test_one_text_a_label_is_enough_to_go_on(encoder: SentenceEncoder, block: Block, tmp_path: Path) -> None:
    vectors, states = encoder.encode_with_states(TEXTS[:3])
    tuned = Tuner(block).tune(block, states, vectors, np.arange(3), 2, 1)
    assert np.isfinite(run(tuned, states, tmp_path)).all()


def test_an_encoder_without_transformer_blocks_has_none_to_tune() -> None:
    assert read_block(MULTILINGUAL_MODEL) is None
    joined = read_block(f"{MULTILINGUAL_MODEL} + all-MiniLM-L6-v2")
    assert joined is not None
    assert joined.index == 5


def test_a_damaged_block_is_named_with_what_to_do(block: Block, tmp_path: Path) -> None:
    write_block(block, tmp_path, quantised=False)
    (tmp_path / FILE).write_bytes(b"{")
    with pytest.raises(EncoderError, match="train again"):
        BlockEncoder(tmp_path)
