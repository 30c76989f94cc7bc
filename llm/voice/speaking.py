"""Gives answers their voice: words before and after them, and their layout, never a word in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from llm.voice.choosing import Turns, choose
from llm.voice.dimensions import AUDIBLE, MUCH
from llm.voice.layout import laid_out, sentences
from llm.voice.prompting import instructions
from llm.voice.style import UPSET, Style, StyleSettings, style_for
from llm.voice.wording import ANY, Phrase, Wording, topic_of, wording_of

# From this wish on kind words come first, and the directness that keeps them away.
_KIND, _DIRECT = 0.3, 0.5
_SECOND_EMOJI = 0.7


@dataclass(frozen=True)
class Moment:
    """When and to whom something is said.

    Attributes:
        turns: whose turn it is among equally good phrases.
        channel: as Rasa names it.
        mood: `upset`, `calm`, `pleased` or empty.
        language: two letters; without wordings for it answers are laid out and nothing more.
        intent: what the question was understood as; empty if that is not known.
        topic: the question's subject in words; empty if it is not to be repeated.
        goes_on: something else follows at once (a form's question, another answer): no next step.
        cared: words of sympathy are said elsewhere.
        greeted: the same message has had an answer with its kind words before.
        led: something leads up to the answer already: nothing comes before it.
    """

    turns: Turns = field(default_factory=Turns)
    channel: str = ""
    mood: str = ""
    language: str = "en"
    intent: str = ""
    topic: str = ""
    goes_on: bool = False
    cared: bool = False
    greeted: bool = False
    led: bool = False


class Voice:
    """The voice of `rapport.yml: style`.

    Example:
        >>> Voice(StyleSettings(preset="plainspoken")).answer(text, Moment(intent="ask_return_policy"))
        'Unused items can be returned within 30 days.\\n\\nTo return something, send the order number.'

    Args:
        settings: without problems (`style.problems`).
    """

    def __init__(self, settings: StyleSettings | None = None) -> None:
        self.settings = settings or StyleSettings()

    def style(self, moment: Moment) -> Style:
        """The style that holds on a channel, in a mood."""
        return style_for(self.settings, moment.channel, moment.mood)

    def answer(self, text: str, moment: Moment) -> str:
        """An answer in this voice.

        Every sentence of the text is in it, unaltered and in the same order; what is added holds no figures.
        With a neutral style it is the text.
        """
        style = self.style(moment)
        if style.is_neutral or not text.strip():
            return text
        body = laid_out(text, style)
        wording = wording_of(moment.language)
        if wording is None:
            return body
        lead = _lead(body, style, moment, wording)
        step = "" if moment.goes_on else next_step(body, style, moment, wording)
        # A short answer that wants to be brief is one paragraph.
        between = " " if style["paragraphs"] <= -AUDIBLE else "\n\n"
        return between.join(part for part in (lead, body, step) if part)

    def instructions(self, moment: Moment) -> str:
        """The voice in words, for the prompt of a generated answer; empty for a neutral one."""
        return instructions(self.style(moment), moment.language, moment.mood)

    def care(self, text: str, moment: Moment) -> str:
        """Words of sympathy for an upset customer, to stand before a text.

        Empty where the style keeps to the matter, or the text begins with such words itself.
        """
        style, wording = self.style(moment), wording_of(moment.language)
        if wording is None or moment.mood != UPSET or style["empathy"] < _KIND:
            return ""
        if any(word in text.split(".")[0].lower() for word in wording.cues["empathy"]["high"]):
            return ""
        return choose(wording.care, style, moment.turns, "care")

    def transition(self, response: str, text: str, moment: Moment) -> str:
        """What leads over to an `utter_…` response; empty if it needs nothing of the kind.

        Args:
            response: its name in the domain.
            text: what it says; one that has an opening of its own gets no second one.
        """
        style, wording = self.style(moment), wording_of(moment.language)
        kind = self._kind(response)
        if not kind or wording is None or moment.mood == UPSET or has_opening(text, wording):
            return ""
        if _wish_for_kindness(style) < _KIND or style["directness"] >= _DIRECT or style["brevity"] >= MUCH:
            return ""
        return choose(wording.transitions[kind], style, moment.turns, f"transitions.{kind}")

    def _kind(self, response: str) -> str:
        for kind, names in self.settings.transitions.items():
            if any(fnmatchcase(response, name) for name in names):
                return kind
        return ""


def next_step(text: str, style: Style, moment: Moment, wording: Wording) -> str:
    """What the customer can do next; empty if the style does not want it, or the text asks something."""
    if style["guidance"] < AUDIBLE or text.rstrip().endswith("?"):
        return ""
    phrases = wording.next_steps.get(topic_of(moment.intent)) or wording.next_steps[ANY]
    said = choose(phrases, style, moment.turns, "next_steps")
    return _with_emoji(said, "next_step", style, moment, wording) if style["emoji"] >= _SECOND_EMOJI else said


def has_opening(text: str, wording: Wording) -> bool:
    """Whether a text begins with kind words, an excuse, a yes or the like of its own."""
    begin = text.lstrip(" \"'„“").lower().replace("’", "'")
    return any(
        begin.startswith(opener) and not begin[len(opener) : len(opener) + 1].isalnum()
        for opener in wording.openers
    )


def _lead(text: str, style: Style, moment: Moment, wording: Wording) -> str:
    """What comes before the answer: sympathy, and as many further words as the style has room for."""
    if moment.mood == UPSET:
        if moment.cared or moment.led or style["empathy"] < _KIND:
            return ""
        return choose(wording.care, style, moment.turns, "care")
    if moment.led or style["directness"] >= _DIRECT:
        return ""
    wanted = sorted(_leads(text, style, moment, wording), key=lambda one: -one[0])
    chosen = [name for _, name, _ in wanted[: _room(style)]]
    said = [
        _filled(choose(phrases, style, moment.turns, name), moment)
        for _, name, phrases in _leads(text, style, moment, wording)
        if name in chosen
    ]
    if said and style["emoji"] >= _KIND:
        said[0] = _with_emoji(said[0], "opening", style, moment, wording)
    return " ".join(said)


def _leads(
    text: str, style: Style, moment: Moment, wording: Wording
) -> list[tuple[float, str, Sequence[Phrase]]]:
    """(how much it is wanted, name, phrases) of what may come first, in the order of speech."""
    found: list[tuple[float, str, Sequence[Phrase]]] = []
    kind = _wish_for_kindness(style)
    if kind >= _KIND and not moment.greeted and not has_opening(text, wording):
        found.append((kind, "openings", wording.openings))
    if style["understanding"] >= _KIND and moment.topic:
        found.append((style["understanding"], "understanding", wording.understanding))
    certainty = max(style["attribution"], abs(style["assurance"]) - 0.2)
    if certainty >= _KIND:
        found.append((certainty, "attribution", wording.attribution))
    return found


def _room(style: Style) -> int:
    """How many sentences may come before the answer."""
    return 1 if style["brevity"] >= AUDIBLE else 3 if style["brevity"] <= -MUCH else 2


def _wish_for_kindness(style: Style) -> float:
    return max(style[name] for name in ("warmth", "politeness", "enthusiasm", "humour"))


def _filled(phrase: str, moment: Moment) -> str:
    return phrase.replace("{topic}", moment.topic)


def _with_emoji(phrase: str, place: str, style: Style, moment: Moment, wording: Wording) -> str:
    signs = wording.emoji.get(place) or ()
    return (
        f"{phrase} {choose([Phrase(one) for one in signs], style, moment.turns, place)}" if signs else phrase
    )


def survives(source: str, text: str) -> bool:
    """Whether every sentence of a source stands in a text, word for word and in order; white space aside."""
    place, plain = 0, " ".join(text.split())
    for sentence in sentences(source):
        wanted = " ".join(sentence.split())
        found = plain.find(wanted, place)
        if found < 0:
            return False
        place = found + len(wanted)
    return True
