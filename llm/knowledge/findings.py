"""Sections of the help centre that say the same twice, or that contradict each other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from llm.knowledge.chunking import Chunk
from llm.knowledge.contents import Contents
from llm.knowledge.statements import Statement, conflict, same_thing, statement, topic_words
from llm.knowledge.terms import heading_of
from llm.knowledge.words import content_stems

# Sentences and sections less alike than this (cosine) are not compared.
ALIKE_SENTENCES, ALIKE_SECTIONS = 0.6, 0.7
# Sections that share this much of their words (Dice) say the same; shorter ones are formulas, not articles.
# All chosen on the dev part of bench/knowledge_pairs.yml.
SAME_WORDS, LEAST_WORDS = 0.7, 8
# A word in this share of the articles, and in so many at least, says nothing of what a statement is about.
_COMMON, _COMMON_DOCUMENTS = 0.75, 10
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Place:
    """A section, and what it says there."""

    document: str
    heading: str
    text: str


@dataclass(frozen=True)
class Finding:
    """Two sections that an editor should look at.

    Attributes:
        kind: "duplicate" or "contradiction".
        why: in a few words.
        likeness: cosine of what was compared.
    """

    kind: str
    first: Place
    second: Place
    why: str
    likeness: float


def findings(contents: Contents) -> list[Finding]:
    """Contradictions, then duplicates, the most alike first; a pair of sections is named once."""
    found = sorted(_contradictions(contents), key=lambda one: -one.likeness)
    named: set[frozenset[tuple[str, str]]] = set()
    kept = []
    for one in [*found, *sorted(_duplicates(contents), key=lambda one: -one.likeness)]:
        pair = frozenset((place.document, place.heading) for place in (one.first, one.second))
        if pair not in named:
            kept.append(one)
        named.add(pair)
    return kept


def _contradictions(contents: Contents) -> Iterator[Finding]:
    rows = np.repeat(np.arange(len(contents.chunks)), np.diff(contents.sentence_starts))
    texts = [sentence.text for chunk in contents.chunks for sentence in chunk.sentences]
    common = _common_words(contents.chunks)
    topics = [topic_words(f"{chunk.title} {heading_of(chunk)}") - common for chunk in contents.chunks]
    statements: dict[int, Statement] = {}

    def taken(place: int) -> Statement:
        if place not in statements:
            whole = statement(texts[place])
            statements[place] = replace(whole, words=whole.words - common)
        return statements[place]

    for i, j, likeness in _alike(contents.all_sentence_vectors, ALIKE_SENTENCES):
        a, b = contents.chunks[rows[i]], contents.chunks[rows[j]]
        if _section(a) == _section(b) or a.audience != b.audience or a.products != b.products:
            continue
        if _about_others(a, b):
            continue
        if same_thing(taken(i), taken(j), topics[rows[i]], topics[rows[j]]):
            why = conflict(taken(i), taken(j))
            if why:
                yield Finding("contradiction", _place(a, texts[i]), _place(b, texts[j]), why, likeness)


def _duplicates(contents: Contents) -> Iterator[Finding]:
    words = [frozenset(content_stems(chunk.text)) for chunk in contents.chunks]
    for i, j, likeness in _alike(contents.vectors, ALIKE_SECTIONS):
        a, b = contents.chunks[i], contents.chunks[j]
        together = len(words[i]) + len(words[j])
        if a.document == b.document or min(len(words[i]), len(words[j])) < LEAST_WORDS:
            continue
        if 2 * len(words[i] & words[j]) >= SAME_WORDS * together:
            yield Finding(
                "duplicate", _place(a, a.text), _place(b, b.text), "almost the same words", likeness
            )


def _alike(vectors: np.ndarray, least: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows (i < j) of [n, dim] whose cosine is at least so high; some rows at a time."""
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        likeness = vectors[start : start + _ROWS_AT_ONCE] @ vectors[start:].T
        for i, j in np.argwhere(likeness >= least):
            if i < j:
                yield start + int(i), start + int(j), float(likeness[i, j])


def _common_words(chunks: Sequence[Chunk]) -> frozenset[str]:
    """Stems that so many articles hold that they tell nothing apart: the company's name."""
    by_document: dict[str, set[str]] = {}
    for chunk in chunks:
        by_document.setdefault(chunk.document, set()).update(topic_words(chunk.text))
    counts = Counter(word for words in by_document.values() for word in words)
    least = max(_COMMON * len(by_document), _COMMON_DOCUMENTS)
    return frozenset(word for word, count in counts.items() if count >= least)


def _about_others(a: Chunk, b: Chunk) -> bool:
    """Whether one heading stands under titles that name two things: "Parking" of one hotel and of another."""
    if a.document == b.document or topic_words(heading_of(a)) != topic_words(heading_of(b)):
        return False
    titles = topic_words(a.title), topic_words(b.title)
    return bool(titles[0] - titles[1]) and bool(titles[1] - titles[0])


def _section(chunk: Chunk) -> tuple[str, str]:
    return chunk.document, chunk.anchor


def _place(chunk: Chunk, text: str) -> Place:
    return Place(chunk.document, heading_of(chunk), " ".join(text.split()))


def by_kind(found: Sequence[Finding], kind: str) -> list[Finding]:
    """Those of one kind."""
    return [one for one in found if one.kind == kind]
