"""How far a text supports a sentence: all that a claim can be wrong in is held against each statement."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from llm.support.signs import Signs, known_words, read

# So large a share of a sentence's content words must stand in the statement that it goes back to.
MIN_SUPPORT = 0.7
# … and so many of all its words and numbers must be the statement's own, not only its heading's.
MIN_OWN = 0.33
# Where a statement ends and another begins within a sentence; conditions stay with what they are about.
_CLAUSES = re.compile(
    r"\s+(?:but|while|whereas|aber|sondern)\s+|,\s+(?=(?:and|und|or|oder|customers|kunden)\b)"
    r"|\s+(?:and|und)\s+(?=\w+s\b|can\b|is\b|are\b|must\b|cannot\b|has\b|have\b|kostet|dauert|ist|sind|kann|wird)"
)
# What a question is answered with before the statement; "No, … may never …" is not turned round twice.
_YES_OR_NO = re.compile(r"^(?:yes|no|ja|nein)\s*[,:;–-]\s*", re.IGNORECASE)
_STATEMENTS = re.compile(r";\s+")
# Between things with a number each: "from 7:00 on weekdays and until 11:30 on Sundays".
_BETWEEN = re.compile(
    r",\s+|\s+(?:and|und)\s+(?=(?:from|on|at|in|for|until|by|after|before|with|without|von|bis|am|ab|für|mit|ohne)\b)"
)
# What is added to a claim stands behind one of these.
_ADDED = re.compile(r"\s+(and|or|as well as|plus|und|oder|sowie)\s+", re.IGNORECASE)
_NEARLY_ALL = 0.8
# Words of like spelling from this length on: "Versuche", "Versuchen".
_LONG = 5


@dataclass(frozen=True)
class Verdict:
    """How far a text supports a sentence.

    Attributes:
        score: 0–1; what contradicts its source, or holds a number that does not stand there, has at most 0.5.
        faults: what speaks against it, in words; empty if it only says the same.
    """

    score: float
    faults: tuple[str, ...]

    @property
    def is_supported(self) -> bool:
        """Whether it may be sent."""
        return not self.faults and self.score >= MIN_SUPPORT


@dataclass(frozen=True)
class Source:
    """One statement of a text, ready to hold sentences against.

    Attributes:
        text: as read.
        signs: of the whole statement; `clauses` are those of its parts.
        counts: its parts are things of one kind with a number each ("repairs 3 days, soles 3 weeks").
        around: stems that may be taken over from its heading, its table's head, or the sentence before it.
    """

    text: str
    signs: Signs
    clauses: tuple[Signs, ...]
    counts: bool
    around: frozenset[str]


def sources(statements: Sequence[str], context: str) -> tuple[Source, ...]:
    """A text's statements, in order, with what they are about."""
    found: list[Source] = []
    about = _all_words(read(context))
    for statement in statements:
        for place, text in enumerate(_STATEMENTS.split(statement)):
            around = about
            if found and (place or read(text).points_back):
                around = around | _all_words(found[-1].signs) | found[-1].around
            clauses = tuple(read(part) for part in _clauses(text))
            counts = len(clauses) > 1 and all(clause.numbers for clause in clauses)
            found.append(Source(text, read(text), clauses, counts, around))
    return tuple(found)


def judge(sentence: str, held: Sequence[Source]) -> Verdict:
    """Hold a sentence against the statements of one text; the one that fits best counts."""
    sentence = _YES_OR_NO.sub("", sentence)
    verdicts = [_against(read(sentence), source, held) for source in held]
    verdicts = [_without_additions(sentence, verdict, source) for verdict, source in zip(verdicts, held)]
    for verdict, source in zip(verdicts, held):
        if (
            verdict.faults
            and _says_it_all(read(sentence), source.signs)
            and _says_it_all(source.signs, read(sentence))
        ):
            return verdict  # the same words, but turned round: no other statement makes that good
    whole = max(verdicts, key=_rank, default=Verdict(0.0, ("nothing to hold it against",)))
    if whole.is_supported:
        return whole
    parts = _clauses(sentence)
    if len(parts) < 2:
        return whole
    each = [judge_part(part, held) for part in parts]
    weakest = min(each, key=_rank)
    return weakest if weakest.is_supported else whole


def _without_additions(sentence: str, verdict: Verdict, source: Source) -> Verdict:
    """A verdict, worse if a part behind "and" or "or" has not one word of its own in the statement."""
    known = _all_words(source.signs) | source.around
    joins = _ADDED.split(sentence)
    for join, part in zip(joins[1::2], joins[2::2]):
        signs = read(part)
        # What "or" brings in is another thing; "and" may go on in other words.
        words = {signs.subject} - {""} if join.lower() in ("or", "oder") else signs.words
        if words and not any(_holds(known, word) for word in words):
            return Verdict(verdict.score * 0.5, (*verdict.faults, f"{min(words)} is added"))
    return verdict


def judge_part(part: str, held: Sequence[Source]) -> Verdict:
    """A part of a sentence against the statements."""
    return max((_against(read(part), source, held) for source in held), key=_rank)


def _rank(verdict: Verdict) -> tuple[bool, float]:
    return verdict.is_supported, verdict.score


