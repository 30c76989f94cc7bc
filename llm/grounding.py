"""Whether passages support what a draft says; a sentence that none supports is not sent."""

import re
from collections.abc import Sequence
from functools import lru_cache

from llm.generators.base import Draft, DraftSentence
from llm.knowledge.chunking import Chunk
from llm.knowledge.retrieval import Passage
from llm.support.judging import Source, Verdict, judge, sources

# (sentence, index of the passage that supports it; None if it says one of the facts)
Supported = tuple[DraftSentence, int | None]
_TOKEN = re.compile(r"\w+|[£€$%]")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$", re.MULTILINE)


def supported_sentences(
    draft: Draft, passages: Sequence[Passage], facts: Sequence[str] = ()
) -> list[Supported]:
    """The sentences of a draft that a passage supports, each with that passage, and those that say a fact.

    Supported is what is made of the passage's own sentences, and what says the same in other words: with the
    same numbers and units, neither turned round nor wider (`llm/support/judging.py`). No sentence may join a
    passage with a fact: "delivery costs £89.00" would follow from an order's total.

    Args:
        draft: what was written.
        passages: of the help centre.
        facts: sentences from our own tools; what says one of them needs no source. Facts alone are no answer
            of the help centre: then there is none.
    """
    found: list[Supported] = []
    for sentence in draft.sentences:
        passage = supporting_passage(sentence, passages)
        if passage is not None or any(supports(fact, sentence.text) for fact in facts):
            found.append((sentence, passage))
    return found if any(passage is not None for _, passage in found) else []


def supporting_passage(sentence: DraftSentence, passages: Sequence[Passage]) -> int | None:
    """Index of the passage that supports a sentence, the one that it names first; None if no passage does."""
    order = list(range(len(passages)))
    if sentence.passage is not None and sentence.passage in order:
        order.sort(key=lambda index: index != sentence.passage)
    return next(
        (index for index in order if verdict(sentence.text, passages[index].chunk).is_supported), None
    )


def verdict(text: str, chunk: Chunk) -> Verdict:
    """How far a chunk supports a sentence."""
    if is_quoted(text, chunk):
        return Verdict(1.0, ())
    return judge(text, _sources(chunk))


def supports(source: str, text: str) -> bool:
    """Whether a sentence of our own tools supports a text."""
    return _tokens(text) == _tokens(source) or judge(text, sources([source], "")).is_supported


def is_quoted(text: str, chunk: Chunk) -> bool:
    """Whether a text is made of whole sentences of a chunk, in its words."""
    wanted = _tokens(text)
    place = 0
    while place < len(wanted):
        fits = [own for own in _own_tokens(chunk) if wanted[place : place + len(own)] == own]
        if not fits:
            return False
        place += max(map(len, fits))
    return bool(wanted)


@lru_cache(maxsize=1_000)
def _sources(chunk: Chunk) -> tuple[Source, ...]:
    """Statements of a chunk: its sentences, an item of a list together with what introduces the list."""
    statements: list[str] = []
    lead = ""
    for sentence in chunk.sentences:
        lead = sentence.text if sentence.kind == "lead" else lead if sentence.kind in ("item", "more") else ""
        statements.append(f"{lead} {sentence.text}" if lead and sentence.kind != "lead" else sentence.text)
    heads = " ".join(
        chunk.text[: rule.start()].splitlines()[-1]
        for rule in _TABLE_RULE.finditer(chunk.text)
        if rule.start()
    )
    return sources(statements, f"{chunk.context} {heads.replace('|', ' ')}")


@lru_cache(maxsize=1_000)
def _own_tokens(chunk: Chunk) -> tuple[tuple[str, ...], ...]:
    return tuple(tokens for tokens in (_tokens(sentence.text) for sentence in chunk.sentences) if tokens)


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text.lower()))
