"""What our layer costs: time to first token and tokens per second, beside the bare library, in one run.

Both are given the same prompts (questions and passages of the demo's knowledge), one after the other in
changing order, with the same settings and, in this process, the same loaded model, whose memory of earlier
prompts is cleared each time. A token is a piece as the library streams it; ours joins pieces, so its tokens
are counted by the characters of the bare one's. The last line is one JSON object.
"""

import json
import logging
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
import yaml

from llm.encoder import DEFAULT_MODEL, load_encoder
from llm.errors import GeneratorCutOff
from llm.generators.base import LanguageModel
from llm.generators.llama_cpp_model import LlamaCppModel
from llm.generators.openai_server import OpenAIServer
from llm.generators.prompted import PromptedGenerator
from llm.generators.transformers_model import TransformersModel
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import HybridRetriever, Passage
from llm.prompts.answers import answer_prompt
from llm.prompts.prompt import Prompt

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT_SECONDS = 300.0

# Pieces of a reply to a prompt, from the library alone.
Bare = Callable[[Prompt], Iterable[Any]]
Question = tuple[str, Sequence[Passage]]


@dataclass(frozen=True)
class Timing:
    """One reply: seconds to its first piece, seconds in all, its tokens and characters."""

    first_seconds: float
    seconds: float
    tokens: float
    characters: int

    @property
    def tokens_per_second(self) -> float:
        """Of what came after the first piece: that one waits for the prompt to be read."""
        return (self.tokens - 1) / max(self.seconds - self.first_seconds, 1e-9)


def run(models: Sequence[LanguageModel], count: int) -> None:
    """Measure each model with so many questions, and print a line for each and one JSON object."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    questions = list(_questions(count))
    results = {model.name: measure(model, questions) for model in models}
    print(f"{'':14}{'first token ms':>18}{'tokens/s':>18}{'share of bare':>16}")
    for name, row in results.items():
        first = f"{row['first_token_ms']:.1f} / {row['bare_first_token_ms']:.1f}"
        speed = f"{row['tokens_per_second']:.1f} / {row['bare_tokens_per_second']:.1f}"
        print(f"{name:14}{first:>18}{speed:>18}{row['share_of_bare']:>16.3f}")
    print(json.dumps(results))


def measure(model: LanguageModel, questions: Sequence[Question]) -> dict[str, float]:
    """Medians over the questions, ours and bare; the share is the median of the questions' own shares."""
    bare, forget = _bare(model)
    generator = PromptedGenerator(model, TIMEOUT_SECONDS)

    def ours(question: Question) -> Timing:
        forget()
        return _timed(lambda: generator.stream(*question))

    def theirs(question: Question) -> Timing:
        forget()
        prompt = answer_prompt(*question)
        return _in_thread(lambda: _timed(lambda: bare(prompt)))

    ours(questions[0]), theirs(questions[0])  # warms both up
    pairs = []
    for number, question in enumerate(questions):
        if number % 2:
            mine, other = ours(question), theirs(question)
        else:
            other, mine = theirs(question), ours(question)
        tokens = other.tokens * mine.characters / max(other.characters, 1)
        pairs.append((replace(mine, tokens=tokens), other))
    ours_all, bare_all = zip(*pairs, strict=True)
    shares = [a.tokens_per_second / b.tokens_per_second for a, b in pairs if b.tokens > 1]
    return {
        "questions": len(pairs),
        "tokens": sum(timing.tokens for timing in bare_all),
        "first_token_ms": round(1000 * statistics.median(t.first_seconds for t in ours_all), 2),
        "bare_first_token_ms": round(1000 * statistics.median(t.first_seconds for t in bare_all), 2),
        "tokens_per_second": round(statistics.median(t.tokens_per_second for t in ours_all), 2),
        "bare_tokens_per_second": round(statistics.median(t.tokens_per_second for t in bare_all), 2),
        "share_of_bare": round(statistics.median(shares), 4) if shares else 0.0,
    }


def _timed(pieces: Callable[[], Iterable[Any]]) -> Timing:
    started = time.perf_counter()
    first = None
    tokens, characters = 0, 0
    with suppress(GeneratorCutOff):
        for piece in pieces():
            first = first or time.perf_counter()
            tokens, characters = tokens + 1, characters + len(piece)
    ended = time.perf_counter()
    return Timing((first or ended) - started, ended - started, tokens, characters)


def _in_thread(work: Callable[[], Timing]) -> Timing:
    """Ours writes in a thread of its own; what llama.cpp costs depends on the thread that calls it."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def _bare(model: LanguageModel) -> tuple[Bare, Callable[[], None]]:
    """The library without our layer, and how it forgets earlier prompts."""
    if isinstance(model, LlamaCppModel):
        llama = model.load()
        return lambda prompt: _bare_llama_cpp(llama, model, prompt), llama.reset
    if isinstance(model, TransformersModel):
        return lambda prompt: _bare_transformers(model, prompt), lambda: None
    assert isinstance(model, OpenAIServer)
    return lambda prompt: _bare_server(model, prompt), lambda: None


def _bare_llama_cpp(llama: Any, model: LlamaCppModel, prompt: Prompt) -> Iterator[str]:
    for chunk in llama.create_chat_completion(
        prompt.messages, stream=True, max_tokens=model.max_tokens, temperature=model.temperature
    ):
        text = chunk["choices"][0]["delta"].get("content")
        if text:
            yield text


def _bare_transformers(model: TransformersModel, prompt: Prompt) -> Iterator[str]:
    from transformers import TextIteratorStreamer

    network, tokenizer = model.load()
    inputs = tokenizer.apply_chat_template(
        prompt.messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(network.device)
    streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
    how = {"do_sample": False, "max_new_tokens": model.max_tokens, "pad_token_id": tokenizer.eos_token_id}
    threading.Thread(target=network.generate, kwargs={**inputs, **how, "streamer": streamer}).start()
    yield from (text for text in streamer if text)


def _bare_server(model: OpenAIServer, prompt: Prompt) -> Iterator[str]:
    body = {**model.fields, "messages": prompt.messages}
    with model.client.stream("POST", f"{model.base_url}/chat/completions", json=body) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line[6:])["choices"]
                text = choices and choices[0]["delta"].get("content")
                if text:
                    yield text


def _questions(count: int) -> Iterator[Question]:
    """Questions of the demo with the passages that are found for them."""
    asked = yaml.safe_load((ROOT / "bench" / "knowledge_questions.yml").read_text(encoding="utf-8"))["dev"]
    encoder = load_encoder(DEFAULT_MODEL, ROOT / "var" / "encoder")
    with KnowledgeIndex(ROOT / "var" / "bench" / "knowledge", encoder) as index:
        index.update(ROOT / "knowledge")
        retriever = HybridRetriever(index)
        for entry in asked[:count]:
            yield entry["question"], retriever.search(entry["question"], 5)
