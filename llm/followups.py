"""Make a follow-up question stand on its own: "and to Ireland?" after "how much is delivery in the UK?".

Rules, not a model: each names one shape of English follow-up; `followups_de` has the German ones. A question
that says what it is about stays as it is.
"""

import re
from collections.abc import Sequence

from llm import followups_de
from llm.knowledge.words import content_words, tokenize
from llm.topics import (
    PREPOSITIONS,
    VERBS,
    activity,
    is_verb,
    place,
    starts_with_verb,
    thing,
    without_courtesy,
)

# Older questions are about something else too often.
_REMEMBERED = 6
_PREPOSITION = "|".join(PREPOSITIONS)
_LEAD = re.compile(
    r"^(?:(?:ok|okay|and|but|so|then|also|oh|hm+|right|thanks|great)\b[\s,.!]*)+", re.IGNORECASE
)
_ABOUT = re.compile(
    r"^(?:(?:what|how)\s+about|what\s+if\s+(?:it'?s|it\s+is|they'?re|they\s+are)|"
    r"(?:(?:is|are|does)\s+(?:it|that|this|they)\s+)?(?:the\s+)?same\s+(?=for|in|to|with|on)|"
    r"(?:does|is|do|are)\s+(?:that|this|it|they|those)\s+(?:also\s+)?(?:apply|count|go|true|valid|work)\s+"
    r"(?=to|for|in|on|with))\s*",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:who|what|when|where|why|which|how|is|are|was|do|does|did|can|could|will|would|should|may|must|has|have|i|my|we|"
    r"there|it|that|this|they)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(it|that|this|they|them|those|these|its|ones?)\b", re.IGNORECASE)
