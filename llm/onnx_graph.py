"""ONNX graphs written down node by node: what the encoders' files are built with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CONTRIB = "com.microsoft"
OPSET = 17


class Graph:
    """Collects nodes and weights; every method returns the name of the tensor it made."""

    def __init__(self, weights: dict[str, np.ndarray], epsilon: float, quantised: bool) -> None:
        self.weights = weights
        self.epsilon = epsilon
        self.quantised = quantised
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, array: np.ndarray) -> str:
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def weight(self, name: str, transpose: bool = False) -> str:
        array = self.weights[name].astype(np.float32)
        return self.constant(name, array.T if transpose else array)

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def product(self, source: str, name: str, matrix: np.ndarray, output: str) -> str:
        """`source @ matrix` ([in, out]), in 8 bits where the graph is quantised."""
        if not self.quantised:
            return self.node("MatMul", [source, self.constant(name, matrix.astype(np.float32))], output)
        weight, scale = self.int8(name, matrix)
        return self.node("DynamicQuantizeMatMul", [source, weight, scale], output, CONTRIB)

    def int8(self, name: str, matrix: np.ndarray) -> tuple[str, str]:
        """Names of a matrix [in, out] in 8 bits and of its scales [out]; symmetric, one scale a column."""
        scale = np.maximum(np.abs(matrix).max(axis=0), 1e-9).astype(np.float32) / 127
        rounded = np.round(matrix / scale).astype(np.int8)
        return self.constant(f"{name}.int8", rounded), self.constant(f"{name}.scale", scale)


# What may go into a graph, and what may come out beside `embedding` [batch, dim].
IDS, MASK, STATES, WORDS = "input_ids", "attention_mask", "states", "word_states"


def save_graph(
    graph: Graph,
    dim: int,
    output: Path,
    inputs: Sequence[str] = (IDS, MASK),
    given: Sequence[tuple[str, int]] = (),
) -> None:
    """Writes a graph to `embedding` [batch, dim], from `input_ids` and `attention_mask` [batch, tokens], or
    from `states` [batch, tokens, dim]. The tensors named in `given` come out as well, [batch, tokens, width]
    each, the width beside the name.

    Weights in a file of their own are mapped, not read: a table of words costs only those in use.
    """
    onnx.save(
        _model(graph, dim, inputs, given),
        str(output),
        save_as_external_data=True,
        location=f"{output.name}.data",
        size_threshold=1024,
    )


def _model(
    graph: Graph, dim: int, inputs: Sequence[str], given: Sequence[tuple[str, int]]
) -> onnx.ModelProto:
    taken = [
        _per_token(STATES, dim)
        if name == STATES
        else helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in inputs
    ]
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", dim])
    outputs = [embedding, *(_per_token(name, width) for name, width in given)]
    return helper.make_model(
        helper.make_graph(graph.nodes, "sentence-encoder", taken, outputs, graph.initializers),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
        ir_version=9,
    )


def _per_token(name: str, width: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "tokens", width])
