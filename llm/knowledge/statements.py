"""Whether two statements of the help centre are about the same thing, and whether both can be true."""

import re
from dataclasses import dataclass

from llm.knowledge.figures import Figures, figures_in, without_figures
from llm.knowledge.words import STOPWORDS, stem, tokenize

# So many words must be shared …
LEAST_SHARED = 2
# … and this share of the shorter statement's words. Both chosen on the dev part of bench/knowledge_pairs.yml.
SHARED = 0.6
# With more words of its own than this share of the shared ones, a statement is about something more special.
MOST_OWN = 0.5
_NEGATIONS_TEXT = """
    not no never cannot without neither nor nobody nothing none hardly
    nicht kein keine keinen keiner nie ohne weder
"""
_NEGATIONS = frozenset(_NEGATIONS_TEXT.split())
_SHORT_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_FREE_PHRASES = re.compile(
    r"\b(no (?:extra |additional )?(?:cost|charge|fee)s?|costs? nothing|nothing extra)\b", re.IGNORECASE
)
# A word that denies, and what it denies.
_OPPOSITES = {
    "closed": "open",
    "impossible": "possible",
    "unavailable": "available",
    "excluded": "included",
    "refused": "accepted",
    "rejected": "accepted",
    "declined": "accepted",
    "forbidden": "allowed",
    "prohibited": "allowed",
    "optional": "required",
    "unlimited": "limited",
    "invalid": "valid",
}
_CONDITIONS = re.compile(
    r"\b(unless|except|only|if|once|otherwise|instead|apart from|until|nur|außer|wenn|falls|sofern)\b",
    re.IGNORECASE,
)
_OVER = re.compile(r"\b(over|above|more than|at least|after|über|mehr als|mindestens|nach)\b", re.IGNORECASE)
_UNDER = re.compile(r"\b(under|below|less than|before|unter|weniger als|vor)\b", re.IGNORECASE)
# Sizes, tariffs: "M" is a name.
_ONE_LETTER = re.compile(r"(?<!^)\b[B-HJ-Z]\b(?!['’.])")
# Words that figures say already, or that say nothing of what a statement is about.
_WEAK_TEXT = """
    cost costs charge charged fee price pay paid take takes last lasts buy bought purchase else everything
    every each always usually normally customer customers per up valid amount just simply additional extra
    available time possible allowed free people person anyone use used need needs make made come comes
    includes following working business
    kosten kostet dauert kunden bezahlen immer und oder der die das ein eine einen einem ist sind wird werden
    kann können sie wir ihr ihre für mit von im in am auf zu bei nach aus dem den des es
"""
_WEAK = frozenset(stem(word) for word in _WEAK_TEXT.split())
_PRONOUN = re.compile(
    r"^(it|they|this|that|these|those|he|she|both|then|there|here|es|sie|dies\w*|das)\b", re.IGNORECASE
)
_CLAUSES = re.compile(r"[;:]\s|,\s(?:and|but|so|or|und|aber)\s|\.\s")


@dataclass(frozen=True)
class Statement:
    """What a sentence says, taken apart.

    Attributes:
        words: stems of what it is about.
        figures: by kind.
        denies: whether it denies what its words say.
        has_condition: whether it holds only in some cases.
        side: "over" or "under" a limit; empty if it names none.
        stands_alone: whether it can be understood without the sentence before.
    """

    words: frozenset[str]
    figures: Figures
    denies: bool
    has_condition: bool
    side: str
    stands_alone: bool


def statement(text: str) -> Statement:
    """A sentence taken apart; of several clauses the first counts where it says enough."""
    text = _main_clause(text)
    plain = _FREE_PHRASES.sub(" ", text)
    denials = sum(token in _NEGATIONS or token in _OPPOSITES for token in tokenize(plain))
    denials += len(_SHORT_NOT.findall(text))
    return Statement(
        topic_words(without_figures(text)) | frozenset(_ONE_LETTER.findall(text)),
        figures_in(text),
        denials % 2 == 1,
        bool(_CONDITIONS.search(text)),
        "over" if _OVER.search(text) else "under" if _UNDER.search(text) else "",
        not _PRONOUN.match(text),
    )


def topic_words(text: str) -> frozenset[str]:
    """Stems of what a text is about."""
    plain = (_OPPOSITES.get(token, token) for token in tokenize(text))
    stems = {stem(token) for token in plain if token not in STOPWORDS and token not in _NEGATIONS}
    return frozenset(stems - _WEAK)


def same_thing(a: Statement, b: Statement, context_a: frozenset[str], context_b: frozenset[str]) -> bool:
    """Whether two statements are about the same thing.

    Each may have words of its own only if the other has none: "standard delivery" and "express delivery" are
    two things. What stands in the other's heading is not its own.

    Args:
        a, b: the statements.
        context_a, context_b: words of their headings and titles.
    """
    shared = a.words & b.words
    shorter = min(len(a.words), len(b.words))
    if (
        len(shared) < LEAST_SHARED
        or len(shared) < SHARED * shorter
        or not (a.stands_alone and b.stands_alone)
    ):
        return False
    if a.side and b.side and a.side != b.side:
        return False
    own_a, own_b = a.words - b.words - context_b, b.words - a.words - context_a
    if (own_a and own_b) or max(len(own_a), len(own_b)) > MOST_OWN * len(shared):
        return False
    if own_a or own_b:
        of_other = context_b - context_a - a.words if own_a else context_a - context_b - b.words
        return not of_other
    return True


def conflict(a: Statement, b: Statement) -> str:
    """Why two statements about the same thing cannot both be true; empty if they can."""
    if a.figures.get("limit", set()) == b.figures.get("limit", set()):
        for kind in sorted(a.figures.keys() & b.figures.keys() - {"limit"}):
            if not a.figures[kind] & b.figures[kind]:
                return f"different {'prices' if kind == 'price' else 'numbers' if kind == 'number' else kind}"
    elif a.words == b.words and a.side == b.side:
        return "different limits"
    if a.denies != b.denies and a.has_condition == b.has_condition and a.figures == b.figures:
        return "one denies what the other says"
    return ""


def _main_clause(text: str) -> str:
    first = _CLAUSES.split(text)[0]
    says_enough = len(topic_words(first)) >= LEAST_SHARED and (len(first) > 30 or bool(figures_in(first)))
    return first if says_enough else text
