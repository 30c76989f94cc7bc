"""Small knowledge and a small encoder for the tests of `llm`."""

import hashlib
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.words import content_stems

DELIVERY = """---
title: Delivery
topic: delivery
updated: 2026-01-05
keywords: [shipping, postage]
asked:
  "Other countries": [how much is delivery abroad, price to another country]
---
Fernhill works with Fellrunner Couriers; both price and time are set by them.

## How much is delivery in the UK?

Standard delivery costs £3.95 and takes 2–4 working days. It is free over £60.

## Other countries

| Country | Price | Time |
|---|---|---|
| Ireland | £9.50 | 4–6 working days |
| France | £14.50 | 5–9 working days |
"""

RETURNS = """---
title: Returns
topic: returns
updated: 2026-02-01
keywords: [send back, refund]
---
## How long can I return something?

Unused items can be returned within 30 days of delivery. The return label is free in the UK.

## Which items are excluded?

These items cannot be returned:

- climbing ropes once unsealed
- opened gas
- socks once worn
"""

HUTS = {
    "Black Sail Hut": ["There is no mobile signal.", "Dogs may sleep in the porch."],
    "Honister House": ["The mobile signal is good.", "Dogs are not allowed."],
    "Ask Inn": ["Dogs are welcome everywhere."],
}


class HashingEncoder:
    """Texts that share stems are similar; nothing else is."""

    name = "hashing"
    dim = 256

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += texts
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(rows, texts):
            for word in content_stems(text) or ["nothing"]:
                row[int(hashlib.md5(word.encode()).hexdigest(), 16) % self.dim] += 1.0
        normalised: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return normalised


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "delivery.md").write_text(DELIVERY, encoding="utf-8")
    (folder / "returns.md").write_text(RETURNS, encoding="utf-8")
    return folder


@pytest.fixture
def index(tmp_path: Path, knowledge: Path, encoder: HashingEncoder) -> Iterator[KnowledgeIndex]:
    with KnowledgeIndex(tmp_path / "index", encoder) as opened:
        opened.update(knowledge)
        yield opened


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def huts(tmp_path: Path, encoder) -> Iterator[KnowledgeIndex]:  # type: ignore[no-untyped-def]
    folder = tmp_path / "huts"
    folder.mkdir()
    for hut, sentences in HUTS.items():
        for number, sentence in enumerate([*sentences, "Breakfast is at eight."]):
            file = folder / f"{hut.split()[0].lower()}-{number}.md"
            file.write_text(f"---\ntitle: {hut}\n---\n{sentence}\n", encoding="utf-8")
    (folder / "stove.md").write_text(
        "---\ntitle: Valve and flame\nproduct: Trekker Stove\n---\nTurn the valve, then light it."
    )
    (folder / "lamp.md").write_text("---\ntitle: Switch\nproduct: [Cave Lamp]\n---\nPress twice to light it.")
    (folder / "trade.md").write_text(
        "---\ntitle: Terms\naudience: trade\n---\nHut wardens pay after 60 days."
    )
    with KnowledgeIndex(tmp_path / "index", encoder) as index:
        index.update(folder)
        yield index
