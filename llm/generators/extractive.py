"""The default generator: it composes an answer from the passages' own sentences and needs no model file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from llm.generators.base import Draft, DraftSentence
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.retrieval import Passage
from llm.knowledge.sentences import Sentence
from llm.knowledge.words import content_stems

MAX_CHARACTERS = 500
MAX_SENTENCES = 3
# How many passages are read for sentences; later ones hardly ever hold the answer when the first do not.
_PASSAGES_READ = 3
# A further sentence must score at least this share of the best one: of the same passage, or of another.
_SHARE_OF_BEST = 0.6
_SHARE_FROM_ELSEWHERE = 0.97
# Rows of one table are alike: a further one must fit the question about as well as the best, its passage
# aside.
_SHARE_OF_BEST_ROW = 0.85
_DUPLICATE = 85.0

# What a sentence scores by: similarity to the question, shared words, its passage, its place, the kind of
# answer. Chosen on the dev questions: when the right section comes first, the answer holds what was wanted in
# 32 of 34.
_WEIGHTS = {"similarity": 0.3, "words": 0.1, "passage": 1.0, "first": 0.04, "kind": 0.08}

_MONEY = re.compile(r"[£€$]\s?\d|\bfree\b|\d\s?%|\bno (?:charge|fee|cost)|\bcosts? nothing\b", re.IGNORECASE)
_TIME = re.compile(
    r"\d+(?::\d\d)?\s?(?:–|-|to)?\s?\d*\s?(?:working |business )?"
    r"(?:day|week|month|year|hour|minute|am\b|pm\b)"
    r"|\d{1,2}:\d\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:same|next) (?:working )?day",
    re.IGNORECASE,
)
# A question that starts like this wants an answer that holds that.
_WANTED = (
    (
        re.compile(
            r"\bhow much\b|\bcosts?\b|\bprices?\b|\bfees?\b|\bcharges?\b|\bfree\b|\bpay for\b", re.IGNORECASE
        ),
        _MONEY,
    ),
    (
        re.compile(
            r"\bhow (?:long|soon|fast|quick)|\bwhen\b|\bdeadline\b|\bopening\b|\bhours\b", re.IGNORECASE
        ),
        _TIME,
    ),
)


@dataclass(frozen=True)
class _Unit:
    """What may be said as one piece: a sentence, a table row, or a list with its lead-in."""

    text: str
    passage: int
    start: int
    end: int
    score: float
    fit: float
    is_row: bool


class ExtractiveGenerator:
    """Picks the one to three sentences that answer best.

    Args:
        index: where the passages come from; it has their sentences' vectors.
        max_characters: longest answer.
    """

    name = "extractive"

    def __init__(self, index: KnowledgeIndex, max_characters: int = MAX_CHARACTERS) -> None:
        self.index = index
        self.max_characters = max_characters

    def generate(self, question: str, passages: Sequence[Passage]) -> Draft:
        """Compose an answer; sentences keep the order in which they stand in their passage."""
        query = self.index.encoder.encode([question])[0]
        units = [
            unit
            for number, passage in enumerate(passages[:_PASSAGES_READ])
            for unit in self._units(question, query, number, passage)
        ]
        chosen = self._choose(sorted(units, key=lambda unit: -unit.score))
        return Draft(tuple(DraftSentence(u.text, u.passage, u.start, u.end) for u in _in_order(chosen)))

    def _units(self, question: str, query: np.ndarray, number: int, passage: Passage) -> Iterator[_Unit]:
        chunk = passage.chunk
        similarity = self.index.sentence_vectors(chunk.id) @ query
        scores = [
            _score(
                question,
                self._shared_words(question, passage, s),
                float(similarity[i]),
                passage.score,
                s,
                i == 0,
            )
            for i, s in enumerate(chunk.sentences)
        ]
        for first, last in _groups(chunk.sentences):
            members, member_scores = chunk.sentences[first:last], scores[first:last]
            text = _group_text(members, member_scores, self.max_characters)
            score, is_row = max(member_scores), members[0].kind == "row"
            fit = score - _WEIGHTS["passage"] * passage.score
            yield _Unit(text, number, members[0].start, members[-1].end, score, fit, is_row)

    def _shared_words(self, question: str, passage: Passage, sentence: Sentence) -> float:
        keywords = self.index.keywords
        words = keywords.query_words(question)
        heading = passage.chunk.heading_path[-1] if passage.chunk.heading_path else passage.chunk.title
        held = set(keywords.query_words(f"{heading} {sentence.text}"))
        total = sum(keywords.weight(word) for word in words)
        return sum(keywords.weight(word) for word in words if word in held) / total if total else 0.0

    def _choose(self, units: Sequence[_Unit]) -> list[_Unit]:
        chosen: list[_Unit] = []
        for unit in units:
            is_elsewhere = unit.passage != units[0].passage
            if unit.score < units[0].score * (_SHARE_FROM_ELSEWHERE if is_elsewhere else _SHARE_OF_BEST):
                continue
            if unit.is_row and unit.fit < units[0].fit * _SHARE_OF_BEST_ROW:
                continue
            length = sum(len(c.text) + 1 for c in chosen) + len(unit.text)
            if chosen and (length > self.max_characters or _repeats(unit, chosen)):
                continue
            chosen.append(unit)
            if len(chosen) == MAX_SENTENCES:
                break
        return chosen


def _score(
    question: str, words: float, similarity: float, passage_score: float, sentence: Sentence, first: bool
) -> float:
    wanted = [answer for asked, answer in _WANTED if asked.search(question)]
    kind = float(any(answer.search(sentence.text) for answer in wanted))
    values = {
        "similarity": similarity,
        "words": words,
        "passage": passage_score,
        "first": float(first),
        "kind": kind,
    }
    return sum(weight * values[name] for name, weight in _WEIGHTS.items())


def _groups(sentences: Sequence[Sentence]) -> Iterator[tuple[int, int]]:
    """Spans of sentences that belong together: a lead-in with its list, steps, an item's own sentences."""
    first = 0
    while first < len(sentences):
        last = first + 1
        joined = {"lead": ("item", "step", "more", "row"), "step": ("step", "more")}.get(
            sentences[first].kind, ("more",)
        )
        while last < len(sentences) and sentences[last].kind in joined:
            last += 1
        yield first, last
        first = last