def _against(said: Signs, source: Source, held: Sequence[Source]) -> Verdict:
    theirs = source.signs
    known = _all_words(theirs) | source.around
    missing = frozenset(word for word in said.words if not _holds(known, word))
    share = 1.0 - len(missing) / len(said.words) if said.words else float(bool(said.numbers or said.light))
    own = sum(_holds(_all_words(theirs), word) for word in _all_words(said))
    own += sum(number.is_in(theirs.numbers) for number in said.numbers)
    if own < MIN_OWN * (len(_all_words(said)) + len(said.numbers)):
        return Verdict(share * 0.5, ("hardly a word of it stands there",))
    faults = tuple(_faults(said, source, missing, held))
    return Verdict(share * 0.5 ** len(faults), faults)


def _faults(said: Signs, source: Source, missing: frozenset[str], held: Sequence[Source]) -> Iterator[str]:
    theirs = source.signs
    near = _nearest(said, source)
    counted = [number for number in said.numbers if not number.is_named]
    own = near if source.counts and len({number.unit for number in counted}) == 1 else theirs
    for number in counted:
        if not number.is_in(own.numbers):
            yield f"{number.value:g} {number.unit}".strip()
    against = theirs if _says_it_all(said, theirs) else near
    if said.negations % 2 != against.negations % 2:
        yield "negation"
    affirmed = said.affirmed & (theirs.negated - theirs.affirmed) and not said.negations
    if affirmed or (said.negated and not against.negations | len(against.negated)):
        yield "negated word"
    for word in said.sweeping - theirs.sweeping:
        same = known_words().sweeping_same.get(word, frozenset())
        if not same & theirs.sweeping and not (word in ("never", "nie") and theirs.negations):
            yield word
    for word, same in known_words().directions.items():
        if word in said.small and not {word, *same} & theirs.small:
            yield word
    for group, word in said.opposites - near.opposites:
        if any(other == group for other, _ in near.opposites) and not any(
            w == word for _, w in near.opposites
        ):
            yield word
    elsewhere = {
        word for word in missing if any(_holds(_all_words(o.signs), word) for o in held if o is not source)
    }
    if elsewhere:
        yield f"{min(elsewhere)} is said of something else"
    unknown_names = {word for word in said.names if word in missing}
    if unknown_names:
        yield f"{min(unknown_names)} does not stand there"
    if said.subject and _is_of_something_else(said, source):
        yield f"{said.subject} does not stand there"
    if near.condition and not _keeps_condition(said, near):
        yield "a condition is left out"


def _is_of_something_else(said: Signs, source: Source) -> bool:
    """Whether a sentence is about another thing than the statement; the heading's words do not suffice."""
    theirs, near = source.signs, _nearest(said, source)
    if _holds(_all_words(near), said.subject) or not near.subject:
        return False
    if not _holds(source.around | _all_words(theirs), said.subject):
        return True
    return not theirs.points_back and not _holds(_all_words(said), near.subject)


def _keeps_condition(said: Signs, near: Signs) -> bool:
    kept = sum(word in _spoken(said) for word in near.condition)
    return kept >= len(near.condition) / 2 if near.is_only and not said.is_only else kept > 0


def _says_it_all(said: Signs, theirs: Signs) -> bool:
    kept = sum(_holds(_all_words(said), word) for word in theirs.words)
    return kept >= _NEARLY_ALL * len(theirs.words)


def _nearest(said: Signs, source: Source) -> Signs:
    """The clause of a statement that a sentence goes back to."""
    if len(source.clauses) == 1:
        return source.clauses[0]
    words = _all_words(said)

    def shared(clause: Signs) -> float:
        numbers = sum(number.is_in(clause.numbers) for number in said.numbers)
        opposites = len(said.opposites & clause.opposites)
        return len(words & _all_words(clause)) + 2 * numbers + 2 * opposites + (said.subject in clause.words)

    return max(source.clauses, key=shared)


def _clauses(text: str) -> list[str]:
    """Parts of a sentence that each claim something; one without a subject takes over that of the first."""
    parts = [part.strip() for part in _CLAUSES.split(text) if part.strip()]
    counted = [part for one in parts for part in _BETWEEN.split(one)]
    if len(counted) > 1 and all(any(c.isdigit() for c in part) for part in counted):
        parts = counted
    return list(_with_subject(parts))


def _with_subject(parts: Sequence[str]) -> Iterator[str]:
    """Parts of a sentence; what has no subject of its own takes over that of the first."""
    yield from parts[:1]
    subject = re.match(
        r"(?:\W*\w+){1,5}?(?=\s+(?:is|are|can|cost|costs|takes|has|must|arrives|kostet|ist|sind)\b)", parts[0]
    )
    for part in parts[1:]:
        own = re.match(r"(?:is|are|can|cannot|costs?|takes?|has|have|must|\w+s)\b", part)
        yield f"{subject.group()} {part}" if subject and own else part


@lru_cache(maxsize=4_000)
def _all_words(signs: Signs) -> frozenset[str]:
    return signs.words | signs.light


def _spoken(said: Signs) -> frozenset[str]:
    return _all_words(said) | said.digits


def _holds(known: frozenset[str], word: str) -> bool:
    if word in known:
        return True
    return len(word) >= _LONG and any(_alike(word, other) for other in known)


@lru_cache(maxsize=20_000)
def _alike(first: str, second: str) -> bool:
    """Forms of one word: they share their beginning."""
    shorter = min(len(first), len(second))
    return (
        shorter >= _LONG
        and first[: shorter - 1] == second[: shorter - 1]
        and abs(len(first) - len(second)) <= 3
    )