# "that" before one of these, or at the end, stands for something; before a noun it only points ("that
# jacket").
_AFTER_PRONOUN = re.compile(
    r"^\s*(?:$|[?.!,]|(?:take|cost|work|apply|include|mean|cover|happen|be|come|go|is|are|was|also|too|as|still|even|all|"
    r"always|only|not|free|possible|allowed|ok|okay|last|count|need|fit|waterproof|valid|available|"
    rf"{_PREPOSITION}|and|or|if|when|back|again|online|myself)\b)",
    re.IGNORECASE,
)
# "How long does it take to …", "is it possible to …", "what time is it": this "it" stands for nothing before.
_EXPLETIVE = re.compile(
    r"\b(?:it|that)\b(?:\s+\w+){0,5}?\s+(?:to\s+(?!you\b|me\b|my\b|the\b|a\b|[A-Z])\w+|if\s+i|true\s+that)|"
    r"\bis\s+it\s+(?:raining|open|going)|\btime\s+is\s+it",
)
_OWN_STORY = re.compile(
    r"\bi\s+(?:have\s+|'ve\s+)?(?:just\s+)?(?:bought|ordered|got|received|paid|wore|used|lost|broke)\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    r"^(how much|how long|how soon|how often|how|(?:until |by |from |since )?when|where|"
    r"why not|why|which ones?|who|what else|for how long)$",
    re.IGNORECASE,
)
# Questions with only these words ask about a side of something that was named before.
_GENERAL_TEXT = """
    fee fees cost costs charge charges price prices limit limits deadline time long free condition
    conditions exception exceptions rule rules catch minimum maximum extra expensive cheaper take takes last
    late later early soon proof receipt refundable quick faster quicker amount long much else include
    included mean work
"""
_GENERAL = frozenset(_GENERAL_TEXT.split())
# "can I tumble dry …": whatever stands between subject and pronoun is what is done with it.
_VERB_PHRASE = re.compile(
    r"\b(?:can|could|do|does|did|should|may|must|would|will)\s+(?:i|you|we|they|one)\s+[\w-]+(?:\s+[\w-]+)?\s*$",
    re.IGNORECASE,
)
_SMALLTALK_TEXT = """
    yes no thanks thank hi hello bye goodbye great cool perfect fine good nice ok okay sure please nope yep
"""
_SMALLTALK = frozenset(_SMALLTALK_TEXT.split())


def rewrite_follow_up(
    question: str, history: Sequence[str], language: str = "en", known: Sequence[str] = ()
) -> str:
    """A question in words that need no history.

    Example:
        >>> rewrite_follow_up("and to Ireland?", ["How much is delivery to Germany?"])
        'How much is delivery to Ireland?'

    Args:
        question: what the customer wrote now.
        history: what the same customer wrote before, oldest first.
        language: of both; a question in one without rules stays as it is.
        known: what the dialogue has just found out ("the second one" is the Wasdale Tent): where the question
            points back and the customer did not say so in words, this is meant.

    Returns:
        The standalone question; the question itself when it already is one or nothing came before.
    """
    if language not in _RULES:
        return question
    has_topic, rewrite, points_back = _RULES[language]
    said = f"{question} {history[-1] if history else ''}".casefold()
    unsaid = [value for value in known if value.casefold() not in said]
    if unsaid and points_back(question):
        return f"{question.strip(' ?.!')} ({', '.join(unsaid)})"
    previous = ""
    for text in history[-_REMEMBERED:]:
        if has_topic(text):
            previous = rewrite(text, previous)
    return rewrite(question, previous) if previous else question


def _points_back(question: str) -> bool:
    """Whether a word of the question stands for something outside it."""
    if _EXPLETIVE.search(question) or _OWN_STORY.search(question):
        return False
    return any(_stands_for_something(found, question) for found in _PRONOUN.finditer(question))


def _rewrite_german(question: str, previous: str) -> str:
    text = question.strip()
    if not previous or not text:
        return question
    return followups_de.continued(text, previous) or followups_de.completed(text, previous) or question


def _rewrite(question: str, previous: str) -> str:
    text = question.strip()
    if not previous or not text:
        return question
    rewritten = _continued(text, previous) or _resolved(text, previous) or _completed(text, previous)
    return _sentence(rewritten) if rewritten else question


def _has_topic(text: str) -> bool:
    words = [word for word in content_words(text) if word not in _SMALLTALK and not word.isdigit()]
    return bool(words) and not text.startswith("/")


def _continued(question: str, previous: str) -> str | None:
    """ "and to Ireland?", "what about boots?", "same for gift cards?" """
    text = without_courtesy(_LEAD.sub("", question))
    about = _ABOUT.match(text)
    fragment = re.sub(r"\s+(?:too|as well|then|instead|also)$", "", text[about.end() :] if about else text)
    if not content_words(fragment):
        return None
    has_lead = bool(_LEAD.match(question)) and not _ASKS.match(fragment) and not starts_with_verb(fragment)
    bare_preposition = (
        re.match(rf"^(?:{_PREPOSITION})\b", fragment, re.IGNORECASE) and len(fragment.split()) <= 5
    )
    if about or bare_preposition or (has_lead and len(fragment.split()) <= 6):
        return _merge(without_courtesy(previous), fragment)
    return None


def _merge(previous: str, fragment: str) -> str:
    preposition = re.match(rf"^({_PREPOSITION})\b", fragment, re.IGNORECASE)
    if preposition:
        return _replace_phrase(previous, preposition.group(1).lower(), fragment) or f"{previous} {fragment}"
    return _replace_noun(previous, fragment) or f"{previous} for {fragment}"


def _replace_phrase(previous: str, preposition: str, fragment: str) -> str | None:
    same = {"to": "to|in|within", "in": "in|to|at", "at": "at|in"}.get(preposition, preposition)
    noun = r"(?:(?:the|a|an|my|your)\s+)?[\w£'-]+(?:\s+(?!take\b|cost\b|last\b)[\w'-]+)?"
    pattern = rf"\b(?:{same})\s+{noun}(?=\s+(?:{_PREPOSITION}|if|when|and|cost|take|last)\b|$)"
    found = [m for m in re.finditer(pattern, previous, re.IGNORECASE) if tokenize(m.group())[1] not in VERBS]
    return previous[: found[-1].start()] + fragment + previous[found[-1].end() :] if found else None


def _replace_noun(previous: str, fragment: str) -> str | None:
    """The last noun of the earlier question, where the new one can stand in its place."""
    after_preposition = re.search(
        r"\b(to|in|with|on|for|of|from|by|at)\s+(?:(?:the|a|an|my|your)\s+)?([\w'-]+(?:\s+[\w'-]+)?)$",
        previous,
    )
    if after_preposition and tokenize(after_preposition.group(2))[0] not in VERBS:
        is_place = after_preposition.group(1) in ("to", "in", "from", "at")
        if not is_place or fragment[:1].isupper() or re.match(r"the [A-Z]", fragment):
            return f"{previous[: after_preposition.end(1)]} {fragment}"
        return None
    priced = re.match(
        r"^(how (?:much|long) (?:is|are|does|do))\s+.+?(\s+(?:cost|take|last))?$", previous, re.IGNORECASE
    )
    if priced and not fragment[:1].isupper():
        return f"{priced.group(1)} {fragment}{priced.group(2) or ''}"
    verb_object = re.search(
        rf"\b({'|'.join(VERBS)})\s+(?:(?:the|a|an|my|your|some|any)\s+)?[\w'-]+(?:\s+[\w'-]+)?$", previous
    )
    return f"{previous[: verb_object.end(1)]} {fragment}" if verb_object else None


def _resolved(question: str, previous: str) -> str | None:
    """Pronouns and "there" that stand for something said before."""
    text = _LEAD.sub("", question)
    there = re.search(r"(?<!is )(?<!are )\bthere\b(?! (?:is|are|any|a)\b)", text, re.IGNORECASE)
    where = place(without_courtesy(previous))
    if there and where and not re.match(r"there\b", text, re.IGNORECASE):
        is_aim = is_verb((tokenize(text[: there.start()]) or [""])[-1])
        return (
            text[: there.start()] + (where if is_aim else re.sub(r"^to\b", "in", where)) + text[there.end() :]
        )
    found = next((m for m in _PRONOUN.finditer(text) if _stands_for_something(m, text)), None)
    if found is None or _EXPLETIVE.search(text) or _OWN_STORY.search(text):
        return None
    return _with_topic(text, found, previous)


def _with_topic(text: str, found: "re.Match[str]", previous: str) -> str | None:
    before = text[: found.start()]
    verb_phrase = _VERB_PHRASE.search(before)
    named = content_words(before[: verb_phrase.start()] if verb_phrase else before)
    if any(not is_verb(word) and word not in _GENERAL for word in named):
        return None  # it stands for something in this very question
    is_thing = found.group().lower() in ("them", "they", "those", "these", "its", "one", "ones")
    is_object = bool(verb_phrase) or is_verb((tokenize(before) or [""])[-1])
    topic = thing(previous) if is_thing or is_object else activity(previous)
    possessive = "'s" if found.group().lower() == "its" else ""
    return before + topic + possessive + text[found.end() :]


def _stands_for_something(found: "re.Match[str]", text: str) -> bool:
    word = found.group().lower()
    if word in ("it", "they", "them", "its"):
        return True
    if word in ("one", "ones"):
        return text[: found.start()].lower().endswith(("the ", "this ", "that ", "which "))
    return bool(_AFTER_PRONOUN.match(text[found.end() :]))


def _completed(question: str, previous: str) -> str | None:
    """ "how long?", "why not?", "is there a fee?" """
    text = without_courtesy(_LEAD.sub("", question))
    topic = activity(previous)
    bare = _BARE.match(text)
    if bare:
        pattern = {
            "how much": "How much does {} cost",
            "how long": "How long does {} take",
            "how soon": "How soon: {}",
        }
        return pattern.get(bare.group(1).lower(), text + " ({})").format(topic)
    words = content_words(text)
    general = bool(words) and all(word in _GENERAL for word in words) and len(text.split()) <= 8
    return f"{text} for {topic}" if general and _ASKS.match(text) else None


def _sentence(text: str) -> str:
    text = " ".join(text.split()).rstrip(" ?.!,")
    return text[:1].upper() + text[1:] + "?"


# By language: whether a text says what it is about, what makes a question stand on its own, and whether it
# points back.
_RULES = {
    "en": (_has_topic, _rewrite, _points_back),
    "de": (followups_de.has_topic, _rewrite_german, followups_de.points_back),
}
