"""The last transformer block of a sentence encoder, apart from the rest: read, written as ONNX, run.

What enters it (`states`, see `llm.encoder`) is computed once a text; several versions of the block, the
published one and those tuned to somebody's intents, can then be run on it for a sixth of the price.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from llm.cores import map_on_cores
from llm.encoder import model_names
from llm.encoder_files import bert_weights, knows_language
from llm.encoder_use import MULTILINGUAL_MODEL
from llm.errors import EncoderError

FILE = "block.onnx"


@dataclass(frozen=True)
class Block:
    """A transformer block: its tensors by their Hugging Face names, its place, heads, layer norm epsilon."""

    weights: dict[str, np.ndarray]
    index: int
    heads: int
    epsilon: float

    @property
    def prefix(self) -> str:
        """What the names of its tensors begin with."""
        return f"encoder.layer.{self.index}."


def read_block(model: str) -> Block | None:
    """The last block of an encoder as it was published; of joined ones, that of the first that has any.

    Returns:
        The block, or `None` where no model of the setting has transformer blocks.

    Raises:
        EncoderError: a model's files are missing or damaged.
    """
    found = next(filter(None, map(bert_weights, model_names(model))), None)
    if found is None:
        return None
    weights, config = found
    index = int(str(config["num_hidden_layers"])) - 1
    prefix = f"encoder.layer.{index}."
    own = {name: array.astype(np.float32) for name, array in weights.items() if name.startswith(prefix)}
    return Block(
        own, index, int(str(config["num_attention_heads"])), float(str(config.get("layer_norm_eps", 1e-12)))
    )


def block_knows(model: str, language: str) -> bool:
    """Whether the model whose block `read_block` gives has learned a language."""
    return all(knows_language(name, language) for name in model_names(model) if name != MULTILINGUAL_MODEL)


class BlockEncoder:
    """Runs one version of the block.

    Args:
        folder: where `write_block` put it.
    """

    def __init__(self, folder: Path, threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        try:
            self.session = onnxruntime.InferenceSession(
                str(folder / FILE), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime has a class of its own for every kind of broken file
            raise EncoderError(f"The tuned encoder in {folder} cannot be read: train again.") from error

    def encode(self, states: Sequence[np.ndarray]) -> np.ndarray:
        """From what enters the block, [n_tokens, dim] each, to unit vectors [n_texts, dim]."""
        return np.stack(map_on_cores(self._one, states, len(states)))

    def _one(self, state: np.ndarray) -> np.ndarray:
        """One text at a time: a batch is no faster, and in 8 bits its texts would change each other."""
        batch, mask = pad([state])
        found = self.session.run(["embedding"], {"states": batch, "attention_mask": mask})
        vector: np.ndarray = found[0][0]
        return vector


def write_block(block: Block, folder: Path, quantised: bool) -> None:
    """Writes a block as ONNX, for `BlockEncoder`; in 8 bits where the rest of the encoder is."""
    from llm.encoder_graph import build_last_block

    build_last_block(block.weights, block.index, block.heads, block.epsilon, folder / FILE, quantised)


def mean_block(blocks: Sequence[Block]) -> Block | None:
    """Mean of blocks tuned from one beginning, better than most of them (model soup, Wortsman et al. 2022);
    `None` of none.
    """
    if not blocks:
        return None
    names = blocks[0].weights
    weights = {name: np.mean([block.weights[name] for block in blocks], axis=0) for name in names}
    return replace(blocks[0], weights=weights)


def pad(states: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Lays texts in one array: states [n, longest, dim] float32 and mask [n, longest] int64.

    Args:
        states: [n_tokens, dim] of each text.
    """
    longest = max(len(state) for state in states)
    batch = np.zeros((len(states), longest, states[0].shape[1]), np.float32)
    mask = np.zeros((len(states), longest), np.int64)
    for row, state in enumerate(states):
        batch[row, : len(state)] = state
        mask[row, : len(state)] = 1
    return batch, mask
