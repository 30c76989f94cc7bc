"""Writes a BERT-style sentence encoder as one ONNX graph, straight from its safetensors.

The usual way to ONNX goes through torch, which would put gigabytes into every installation for a step that
runs once. The BERT encoder is small enough to write down: embeddings, N blocks of attention and feed-forward,
mean pooling over the unmasked tokens, L2 normalisation (Devlin et al. 2019; pooling as in Reimers and
Gurevych 2019). The graph uses ONNX Runtime's fused operators (`Attention`, `SkipLayerNormalization`,
`BiasGelu`), so nothing is left for it to optimise.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from llm.errors import EncoderError
from llm.onnx_graph import CONTRIB, MASK, STATES, WORDS, Graph, save_graph


class _BertGraph(Graph):
    """Adds the operators that ONNX Runtime has fused for BERT."""

    def linear(self, prefix: str, source: str, output: str) -> str:
        """`source @ W.T`, without the bias: the fused operator that follows adds it."""
        return self.product(source, prefix, self.weights[f"{prefix}.weight"].T, output)

    def attention(self, prefix: str, source: str, heads: int) -> str:
        """Fused multi-head self-attention; in 8 bits, the input is quantised on the way."""
        parts = [f"{prefix}.attention.self.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self.weights[f"{part}.weight"].T for part in parts], axis=1).astype(
            np.float32
        )
        bias = np.concatenate([self.weights[f"{part}.bias"] for part in parts]).astype(np.float32)
        bias_name = self.constant(f"{prefix}.qkv_bias", bias)
        output = f"{prefix}.attended"
        if not self.quantised:
            inputs = [source, self.constant(f"{prefix}.qkv", weight), bias_name, "mask"]
            return self.node("Attention", inputs, output, CONTRIB, num_heads=heads)
        rounded, scale = self.int8(f"{prefix}.qkv", weight)
        whole, step, zero = (f"{prefix}.input_{part}" for part in ("int8", "scale", "zero"))
        self.nodes.append(
            helper.make_node("DynamicQuantizeLinear", [source], [whole, step, zero], name=whole)
        )
        inputs = [whole, rounded, bias_name, step, scale, "mask", zero]
        return self.node("QAttention", inputs, output, CONTRIB, num_heads=heads)

    def skip_norm(self, prefix: str, bias: str, source: str, skip: str, output: str) -> str:
        inputs = [
            source,
            skip,
            self.weight(f"{prefix}.weight"),
            self.weight(f"{prefix}.bias"),
            self.weight(bias),
        ]
        return self.node("SkipLayerNormalization", inputs, output, CONTRIB, epsilon=self.epsilon)


def _embeddings(graph: _BertGraph, first_position: int) -> str:
    """Sum of word, position and segment-0 embeddings, normalised: [batch, tokens, dim]."""
    words = graph.node("Gather", [graph.weight("embeddings.word_embeddings.weight"), "input_ids"], "words")
    positions = graph.weights["embeddings.position_embeddings.weight"][first_position:]
    segment = graph.weights["embeddings.token_type_embeddings.weight"][0]
    table = graph.constant("positions_table", (positions + segment).astype(np.float32))
    shape = graph.node("Shape", ["input_ids"], "ids_shape")
    length = graph.node(
        "Slice", [shape, graph.constant("one", np.array([1])), graph.constant("two", np.array([2]))], "length"
    )
    places = graph.node("Slice", [table, graph.constant("zero", np.array([0])), length], "places")
    total = graph.node("Add", [words, places], "embedded")
    norm = [total, graph.weight("embeddings.LayerNorm.weight"), graph.weight("embeddings.LayerNorm.bias")]
    return graph.node("LayerNormalization", norm, "normed", axis=-1, epsilon=graph.epsilon)


def _block(graph: _BertGraph, index: int, source: str, heads: int) -> str:
    """One transformer block, post-norm as in BERT."""
    prefix = f"encoder.layer.{index}"
    attended = graph.attention(prefix, source, heads)
    mixed = graph.linear(f"{prefix}.attention.output.dense", attended, f"{prefix}.mixed")
    attention_norm = f"{prefix}.attention.output.LayerNorm"
    middle = graph.skip_norm(
        attention_norm, f"{prefix}.attention.output.dense.bias", mixed, source, f"{prefix}.middle"
    )
    wide = graph.linear(f"{prefix}.intermediate.dense", middle, f"{prefix}.wide")
    active = graph.node(
        "BiasGelu", [wide, graph.weight(f"{prefix}.intermediate.dense.bias")], f"{prefix}.active", CONTRIB
    )
    narrow = graph.linear(f"{prefix}.output.dense", active, f"{prefix}.narrow")
    return graph.skip_norm(
        f"{prefix}.output.LayerNorm", f"{prefix}.output.dense.bias", narrow, middle, f"{prefix}.out"
    )


def _pool(graph: _BertGraph, source: str) -> str:
    """Mean over the unmasked tokens, scaled to length 1: [batch, dim]."""
    weights = graph.node("Cast", ["attention_mask"], "mask_float", to=TensorProto.FLOAT)
    column = graph.node("Unsqueeze", [weights, graph.constant("last", np.array([-1]))], "mask_column")
    over_tokens = graph.constant("over_tokens", np.array([1]))
    summed = graph.node(
        "ReduceSum", [graph.node("Mul", [source, column], "masked"), over_tokens], "summed", keepdims=0
    )
    return graph.node("LpNormalization", [summed], "embedding", axis=-1, p=2)


def build_onnx(
    weights: dict[str, np.ndarray], config: dict[str, object], output: Path, quantised: bool = False
) -> None:
    """Writes the encoder's ONNX file.

    Args:
        weights: the tensors of `model.safetensors`, by their Hugging Face names (see `bare_names`).
        config: the model's `config.json`.
        output: where the file goes.
        quantised: keep the matrices in 8 bits and quantise what they meet as it comes (a quarter of the
        memory to read
            for each text, which is what takes the time).

    Raises:
        EncoderError: the model is not a BERT encoder, or misses tensors.
    """
    # RoBERTa's positions begin after the padding index (its own quirk, kept by XLM-R).
    first_position = 0 if config["model_type"] == "bert" else int(str(config["pad_token_id"])) + 1
    graph = _BertGraph(weights, float(str(config.get("layer_norm_eps", 1e-12))), quantised)
    try:
        _forward(graph, config, first_position)
    except KeyError as missing:
        raise EncoderError(
            f"The encoder has no {missing}: its files are incomplete, or of another kind."
        ) from missing
    dim = int(str(config["hidden_size"]))
    save_graph(graph, dim, output, given=[(STATES, dim), (WORDS, 2 * dim)])


def bare_names(weights: dict[str, np.ndarray], config: dict[str, object]) -> dict[str, np.ndarray]:
    """The tensors without the prefix that some files put before their names.

    Raises:
        EncoderError: the model is not a BERT encoder.
    """
    kind = str(config.get("model_type"))
    if kind not in ("bert", "xlm-roberta", "roberta"):
        raise EncoderError(f"The encoder is a {kind!r} model; bert, roberta and xlm-roberta can be built.")
    return {name.removeprefix(f"{kind.replace('xlm-', '')}."): array for name, array in weights.items()}


def _forward(graph: _BertGraph, config: dict[str, object], first_position: int) -> None:
    """From token ids to the embedding; what enters the last block comes out as `states`.

    What is known of each word comes out as `word_states`: the block at two thirds of the depth and the last
    one, side by side; the first knows more of the word, the second more of the sentence.
    """
    graph.node("Cast", [MASK], "mask", to=TensorProto.INT32)
    state = _embeddings(graph, first_position)
    *lower, last = range(int(str(config["num_hidden_layers"])))
    heads = int(str(config["num_attention_heads"]))
    blocks = []
    for index in lower:
        state = _block(graph, index, state, heads)
        blocks.append(state)
    graph.node("Identity", [state], STATES)
    blocks.append(_block(graph, last, state, heads))
    _pool(graph, blocks[-1])
    graph.node("Concat", [blocks[len(blocks) * 2 // 3 - 1], blocks[-1]], WORDS, axis=-1)


def build_last_block(
    weights: dict[str, np.ndarray], index: int, heads: int, epsilon: float, output: Path, quantised: bool
) -> None:
    """Writes an ONNX file of one transformer block and the pooling: from `states` to `embedding`.

    Args:
        weights: the block's tensors, by their Hugging Face names.
        index: which block of the model it is.
        heads: how many attention heads it has.
        epsilon: of its layer norms.
        output: where the file goes.
        quantised: keep the matrices in 8 bits.
    """
    graph = _BertGraph(weights, epsilon, quantised)
    graph.node("Cast", [MASK], "mask", to=TensorProto.INT32)
    _pool(graph, _block(graph, index, STATES, heads))
    save_graph(graph, weights[f"encoder.layer.{index}.output.dense.bias"].shape[0], output, (STATES, MASK))


def read_config(folder: Path) -> dict[str, object]:
    """Reads a model folder's `config.json`."""
    config: dict[str, object] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config
