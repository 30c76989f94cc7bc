"""What a customer's question is about, as words that fit into another question: an activity or a thing."""

import re

from llm.knowledge.words import content_words, stem, tokenize

PREPOSITIONS = (
    "to",
    "for",
    "in",
    "from",
    "with",
    "by",
    "on",
    "at",
    "via",
    "after",
    "before",
    "without",
    "within",
    "of",
    "about",
    "into",
)
# Verbs of customers' questions and their -ing forms; English has no rule that tells "return" the verb from
# the noun.
_VERBS_TEXT = """
    return send deliver ship pay cancel exchange repair fix wash clean collect buy order use track change
    get swap redeem earn join book try claim wear dry store re-proof reproof proof open close delete remove
    update reset register refund charge accept offer sell check measure find contact call visit combine
    apply replace mend choose keep store recycle trade reserve hire rent match include cover share give save
    spend put receive pitch fold adjust
"""
_VERBS = _VERBS_TEXT.split()
_GERUNDS = {
    "cancel": "cancelling",
    "get": "getting",
    "swap": "swapping",
    "ship": "shipping",
    "put": "putting",
    "reset": "resetting",
}
VERBS = frozenset(_VERBS)
_VERB_STEMS = frozenset(stem(verb) for verb in _VERBS)

_COURTESY = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|please|so|and|well|thanks|thank you|great|sorry|excuse me)\b[\s,.!]*)*"
    r"(?:(?:can|could) you (?:please )?(?:tell|explain to|show) me\s+|i(?:'d| would) like to (?:know|ask)\s+|"
    r"i (?:want|need) to know\s+|do you know\s+|tell me\s+|"
    r"i have a question about\s+|quick question[,:]?\s+)?"
    r"(?:about\s+)?",
    re.IGNORECASE,
)
_VERB_ALTERNATIVES = "|".join(sorted(_VERBS, key=len, reverse=True))
_ACTIVITY = re.compile(
    rf"\b(?:i|we|you|they|to|customers|people|one|not|still|also|it)\s+(?:(?:still|also|just|already|even)\s+)?"
    rf"({_VERB_ALTERNATIVES})\b([^?.!,;]*)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"^(?:what(?:'s| is| are)|how (?:much|long|big|good|old) (?:is|are|does|do)|"
    r"when (?:is|are)|where (?:is|are)|which (?:is|are)|"
    r"is there|are there|have you got|do you (?:sell|offer|do|have|take|run)|"
    r"how (?:does|do)|is|are|does)\s+(.+)$",
    re.IGNORECASE,
)
_TAIL_VERB = re.compile(
    r"\s+(?:cost|take|work|last|mean|available|free|possible|open|waterproof|valid|run out)\b.*$",
    re.IGNORECASE,
)


def activity(question: str) -> str:
    """What is done or asked about: "returning my boots", "delivery to Ireland", "the warranty"."""
    text = without_courtesy(question)
    found = _ACTIVITY.search(text)
    if found:
        return f"{_gerund(found.group(1).lower())}{found.group(2).rstrip()}"
    named = _NAMED.match(text)
    if named:
        return _TAIL_VERB.sub("", named.group(1)) or named.group(1)
    return text if len(text.split()) <= 6 else " ".join(content_words(text))


def thing(question: str) -> str:
    """The thing that is dealt with: "my boots" in "can I return my boots after a walk?"."""
    found = _ACTIVITY.search(without_courtesy(question))
    if found:
        noun = re.split(rf"\s(?:{'|'.join(PREPOSITIONS)}|if|when|that|which|and|or)\s", found.group(2) + " ")[
            0
        ].strip()
        if content_words(noun):
            return noun
    return activity(question)


def place(question: str) -> str | None:
    """The "to Ireland" or "in Kendal" of a question."""
    found = re.findall(r"\b((?:to|in|at|from)\s+(?:the\s+)?[a-z][\w'-]*(?:\s+[A-Z][\w'-]*)*)", question)
    found += re.findall(r"\b((?:to|in|at|from)\s+(?:the\s+)?[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)*)", question)
    return next((phrase for phrase in reversed(found) if phrase.split()[1].lower() not in VERBS), None)


def without_courtesy(question: str) -> str:
    """A question without greeting, "can you tell me" and its closing mark."""
    return _COURTESY.sub("", question.strip(), count=1).rstrip(" ?.!") or question.strip(" ?.!")


def starts_with_verb(text: str) -> bool:
    """Whether a text's first word is a verb that customers use."""
    words = tokenize(text)
    return bool(words) and words[0] in VERBS


def is_verb(word: str) -> bool:
    """Whether a word is a form of a verb that customers use."""
    return word in VERBS or stem(word) in _VERB_STEMS


def _gerund(verb: str) -> str:
    if verb in _GERUNDS:
        return _GERUNDS[verb]
    return verb[:-1] + "ing" if verb.endswith("e") else verb + "ing"
