"""The default generator: it composes an answer from the passages' own sentences and needs no model file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from llm.generators.base import Draft, DraftSentence
from llm.knowledge.chunking import Chunk
from llm.knowledge.index import KnowledgeIndex
from llm.knowledge.phrases import phrases_of
from llm.knowledge.retrieval import Passage, probabilities
from llm.knowledge.sentences import Sentence
from llm.knowledge.words import content_stems
from llm.prompts.context import NOTHING_KNOWN, CustomerContext

MAX_CHARACTERS = 500
MAX_SENTENCES = 3
# A further passage speaks too when it is at least this probable against the first: either may be meant.
_SHARE_FROM_ELSEWHERE = 0.35
# Rows of one table are alike: a further one must fit the question about as well as the first sentence.
_SHARE_OF_BEST_ROW = 0.85
# From this share of the highest rarity on a word sets the sentences that hold it apart.
_RARE = 0.55
_DUPLICATE = 85.0

# What a sentence scores by: similarity to the question, shared words, its place, the kind of answer. By the
# way help articles are written, a section's first sentence answers its heading: the closer the question is to
# heading or customers' questions, the more that place counts. Chosen on dev questions (docs/experiments.md).
_WEIGHTS = {"similarity": 1.0, "words": 0.5, "lead": 0.5, "kind": 0.15}

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

    def generate(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Draft:
        """Compose an answer: the sentence that answers best first, the others as their author has them."""
        if not passages:
            return Draft(())
        query = self.index.encoder.encode([question])[0]
        shares = probabilities(passages)
        read = [n for n, share in enumerate(shares) if share >= _SHARE_FROM_ELSEWHERE * shares[0]]
        by_passage = [self._units(question, query, number, passages[number]) for number in read]
        chosen = self._choose([sorted(units, key=lambda unit: -unit.score) for units in by_passage])
        return Draft(tuple(DraftSentence(u.text, u.passage, u.start, u.end) for u in _in_order(chosen)))

    def stream(
        self, question: str, passages: Sequence[Passage], context: CustomerContext = NOTHING_KNOWN
    ) -> Iterator[str]:
        """The answer sentence by sentence; there is nothing to wait for."""
        for number, sentence in enumerate(self.generate(question, passages).sentences):
            yield f" {sentence.text}" if number else sentence.text

    def warm_up(self) -> None:
        """Nothing to load (see `Generator`)."""

    def _units(self, question: str, query: np.ndarray, number: int, passage: Passage) -> list[_Unit]:
        chunk = passage.chunk
        similarity = passage.sentences @ query
        wanted = [answer for asked, answer in _WANTED if asked.search(question)]
        told = self._told_apart(question, chunk)
        names_row = any(chunk.sentences[place].kind == "row" for place in told)
        scores = []
        for place, sentence in enumerate(chunk.sentences):
            values = {
                "similarity": float(similarity[place]),
                "words": self._shared_words(question, sentence),
                "lead": passage.phrase if place == 0 and not (told and 0 not in told) else 0.0,
                "kind": float(any(answer.search(sentence.text) for answer in wanted)),
            }
            scores.append(sum(weight * values[name] for name, weight in _WEIGHTS.items()))
        units = []
        for first, last in _groups(chunk.sentences):
            members, member_scores = chunk.sentences[first:last], scores[first:last]
            text = _group_text(members, member_scores, self.max_characters)
            is_row = members[0].kind == "row"
            # Where the question names one row of several (a country, a product), the others are not said.
            if not names_row or told & set(range(first, last)):
                units.append(
                    _Unit(text, number, members[0].start, members[-1].end, max(member_scores), is_row)
                )
        return units

    def _told_apart(self, question: str, chunk: Chunk) -> set[int]:
        """Places of the sentences that hold a word of the question which sets them apart in their section.

        "How much is delivery to France?" is about the one row that names France: its section's other
        sentences do not, nor does the heading or any customer's question.
        """
        keywords = self.index.contents.keywords
        common = {word for phrase in phrases_of(chunk) for word in keywords.query_words(phrase)}
        words = [word for word in keywords.query_words(question) if word not in common]
        held = [set(keywords.query_words(sentence.text)) for sentence in chunk.sentences]
        apart: set[int] = set()
        for word in words:
            places = {place for place, has in enumerate(held) if word in has}
            if 0 < len(places) < len(held) and keywords.weight(word) >= _RARE * keywords.rarest:
                apart |= places
        return apart

    def _shared_words(self, question: str, sentence: Sentence) -> float:
        keywords = self.index.contents.keywords
        words = keywords.query_words(question)
        held = set(keywords.query_words(sentence.text))
        total = sum(keywords.weight(word) for word in words)
        return sum(keywords.weight(word) for word in words if word in held) / total if total else 0.0

    def _choose(self, by_passage: Sequence[Sequence[_Unit]]) -> list[_Unit]:
        """Each passage's best, then what else the first one has to say."""
        openers = [units[0] for units in by_passage if units]
        chosen: list[_Unit] = []
        for unit in [*openers[:MAX_SENTENCES], *by_passage[0][1:]]:
            if unit.is_row and unit not in openers and unit.score < openers[0].score * _SHARE_OF_BEST_ROW:
                continue
            length = sum(len(c.text) + 1 for c in chosen) + len(unit.text)
            if chosen and (length > self.max_characters or _repeats(unit, chosen)):
                continue
            chosen.append(unit)
            if len(chosen) == MAX_SENTENCES:
                break
        return chosen


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
    """The best sentence opens; what else its passage says keeps its author's order; then other passages."""
    if not units:
        return []
    opener = units[0]
    rest = sorted(units[1:], key=lambda unit: (unit.passage != opener.passage, unit.passage, unit.start))
    return [opener, *rest]
