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
IDS, MASK, STATES = "input_ids", "attention_mask", "states"


def save_graph(
    graph: Graph, dim: int, output: Path, inputs: Sequence[str] = (IDS, MASK), with_states: bool = False
) -> None:
    """Writes a graph to `embedding` [batch, dim], from `input_ids` and `attention_mask` [batch, tokens], or
    from `states` [batch, tokens, dim]; with `with_states`, those come out as well.

    Weights in a file of their own are mapped, not read: a table of words costs only those in use.
    """
    onnx.save(
        _model(graph, dim, inputs, with_states),
        str(output),
        save_as_external_data=True,
        location=f"{output.name}.data",
        size_threshold=1024,
    )


def _model(graph: Graph, dim: int, inputs: Sequence[str], with_states: bool) -> onnx.ModelProto:
    states = helper.make_tensor_value_info(STATES, TensorProto.FLOAT, ["batch", "tokens", dim])
    taken = [
        states
        if name == STATES
        else helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in inputs
    ]
    given = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", dim])]
    if with_states:
        given.append(states)
    return helper.make_model(
        helper.make_graph(graph.nodes, "sentence-encoder", taken, given, graph.initializers),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
        ir_version=9,
    )
