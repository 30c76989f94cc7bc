"""The wording lists: what the voice may say, one YAML file a language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from llm.errors import VoiceError
from llm.voice.dimensions import FOLDER, HIGHEST, LOWEST, dimensions, name_of, read_yaml

WORDING = FOLDER / "wording"
TOPICS = "topics.yml"
# Next steps for whatever has no list of its own.
ANY = "any"
TRANSITIONS = ("asking", "telling", "done")
_NEEDED = {"next_steps": (ANY,), "transitions": TRANSITIONS}


@dataclass(frozen=True)
class Phrase:
    """One thing to say, and its positions on the dimensions that it has a colour in."""

    say: str
    positions: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Wording:
    """All that may be said in one language; wording/en.yml explains every list.

    Attributes:
        openers: beginnings, in lower case, of texts that need no kind words before them.
        emoji: by place, `opening` and `next_step`.
        instructions: what a language model is told.
        cues: by dimension, words for its `low` and its `high` end.
    """

    language: str
    openings: tuple[Phrase, ...]
    understanding: tuple[Phrase, ...]
    attribution: tuple[Phrase, ...]
    care: tuple[Phrase, ...]
    next_steps: Mapping[str, tuple[Phrase, ...]]
    transitions: Mapping[str, tuple[Phrase, ...]]
    openers: tuple[str, ...]
    emoji: Mapping[str, Sequence[str]]
    instructions: Mapping[str, Any]
    cues: Mapping[str, Mapping[str, Sequence[str]]]


def languages() -> list[str]:
    """Codes of the languages that there are wordings for."""
    return sorted(file.stem for file in WORDING.glob("*.yml") if file.name != TOPICS)


@cache
def wording_of(language: str) -> Wording | None:
    """A language's wordings; None if there are none, then answers are laid out and nothing more.

    Raises:
        VoiceError: naming file, list and phrase that are wrong.
    """
    if language not in languages():
        return None
    content = read_yaml(WORDING / f"{language}.yml")
    place = name_of(WORDING / f"{language}.yml")
    for name in (one.name for one in fields(Wording)):
        if name != "language" and not content.get(name):
            raise VoiceError(f"{place} has no {name!r}: write it as in en.yml, with at least one entry.")

    def phrases(name: str) -> tuple[Phrase, ...]:
        return _phrases(content[name], f"{place}: {name}")

    def groups(name: str) -> dict[str, tuple[Phrase, ...]]:
        missing = [key for key in _NEEDED[name] if key not in content[name]]
        if missing:
            raise VoiceError(f"{place}: {name} has no list {missing[0]!r}: write at least one phrase in it.")
        return {key: _phrases(entry, f"{place}: {name}.{key}") for key, entry in content[name].items()}

    return Wording(
        language=language,
        openings=phrases("openings"),
        understanding=phrases("understanding"),
        attribution=phrases("attribution"),
        care=phrases("care"),
        next_steps=groups("next_steps"),
        transitions=groups("transitions"),
        openers=tuple(str(one).lower() for one in content["openers"]),
        emoji=content["emoji"],
        instructions=content["instructions"],
        cues=content["cues"],
    )


@cache
def topic_of(intent: str) -> str:
    """The list of next steps for a question."""
    topics = read_yaml(WORDING / TOPICS)
    return next((topic for topic, intents in topics.items() if intent in intents), ANY)


def _phrases(entries: Sequence[Mapping[str, Any]], place: str) -> tuple[Phrase, ...]:
    if not entries:
        raise VoiceError(f"{place} is empty: write at least one phrase.")
    return tuple(_phrase(entry, place) for entry in entries)


def _phrase(entry: Mapping[str, Any], place: str) -> Phrase:
    text = str(entry.get("say") or "").strip()
    positions = {name: value for name, value in entry.items() if name != "say"}
    if not text:
        raise VoiceError(f"{place}: a phrase has no `say` ({dict(entry)!r}): write what is to be said.")
    for name, value in positions.items():
        if name not in dimensions():
            raise VoiceError(f"{place}: {text!r} has {name!r}, which is no dimension: see dimensions.yml.")
        if not isinstance(value, int | float) or not LOWEST <= value <= HIGHEST:
            raise VoiceError(f"{place}: {text!r} has {name}: {value!r}; write a number from -1 to 1.")
    return Phrase(text, {name: float(value) for name, value in positions.items()})
