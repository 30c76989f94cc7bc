"""How well an answer keeps its voice: what was wanted against what can be heard, dimension by dimension."""

from dataclasses import dataclass

from llm.errors import VoiceError
from llm.voice.hearing import hear
from llm.voice.style import Style
from llm.voice.wording import languages, wording_of

# As far from what was wanted as this, and nothing of it is kept; the scale is 2 long.
_LOST = 1.5


@dataclass(frozen=True)
class Judged:
    """One dimension.

    Attributes:
        wanted, heard: positions, -1 to 1.
        score: 0 (the opposite) to 1 (as wanted).
        why: what it was heard by.
    """

    dimension: str
    wanted: float
    heard: float
    score: float
    why: str

    @property
    def sentence(self) -> str:
        """In one line, for people."""
        places = f"wanted {self.wanted:+.1f}, heard {self.heard:+.1f}"
        return f"{self.dimension} {self.score:.2f}: {places} ({self.why})"


@dataclass(frozen=True)
class Verdict:
    """How well a text keeps a voice.

    Attributes:
        overall: 0 to 1, the mean of the scores, each weighed by how far from 0 it was wanted; 1 where nothing
            was asked for.
        judged: the dimensions that something was wanted on and that can be heard, worst first.
    """

    overall: float
    judged: tuple[Judged, ...]

    @property
    def scores(self) -> dict[str, float]:
        """Scores by dimension."""
        return {one.dimension: one.score for one in self.judged}


def check(text: str, style: Style, language: str = "en", source: str = "", mood: str = "") -> Verdict:
    """How well a text keeps a style.

    Example:
        >>> check("Sure thing! It's £3.95.", Style({"formality": 0.9})).judged[0].sentence
        'formality 0.00: wanted +0.9, heard -1.0 (against it: “sure” “it's”)'

    Args:
        text: as the customer reads it.
        style: what was wanted.
        language: two letters.
        source: what of the text the help centre says word for word; then only what stands around it is judged
            by its words. Empty if that is not known: all of it is judged.
        mood: the customer's; sympathy is judged only where it is `upset`.

    Raises:
        VoiceError: there is no wording list for the language, so that nothing can be heard.
    """
    wording = wording_of(language)
    if wording is None:
        raise VoiceError(
            f"The voice cannot be checked in the language {language!r} (it can in {', '.join(languages())}): "
            f"translate llm/voice/wording/en.yml into {language}.yml."
        )
    heard = hear(text, wording, source, mood)
    judged = [
        Judged(name, wanted, heard[name].position, _score(wanted, heard[name].position), heard[name].why)
        for name, wanted in style.wishes().items()
        if name in heard
    ]
    weight = sum(abs(one.wanted) for one in judged)
    overall = sum(one.score * abs(one.wanted) for one in judged) / weight if weight else 1.0
    return Verdict(overall, tuple(sorted(judged, key=lambda one: one.score)))


def _score(wanted: float, heard: float) -> float:
    return max(0.0, 1 - abs(wanted - heard) / _LOST)
