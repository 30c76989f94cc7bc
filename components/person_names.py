"""Names of people in a text: after words that announce one, after titles, and by lists of names.

What announces a name counts more than how it is written: customers write in small letters, and "I'm waiting"
is nobody. A name that is only known from the lists is not sure; masking takes it, entities do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Iterator, List, NamedTuple, Sequence

from components.name_lists import NameLists, name_lists, words_of

LONGEST = 4  # words of a name
LONGEST_RUN = 12  # words with a capital that are looked at together
_TOKEN = re.compile(r"[^\W\d_]+(?:['’`-](?!s\b)[^\W\d_]+)*")
_PARTICLES = words_of(
    """
    von van de der den del della da di du dos la le el al bin ibn zu af av y ter ten
    """
)
# The name follows whatever it is.
_ANNOUNCED = re.compile(
    r"\b(?:my (?:full |first |last |sur|family )?name(?: is|['’]s|:)|(?:his|her|their|your) name is|"
    r"(?:the )?name(?:['’]s| (?:is|on [\w ]{2,30} is)|:)|(?:i am|i['’]m) called|under the name(?: of)?|"
    r"(?:last |first |sur|full )name\?\s*(?:user)?|"
    r"mein (?:vor|nach)?name (?:ist|lautet)|ich hei(?:ß|ss)e|name ist|auf den namen)\s*:?\s+",
    re.IGNORECASE,
)
# A name follows if it has a capital.
_NAMED = re.compile(
    r"\b(?:named|called|calls|nicknamed|add|contact)(?: (?:him|her|it|me|us))?\s+", re.IGNORECASE
)
# A name may follow, or anything else.
_MAYBE = re.compile(
    r"(?:\b(?:i am|i['’]m|im|this is|it['’]s|call me|speaking to|dear|hi|hello|ask for|speak to|"
    r"ich bin|hier ist|hier spricht|hallo|lieber?)|"
    r"\b(?:regards|wishes|sincerely|cheers|thanks|thank you|yours|love|from|"
    r"gr[üu](?:ß|ss)e|gru(?:ß|ss)|von),?)\s+",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"\b(?:mr|mrs|ms|miss|mx|dr|prof|herrn?|frau|sir|lord|lady|señora?|mme|monsieur)\b\.?\s+", re.I
)
# Names of companies are made of names of people.
_COMPANY = words_of(
    """
    inc ltd limited llc plc corp corporation company co group gmbh ag kg se sa bv partners associates
    holdings investments technologies technology systems solutions services industries consulting
    foundation orchestra insurance bank analytics labs media
    """
)
_PERSON_BEFORE = re.compile(
    r"\b(?:by|under|says|said|told|met|ask|add|named|called|contact|aunt|uncle|and|producer|assistant to) $",
    re.IGNORECASE,
)
_PERSON_BEHIND = re.compile(r"^(?:,? (?:said|says|lives|lived|told|shouted|will be|wrote|called)\b|['’]s\b)")
_PLACE_BEFORE = re.compile(r"\b(?:in|near|southern|northern|eastern|western|downtown) $", re.IGNORECASE)
_SURNAME_ENDING = re.compile(
    r"\w{2}(?:sson|sen|dóttir|dottir|ová|ova|eva|ić|ič|vić|ski|sky|ská|ska|escu|nen|mann|vich|wicz|enko|shvili|"
    r"opoulos|idis|yan|berg|stein|quist|qvist|strøm|ström|feld|czyk|ssen|ev|ov)$"
)


class FoundName(NamedTuple):
    """A name's place; sure if words announced it, or first and last name are known."""

    start: int
    end: int
    sure: bool


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.casefold()

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_initial(self) -> bool:
        return len(self.text) == 1 and self.text.isupper()


def find_names(text: str) -> List[FoundName]:
    """All names; they may overlap."""
    lists = name_lists()
    found = [*_announced(text, lists), *_small(text, lists)]
    if not text.islower():
        found += _listed(text, lists)
    return [*found, *_again(text, found, lists)]


