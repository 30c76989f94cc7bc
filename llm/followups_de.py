"""The German half of `followups`: "und nach Irland?" after "Was kostet der Versand nach Deutschland?".

German word order does not let a phrase be put into another question as freely as English does. Only a
phrase with the same preposition is exchanged; else what the question before was about is added in brackets,
which is all that a search needs.
"""

import re

_PLACES = "nach|in|ins|aus|zu|zum|zur|von|vom"
_OTHERS = "mit|für|bei|ohne|auf|an|am|ab|per|über"
_PREPOSITION = f"{_PLACES}|{_OTHERS}"
_LEAD = re.compile(
    r"^(?:(?:und|aber|oder|also|dann|ok|okay|gut|danke|ah|ach so|alles klar|super|hm+|ja)\b[\s,.!]*)+",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"^(?:was ist (?:dann )?mit|wie (?:ist|sieht) (?:es|das) (?:denn )?(?:aus )?(?:mit|bei)|"
    r"wie siehts (?:aus )?mit|"
    r"(?:gilt|geht|stimmt) (?:das|es|dies) (?:dann )?(?:auch |genauso )?(?=für|bei|mit|in|nach|auf)|"
    r"(?:das|das gleiche|dasselbe) (?:auch )?(?=für|bei|mit|in|nach|auf)|"
    r"auch (?=für|bei|mit|in|nach|auf|am|im))\s*",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^(?:wer|was|wann|wo|wohin|woher|welche[nrsm]?|warum|wieso|wozu|wie|wieviel|ist|sind|hat|haben|habt|kann|"
    r"könn\w+|darf|muss|müss\w+|gibt|gibts|wird|werden|bekomm\w+|krieg\w*|brauch\w*|zahl\w*|nehm\w+|nimmt|mach\w*|ich|ihr|wir|man)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(?:es|sie|ihn|dort|dorthin|da|dahin|dafür|dabei|damit|davon|darauf|danach|nicht|"
    r"(?:das|die|der|den)(?=\s+([^\W_]+)|))\b",
    re.IGNORECASE,
)
# What says nothing of what a question is about.
_EMPTY_TEXT = """
    aber ab alle allem allen alles als also am an auch auf aus bei beim bekomme bekommen bekommt bin
    bis bitte brauch brauche da dabei dafür dahin damit danach dann darauf darf das dass davon dein
    dem den denn der des dich die dies diese dieser dir doch dort dorthin du durch ein eine einem
    einen einer eines er es etwas euch euer eure für gab geht gern gibt gibts gilt gut hab habe
    haben habt hallo hat hätte hi hier ich ihm ihn ihnen ihr ihre im in ins irgendwas ist ja jemand
    kann kannst kein keine keinen könnt können könnte krieg kriege kriegt mach mache machen macht
    man mein meine mich mir mit mal muss müssen nach nein nicht noch nur ob oder ohne per schon sein
    sich sie sind so soll um und uns unser vom von vor wann war warum was welche welchen welcher
    welches wenn wer werden wie wieso will wir wird wo wohin wollen würde würden zu zum zur danke
    moin tag guten lange viel wieviel kostet kosten dauert dauer liefert zahl zahle zahlen schnell
    schicke wozu woher über einfach eigentlich gleich selbst wollte möchte gültig kostenlos umsonst
    möglich teuer zurück rechtzeitig erlaubt
"""
_EMPTY = frozenset(_EMPTY_TEXT.split())
_WORD = re.compile(r"[^\W_]+")
_FRAGMENT, _LONGEST = 5, 9


def continued(question: str, previous: str) -> str | None:
    """A fragment in the place of its like: "und nach Irland?", "auch für Stiefel?"; None for any other."""
    lead = _LEAD.match(question)
    text = question[lead.end() :] if lead else question
    about = _ABOUT.match(text)
    fragment = re.sub(
        r"\s+(?:auch|dann|genauso|denn)$", "", (text[about.end() :] if about else text).rstrip(" ?.!")
    )
    found = re.match(rf"(?:{_PREPOSITION})\b", fragment, re.IGNORECASE)
    short = len(fragment.split()) <= _FRAGMENT and not _ASKS.match(fragment)
    if not _topics(fragment) or not (about or (short and (lead or found))):
        return None
    if found:
        exchanged = _exchanged(previous, found.group().lower(), fragment)
        if exchanged:
            return exchanged
    return _with_topics(fragment, previous)


def completed(question: str, previous: str) -> str | None:
    """A question that points back or names nothing itself, with the topic of the one before in brackets."""
    text = _LEAD.sub("", question).rstrip(" ?.!")
    topics = _topics(text)
    if len(text.split()) > _LONGEST or len(topics) > 2 or not (_ASKS.match(text) or points_back(text)):
        return None
    if topics and not points_back(text) and not (len(topics) == 1 and _LEAD.match(question)):
        return None
    return _with_topics(text, previous)


def has_topic(text: str) -> bool:
    """Whether a text says what it is about."""
    return bool(_topics(text)) and not text.startswith("/")


def _exchanged(previous: str, preposition: str, fragment: str) -> str | None:
    """The last phrase of the earlier question with a like preposition, exchanged for the fragment."""
    same = _PLACES if re.fullmatch(_PLACES, preposition) else preposition
    article = r"(?:(?:der|die|das|den|dem|ein|eine|einen|meine|mein)\s+)?"
    found = list(re.finditer(rf"\b(?:{same})\s+{article}[\w'-]+", previous, re.IGNORECASE))
    return previous[: found[-1].start()] + fragment + previous[found[-1].end() :] if found else None


def _with_topics(text: str, previous: str) -> str | None:
    """A text with what the question before was about in brackets; None if that adds nothing."""
    named = {word.lower() for word in _topics(text)}
    missing = [word for word in _topics(previous) if word.lower() not in named]
    return f"{text} ({' '.join(missing)})" if missing else None


def points_back(text: str) -> bool:
    """Whether a word stands for something said before; "die" before a noun only points ("die Jacke")."""
    return any(not (found.group(1) and _topics(found.group(1))) for found in _POINTS_BACK.finditer(text))


def _topics(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word.lower() not in _EMPTY and not word.isdigit()]
