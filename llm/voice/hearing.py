"""What can be heard in a text: a position on each dimension, and by which words it was heard.

Of an answer whose source is known only the words around it are judged by their choice: the source's are not
the voice's. Positions are -1 to 1, like those of styles. The formulas are simple and were set by hand;
docs/voice.md tells how well they tell voices apart.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from llm.voice.layout import sentences
from llm.voice.style import UPSET
from llm.voice.wording import Wording

_WORD = re.compile(r"[\w'’-]+")
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b06\u2934]")
_LINES = re.compile(r"(?m)^\s*(?:[-*•–]|\d{1,2}[.)])\s|;\n|:\n(?!\n)")
_RUNNING_LIST = re.compile(r": [^.:;]+; [^.:;]+; ")
# Kinds of words by which sentences before the answer are known where its source is not.
_OF_A_LEAD = ("warmth", "politeness", "understanding", "attribution", "enthusiasm", "empathy", "humour")


@dataclass(frozen=True)
class Parts:
    """A text taken apart.

    Attributes:
        text: the whole of it.
        before, after: what comes before and after the answer proper.
        own: the words that are judged by their choice.
        mood: what the customer feels like; empty if that is not known.
        has_source: whether the answer proper is known rather than guessed.
    """

    text: str
    before: str
    after: str
    own: str
    mood: str
    has_source: bool


@dataclass(frozen=True)
class Heard:
    """A position that was heard, -1 to 1, and why in a few words."""

    position: float
    why: str


def hear(text: str, wording: Wording, source: str = "", mood: str = "") -> dict[str, Heard]:
    """What can be heard in a text, by dimension; what cannot is not in it.

    Args:
        text: as the customer reads it.
        wording: of its language.
        source: what of it the help centre says; empty if that is not known.
        mood: the customer's; without it nobody can tell whether sympathy is due.
    """
    parts = _taken_apart(text, source, mood, wording)
    found = {name: listen(parts, wording) for name, listen in _LISTENERS.items()}
    return {name: heard for name, heard in found.items() if heard is not None}


def _taken_apart(text: str, source: str, mood: str, wording: Wording) -> Parts:
    plain = " ".join(text.split())
    said = [" ".join(one.split()) for one in sentences(source)]
    begin = plain.find(said[0]) if said else -1
    end = plain.rfind(said[-1]) if said else -1
    if begin >= 0 and end >= begin:
        before, after = plain[:begin], plain[end + len(said[-1]) :]
        return Parts(text, before, after, f"{before} {after}", mood, True)
    first, *rest = sentences(text) or [""]
    leading = []
    while rest and _is_lead(first, wording):
        leading.append(first)
        first, *rest = rest
    closing = rest[-1] if rest and (rest[-1].endswith("?") or _cues(rest[-1], wording, "guidance")) else ""
    return Parts(text, " ".join(leading), closing, text, mood, False)


def _is_lead(sentence: str, wording: Wording) -> bool:
    return not re.search(r"\d", sentence) and any(_cues(sentence, wording, name) for name in _OF_A_LEAD)


def _cues(text: str, wording: Wording, dimension: str, end: str = "high") -> list[str]:
    listed = tuple((wording.cues.get(dimension) or {}).get(end) or ())
    plain = text.replace("’", "'").lower()
    return list(dict.fromkeys(found[0] for found in _pattern(listed).finditer(plain)))


@cache
def _pattern(phrases: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    words = "|".join(re.escape(one.lower()) for one in longest_first) or r"(?!)"
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


def _by_words(dimension: str, silent: float, step: float) -> Callable[[Parts, Wording], Heard]:
    """Counts words for the high end against those for the low one, from `silent` in steps of `step`."""

    def listen(parts: Parts, wording: Wording) -> Heard:
        high, low = _cues(parts.own, wording, dimension), _cues(parts.own, wording, dimension, "low")
        position = silent + step * (len(high) - len(low))
        return Heard(_within(position), _words(high, low))

    return listen


def _formality(parts: Parts, wording: Wording) -> Heard:
    high, low = _cues(parts.own, wording, "formality"), _cues(parts.own, wording, "formality", "low")
    return Heard(_within((len(high) - len(low)) / (1 + 0.5 * len([*high, *low]))), _words(high, low))


def _enthusiasm(parts: Parts, wording: Wording) -> Heard:
    marks, words = parts.own.count("!"), _cues(parts.own, wording, "enthusiasm")
    return Heard(_within(-0.7 + 0.7 * marks + 0.4 * len(words)), f"{marks} exclamation marks{_list(words)}")


def _brevity(parts: Parts, wording: Wording) -> Heard:
    own = len(_WORD.findall(parts.own))
    # A guessed answer is judged by its length: 40 words are neither short nor long.
    position = 1 - own / 16 if parts.has_source else 1 - own / 40
    return Heard(_within(position), f"{own} words" + (" added" if parts.has_source else ""))


def _directness(parts: Parts, wording: Wording) -> Heard:
    before = len(_WORD.findall(parts.before))
    return Heard(_within(1 - before / 8), f"{before} words before the answer")


def _empathy(parts: Parts, wording: Wording) -> Heard | None:
    if parts.mood != UPSET:
        return None
    # What comes late is no sympathy first.
    opening = (sentences(parts.text) or [""])[0]
    found = _cues(opening, wording, "empathy")
    length = len(_WORD.findall(opening))
    position = _within(0.2 + 0.2 * len(found) + length / 40) if found else -1.0
    return Heard(position, f"the first sentence says{_list(found) or ' nothing of it'}")


def _guidance(parts: Parts, wording: Wording) -> Heard:
    found = _cues(parts.after, wording, "guidance")
    length = len(_WORD.findall(parts.after))
    position = _within(0.2 + length / 25) if found else -0.8
    return Heard(position, f"the end offers{_list(found) or ' nothing'}")


def _dialogue(parts: Parts, wording: Wording) -> Heard | None:
    if not parts.after.strip():
        return Heard(-0.7, "no question at the end")
    asks = "?" in parts.after
    return Heard(0.8 if asks else -0.7, "the end asks" if asks else "no question at the end")


def _emoji(parts: Parts, wording: Wording) -> Heard:
    count = len(_EMOJI.findall(parts.own))
    return Heard(_within(-0.9 + 1.5 * min(count, 1) + 0.3 * max(0, count - 1)), f"{count} emoji")


def _paragraphs(parts: Parts, wording: Wording) -> Heard:
    each = [len(_WORD.findall(one)) for one in re.split(r"\n\s*\n", parts.text) if one.strip()]
    mean = sum(each) / max(1, len(each))
    return Heard(_within((40 - mean) / 25), f"{mean:.0f} words in a paragraph")


def _structure(parts: Parts, wording: Wording) -> Heard | None:
    if _LINES.search(parts.text):
        return Heard(0.7, "a list on lines of its own")
    return Heard(-0.7, "a list within a sentence") if _RUNNING_LIST.search(parts.text) else None


def _says_so(dimension: str) -> Callable[[Parts, Wording], Heard]:
    """Heard or not heard."""

    def listen(parts: Parts, wording: Wording) -> Heard:
        found = _cues(parts.before if parts.has_source else parts.own, wording, dimension)
        return Heard(0.8 if found else -0.6, _words(found, []))

    return listen


def _within(position: float) -> float:
    return max(-1.0, min(1.0, position))


def _words(high: Sequence[str], low: Sequence[str]) -> str:
    told = [f"for it:{_list(high)}"] * bool(high) + [f"against it:{_list(low)}"] * bool(low)
    return "; ".join(told) or "no such words"


def _list(words: Iterable[str]) -> str:
    return "".join(f" “{word}”" for word in words)


_LISTENERS: dict[str, Callable[[Parts, Wording], Heard | None]] = {
    "formality": _formality,
    "warmth": _by_words("warmth", -0.3, 0.5),
    "brevity": _brevity,
    "empathy": _empathy,
    "humour": _by_words("humour", -0.8, 0.8),
    "enthusiasm": _enthusiasm,
    "assurance": _by_words("assurance", 0.0, 0.5),
    "directness": _directness,
    "politeness": _by_words("politeness", -0.4, 0.6),
    "guidance": _guidance,
    "dialogue": _dialogue,
    "emoji": _emoji,
    "paragraphs": _paragraphs,
    "structure": _structure,
    "attribution": _says_so("attribution"),
    "understanding": _says_so("understanding"),
    "presence": _by_words("presence", -0.5, 0.4),
}