def _small(text: str, lists: NameLists) -> Iterator[FoundName]:
    """A frequent first name and a last name in small letters."""
    words = [_Word(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    for first, last in pairwise(words):
        known = first.low in lists.frequent and last.low in lists.last
        if known and not first.is_capital and last.start == first.end + 1:
            yield FoundName(first.start, last.end, False)


def _again(text: str, found: Sequence[FoundName], lists: NameLists) -> Iterator[FoundName]:
    """Parts of names that stand there once more: "Emma Hartley … Emma"."""
    parts = {part for name in found for part in _TOKEN.findall(text[name.start : name.end])}
    known = {
        part for part in parts if len(part) > 2 and part[0].isupper() and part.casefold() not in lists.words
    }
    if known and len(_TOKEN.findall(text)) > len(parts):
        for match in _TOKEN.finditer(text):
            if match.group() in known and not any(n.start <= match.start() < n.end for n in found):
                yield FoundName(match.start(), match.end(), False)


def _announced(text: str, lists: NameLists) -> Iterator[FoundName]:
    for cue in _ANNOUNCED.finditer(text):
        words = _following(text, cue.end(), lists)
        if words and (words[0].is_capital or words[0].low not in lists.also_words):
            yield FoundName(words[0].start, words[-1].end, True)
    for cue in _TITLE.finditer(text):
        words = [
            word for word in _following(text, cue.end(), lists) if word.is_capital or word.low in _PARTICLES
        ]
        if words and words[0].is_capital:
            yield FoundName(words[0].start, words[-1].end, True)
    for cue in _NAMED.finditer(text):
        words = _following(text, cue.end(), lists)
        if words and words[0].is_capital and words[0].low in lists.first | lists.also_words | lists.last:
            yield FoundName(words[0].start, words[-1].end, True)
    for cue in _MAYBE.finditer(text):
        words = _following(text, cue.end(), lists)
        if words and _is_somebody(words, lists):
            yield FoundName(words[0].start, words[-1].end, True)


def _is_somebody(words: List[_Word], lists: NameLists) -> bool:
    first = words[0]
    if not first.is_capital:
        return first.low in lists.frequent
    if first.low in lists.first:
        return True
    return len(words) > 1 and (words[-1].low in lists.last or first.low in lists.also_words & lists.frequent)


def _following(text: str, start: int, lists: NameLists) -> List[_Word]:
    """The words that may be a name, from a place on: capitals as long as they last, or known small ones."""
    words: List[_Word] = []
    for match in _TOKEN.finditer(text, start, start + 80):
        word = _Word(match.group(), match.start(), match.end())
        gap = text[words[-1].end if words else start : word.start]
        if len(words) == LONGEST or not _joins(gap, words[-1] if words else None):
            break
        if words and words[0].is_capital and not word.is_capital and word.low not in _PARTICLES:
            break
        if word.low in lists.words and word.low not in _PARTICLES and not word.is_initial:
            break
        if words and not word.is_capital and word.low not in lists.last and word.low not in _PARTICLES:
            break
        words.append(word)
    while words and words[-1].low in _PARTICLES:
        words.pop()
    return words


def _joins(gap: str, before: _Word | None) -> bool:
    return gap in ("", " ") or (gap in (". ", ".") and before is not None and before.is_initial)


def _listed(text: str, lists: NameLists) -> Iterator[FoundName]:
    """Names by the lists, among words with a capital."""
    shouted = text.isupper()
    for run in _runs(text):
        if shouted or any(word.low in _COMPANY for word in run):
            continue
        place = 0
        while place < len(run):
            length, sure = _name_at(run, place, lists)
            if length or not _is_unknown_person(text, run[place:], lists):
                length = length or 0
            else:
                length, sure = len(run) - place, False
            start, end = run[place].start, run[place + max(1, length) - 1].end
            if length and (sure or not _PLACE_BEFORE.search(text, max(0, start - 12), start)):
                yield FoundName(start, end, sure)
            place += max(1, length)


def _is_unknown_person(text: str, run: List[_Word], lists: NameLists) -> bool:
    """Two or three unknown words with capitals where only people stand, or with an initial between them."""
    plain = [word for word in run if not word.is_initial and word.low not in _PARTICLES]
    if len(plain) not in (2, 3) or len(run) > LONGEST or any(word.low in lists.words for word in plain):
        return False
    start, end = run[0].start, run[-1].end
    initial = any(word.is_initial for word in run[1:-1])
    before = _PERSON_BEFORE.search(text, max(0, start - 14), start)
    return bool(initial or before or _PERSON_BEHIND.match(text[end : end + 12]))


def _runs(text: str) -> Iterator[List[_Word]]:
    """Words with a capital that stand together, with the initials and particles between them."""
    run: List[_Word] = []
    for match in _TOKEN.finditer(text):
        word = _Word(match.group(), match.start(), match.end())
        together = 0 < len(run) < LONGEST_RUN and _joins(text[run[-1].end : word.start], run[-1])
        if run and not together:
            yield run
            run = []
        if word.is_capital or (run and word.low in _PARTICLES):
            run.append(word)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _name_at(run: List[_Word], place: int, lists: NameLists) -> tuple[int, bool]:
    """How many words from a place of a run on are a name (0: none), and whether that is sure."""
    first, rest = run[place], []
    for word in run[place + 1 : place + LONGEST]:
        if word.low in lists.stop and not word.is_initial and word.low not in _PARTICLES:
            break
        rest.append(word)
    while rest and rest[-1].low in _PARTICLES:
        rest.pop()
    surname = bool(rest) and (rest[-1].low in lists.last or bool(_SURNAME_ENDING.search(rest[-1].low)))
    if first.low in lists.first and len(first.text) > 1:
        return 1 + len(rest), surname
    if surname and len(first.text) > 1 and first.low in lists.also_words:
        return 1 + len(rest), True
    if surname and first.low not in lists.words and len(first.text) > 1 and first.low not in _PARTICLES:
        return 1 + len(rest), False
    if len(run) == 1 and len(first.text) > 3 and first.low in lists.last:
        return 1, False
    return 0, False
