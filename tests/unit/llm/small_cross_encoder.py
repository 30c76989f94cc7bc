"""A cross-encoder small enough to be written by hand: it counts one word."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "delivery", "return", "ireland", "france", "30", "days"]


def write_cross_encoder(folder: Path, wanted: str, outputs: int = 1) -> Path:
    """A small model in ONNX: 50 for each time that a word stands in the passage, less 5."""
    folder.mkdir(parents=True)
    vocabulary = {word: place for place, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, "[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = Lowercase(), BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    worth = np.zeros((len(WORDS), outputs), dtype=np.float32)
    worth[vocabulary[wanted]] = 50.0
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["worth", "input_ids"], ["each"]),
            helper.make_node("Cast", ["token_type_ids"], ["in_passage"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["in_passage", "last"], ["column"]),
            helper.make_node("Mul", ["each", "column"], ["counted"]),
            helper.make_node("ReduceSum", ["counted", "tokens"], ["sum"], keepdims=0),
            helper.make_node("Sub", ["sum", "five"], ["logits"]),
        ],
        "cross-encoder",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["pairs", "tokens_"])
            for name in ("input_ids", "token_type_ids")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["pairs", outputs])],
        [
            numpy_helper.from_array(worth, "worth"),
            numpy_helper.from_array(np.array([-1]), "last"),
            numpy_helper.from_array(np.array([1]), "tokens"),
            numpy_helper.from_array(np.array([5.0], dtype=np.float32), "five"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    (folder / "onnx").mkdir()
    onnx.save(model, str(folder / "onnx" / "model.onnx"))
    return folder
