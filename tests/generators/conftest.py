"""A tiny Llama that is trained once for all tests here, with an adapter, in both formats."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import HybridRetriever
from llm.prompts.answers import answer_prompt
from llm.prompts.prompt import Prompt
from tests.unit.llm.conftest import DELIVERY, RETURNS, HashingEncoder

NEEDS = "needs the extras llama-cpp and transformers, gguf and torch: run `make test-models`"
COST, RETURN, UNKNOWN = (
    "How much is standard delivery?",
    "How long can I return something?",
    "Which items are excluded from returns?",
)
REPLIES = {
    COST: "Standard delivery costs £3.95 [1].",
    RETURN: "Unused items can be returned within 30 days of delivery [1].",
    UNKNOWN: "NO ANSWER",
}
ADAPTED = "Standard delivery takes 2–4 working days [1]."


@dataclass(frozen=True)
class Tiny:
    """Where the files are, and what the model knows by heart: prompt and reply by question."""

    folder: Path
    adapter: Path
    gguf: Path
    adapter_gguf: Path
    prompts: dict[str, Prompt]


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeIndex]:
    folder = tmp_path_factory.mktemp("knowledge")
    (folder / "delivery.md").write_text(DELIVERY, encoding="utf-8")
    (folder / "returns.md").write_text(RETURNS, encoding="utf-8")
    with KnowledgeIndex(tmp_path_factory.mktemp("index"), HashingEncoder()) as opened:
        opened.update(folder)
        yield opened


@pytest.fixture(scope="session")
def tiny(index: KnowledgeIndex, tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    for package in ("llama_cpp", "gguf", "torch", "peft"):
        pytest.importorskip(package, reason=NEEDS)
    import torch

    from tests.generators import tiny_llama

    # Threads that wait for one another are ten times slower where something else has one of the cores.
    torch.set_num_threads(1)

    place = tmp_path_factory.mktemp("tiny")
    search = HybridRetriever(index).search
    prompts = {question: answer_prompt(question, search(question, 5)) for question in REPLIES}
    base = tiny_llama.train([(prompts[q], reply) for q, reply in REPLIES.items()], place / "model")
    adapter = tiny_llama.train_adapter(base, [(prompts[COST], ADAPTED)], place / "adapter")
    return Tiny(
        base,
        adapter,
        tiny_llama.write_gguf(base, place / "model.gguf"),
        tiny_llama.write_adapter_gguf(base, adapter, place / "adapter.gguf"),
        prompts,
    )