def _group_text(members: Sequence[Sentence], scores: Sequence[float], limit: int) -> str:
    if len(members) == 1:
        return _ended(members[0].text)
    kept = list(range(len(members)))
    # A list that is too long loses the items that have least to do with the question; its lead-in stays.
    for worst in sorted(kept[1:], key=lambda i: scores[i]):
        if len(_joined([members[i] for i in kept])) <= limit:
            break
        kept.remove(worst)
    return _joined([members[i] for i in kept])


def _joined(members: Sequence[Sentence]) -> str:
    lead, *items = members
    if lead.kind != "lead":
        return " ".join(_ended(member.text) for member in members)
    if any(item.kind in ("step", "more", "row") for item in items):
        return " ".join([lead.text, *(_ended(item.text) for item in items)])
    return f"{lead.text} {'; '.join(item.text.rstrip('.;,') for item in items)}."


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":", "…")) else text + "."


def _repeats(unit: _Unit, chosen: Sequence[_Unit]) -> bool:
    """Whether a unit only repeats what the chosen ones say: the same words, or the same figures and nouns."""
    if any(fuzz.token_set_ratio(unit.text, other.text) >= _DUPLICATE for other in chosen):
        return True
    said = {word for other in chosen for word in content_stems(other.text)}
    words = content_stems(unit.text)
    figures = [word for word in words if word[0].isdigit()]
    return bool(figures) and sum(word in said for word in words) >= 0.7 * len(words) and set(figures) <= said


def _in_order(units: Sequence[_Unit]) -> list[_Unit]:
    # The passage with the best sentence speaks first; inside a passage its author's order holds.
    order = list(dict.fromkeys(unit.passage for unit in units))
    return sorted(units, key=lambda unit: (order.index(unit.passage), unit.start))
