import itertools

import pytest

from llm.errors import GeneratorGarbage
from llm.generators.sse import data_of_events


def test_data_is_found_however_the_bytes_are_cut() -> None:
    sent = b': hi\r\nevent: x\nid: 1\nretry: 5\ndata: {"a": "\xc3\xa9"}\r\n\r\ndata:b\n\ndata: last'
    for size in (1, 2, 3, 7, 100):
        parts = [sent[start : start + size] for start in range(0, len(sent), size)]
        assert list(data_of_events(parts)) == ['{"a": "é"}', "b", "last"]


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    taken = itertools.count()
    endless = (b"data: " + b"x" * 10_000 for _ in taken)
    with pytest.raises(GeneratorGarbage, match="1000000 bytes"):
        list(data_of_events(endless))
    assert next(taken) < 110


@pytest.mark.parametrize("sent", [b"<html>", b"data: \xff", b"hello\n\n"])
def test_other_bytes_are_refused(sent: bytes) -> None:
    with pytest.raises(GeneratorGarbage):
        list(data_of_events([sent]))
