"""Ten answers in each language, to show and to measure voices with."""

from dataclasses import dataclass, replace
from functools import cache

from llm.errors import VoiceError
from llm.voice.checking import check
from llm.voice.choosing import Turns
from llm.voice.dimensions import FOLDER, read_yaml
from llm.voice.speaking import Moment, Voice
from llm.voice.style import StyleSettings, presets_of

# The samples are the turns of one conversation, so that phrases take turns as they would there.
CONVERSATION = "preview"


@dataclass(frozen=True)
class Sample:
    """An answer as the help centre gives it; `topic` is its subject in words."""

    intent: str
    topic: str
    text: str


@cache
def samples(language: str) -> tuple[Sample, ...]:
    """The ten answers of a language.

    Raises:
        VoiceError: there are none in that language.
    """
    content = read_yaml(FOLDER / "samples.yml")
    if language not in content:
        raise VoiceError(f"There are no sample answers in {language!r}: take one of {', '.join(content)}.")
    return tuple(Sample(**entry) for entry in content[language])


def spoken(
    settings: StyleSettings, preset: str, language: str, mood: str = "", channel: str = ""
) -> list[str]:
    """The ten answers in a preset, to a customer in a mood on a channel."""
    voice = Voice(replace(settings, preset=preset))
    return [
        voice.answer(one.text, moment(number, one, language, mood, channel))
        for number, one in enumerate(samples(language))
    ]


def moment(number: int, sample: Sample, language: str, mood: str = "", channel: str = "") -> Moment:
    """When a sample is said: as the reply to the conversation's message of that number."""
    return Moment(
        Turns(CONVERSATION, number), channel, mood, language, intent=sample.intent, topic=sample.topic
    )


def confusion(settings: StyleSettings, names: list[str], language: str) -> list[list[float]]:
    """How well the ten answers in each preset (row) keep each preset (column): mean scores, 0 to 1.

    Shape: [presets, presets].
    """
    styles = presets_of(settings)
    rows = []
    for name in names:
        texts = spoken(StyleSettings(presets=settings.presets), name, language)
        said = [(text, one.text) for text, one in zip(texts, samples(language))]
        rows.append(
            [_mean([check(t, styles[other], language, s).overall for t, s in said]) for other in names]
        )
    return rows


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
