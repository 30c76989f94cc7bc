"""Words as the keyword index sees them: lower case, without function words, cut to their stem.

No stemming library is in the environment; the suffix rules here are the plural, -ed and -ing steps of
Porter's stemmer (Porter 1980), which is what customers' questions and help articles differ in.
"""

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")
_HYPHENATED = re.compile(r"\b([a-z]{2,})-([a-z]{2,})\b")
_VOWEL = re.compile(r"[aeiouy]")

# Function words, and what every customer writes around the question itself.
_STOPWORDS_TEXT = """
    a about after again all also am an and any anybody anyone anything are as ask at be because been before
    being but by can cannot could did do does doing done for from get gets getting give go going got had has
    have having he hello help her hey hi him his how i if in into is it its just kindly know let like ll may
    me might mine must my need no not of off ok okay on one or our ours out over please re s same shall she
    should so some someone something sorry t tell than thank thanks that the their them then there these
    they thing things this those to too um until up us ve very want wanted wanna was we were what whats when
    where whether which who whom whose why will with within would yes you your yours actually really
    wondering wonder question hiya possible possibly able im ive id dont doesnt isnt cant didnt hasnt havent
    wont arent wasnt shouldnt wouldnt couldnt lot much many long
"""
STOPWORDS = frozenset(_STOPWORDS_TEXT.split())


def tokenize(text: str) -> list[str]:
    """Lower-case words; "customer's" becomes "customer", "micro-spikes" also counts as "microspikes"."""
    lowered = text.lower().replace("’", "'")
    words = _WORD.findall(lowered) + [left + right for left, right in _HYPHENATED.findall(lowered)]
    return [word[:-2] if word.endswith("'s") else word.replace("'", "") for word in words]


def content_words(text: str) -> list[str]:
    """The words that carry the meaning, unstemmed, in order."""
    return [word for word in tokenize(text) if word not in STOPWORDS]


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry the meaning, in order, repetitions kept."""
    return [stem(word) for word in content_words(text)]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Cut plural, -ed and -ing endings, and a final e or y, so that forms of one word meet.

    Args:
        word: one lower-case word.

    Returns:
        Its stem; words with a digit or of up to three letters stay as they are.
    """
    if len(word) <= 3 or not word.isalpha():
        return word
    word = _without_plural(word)
    word = _without_past_and_gerund(word)
    word = _without_derivation(word)
    if len(word) > 3 and word.endswith(("e", "y", "i")):
        word = word[:-1]
    return word


def _without_plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_past_and_gerund(word: str) -> str:
    for ending in ("ing", "ed"):
        base = word[: -len(ending)]
        if word.endswith(ending) and len(base) >= 3 and _VOWEL.search(base):
            doubled = base[-1] == base[-2] and base[-1] not in "lsz"
            return base[:-1] if doubled else base.rstrip("l") + "l" if base.endswith("ll") else base
    return word


def _without_derivation(word: str) -> str:
    for ending in ("ational", "ation", "ability", "able", "ment", "ness", "ly", "al"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
