"""Styles: positions on the dimensions, as the settings give them for everyone, a channel and a mood."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from llm.errors import VoiceError
from llm.voice.dimensions import AUDIBLE, FOLDER, HIGHEST, LOWEST, dimensions, read_yaml

NEUTRAL = "neutral"
# What the sentiment of a conversation can be called (the slot `mood`).
MOODS = ("upset", "calm", "pleased")
UPSET = "upset"
# Whatever a style says: nobody jokes or cheers at an upset customer.
_NEVER_WHEN_UPSET = ("humour", "enthusiasm", "emoji")
_PRESET = "preset"
# Of a preset in presets.yml: for whom it is; no dimension.
_ABOUT = "about"

# Dimension to position, -1 to 1; where styles may name a preset, `preset` to its name.
Wish = Mapping[str, Any]


@dataclass(frozen=True)
class Style:
    """A voice: positions by dimension, -1 to 1, 0 where nothing is said.

    Example:
        >>> Style({"warmth": 0.8})["warmth"], Style({"warmth": 0.8})["humour"]
        (0.8, 0.0)
    """

    positions: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, dimension: str) -> float:
        return self.positions.get(dimension, 0.0)

    @property
    def is_neutral(self) -> bool:
        """True where nothing is asked for: then an answer stays as it is."""
        return not any(self.positions.values())

    def wishes(self) -> dict[str, float]:
        """What could be heard: the dimensions that are not about 0."""
        return {name: self[name] for name in dimensions() if abs(self[name]) >= AUDIBLE}


@dataclass(frozen=True)
class StyleSettings:
    """What `rapport.yml: style` says; see docs/voice.md.

    Attributes:
        preset: the voice to begin with.
        dimensions: positions that differ from it.
        presets: further presets, or other ones under the same names.
        channels, moods: what differs there; a `preset` in it replaces all that was said before.
        transitions: kind of transition phrase to names of responses, `*` for any letters.
    """

    preset: str = NEUTRAL
    dimensions: Mapping[str, float] = field(default_factory=dict)
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    channels: Mapping[str, Wish] = field(default_factory=dict)
    moods: Mapping[str, Wish] = field(default_factory=dict)
    transitions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """What is wrong with style settings: keys from `style` down to the place, and a sentence."""

    path: tuple[str, ...]
    sentence: str


@cache
def built_in_presets() -> dict[str, dict[str, Any]]:
    """The presets of presets.yml, with `about`."""
    return {name: dict(entry) for name, entry in read_yaml(FOLDER / "presets.yml").items()}


def presets_of(settings: StyleSettings) -> dict[str, Style]:
    """Every preset by name, the neutral one first."""
    known = {**built_in_presets(), **settings.presets}
    return {NEUTRAL: Style(), **{name: Style(_positions(entry)) for name, entry in known.items()}}


def style_for(settings: StyleSettings, channel: str = "", mood: str = "") -> Style:
    """The voice on a channel to a customer in a mood: the mood's wishes win over the channel's.

    Args:
        settings: without problems (see `problems`).
        channel: as Rasa names it; one without wishes of its own changes nothing.
        mood: `upset`, `calm` or `pleased`; empty if it is not known.

    Raises:
        VoiceError: the settings name a preset that there is not.
    """
    known = presets_of(settings)
    positions = {**_preset(known, settings.preset), **settings.dimensions}
    for wish in (settings.channels.get(channel) or {}, settings.moods.get(mood) or {}):
        if wish.get(_PRESET):
            positions = dict(_preset(known, str(wish[_PRESET])))
        positions |= _positions(wish)
    if mood == UPSET:
        positions |= {name: min(0.0, positions.get(name, 0.0)) for name in _NEVER_WHEN_UPSET}
    return Style({name: float(value) for name, value in positions.items()})


def _preset(known: Mapping[str, Style], name: str) -> dict[str, float]:
    if name not in known:
        raise VoiceError(f"{_unknown(name, 'preset', known)}.")
    return dict(known[name].positions)


def _positions(entry: Mapping[str, Any]) -> dict[str, float]:
    return {name: value for name, value in entry.items() if name not in (_PRESET, _ABOUT)}


def problems(
    settings: StyleSettings, channels: Collection[str] = (), kinds: Collection[str] = ()
) -> list[Problem]:
    """What is wrong with the settings, each with its place.

    Args:
        settings: as they were written.
        channels: names of all channels that there are; none means that they are not checked.
        kinds: of transition phrases.
    """
    return list(_problems(settings, channels, kinds))


def _problems(
    settings: StyleSettings, channels: Collection[str], kinds: Collection[str]
) -> Iterator[Problem]:
    names = [NEUTRAL, *built_in_presets(), *settings.presets]
    if settings.preset not in names:
        yield Problem(("preset",), _unknown(settings.preset, "preset", names))
    yield from _wrong_positions(("dimensions",), settings.dimensions, ())
    for name, entry in settings.presets.items():
        if name == NEUTRAL:
            yield Problem(("presets", name), f"{NEUTRAL!r} cannot be replaced: give the preset another name")
        yield from _wrong_positions(("presets", name), entry, (_ABOUT,))
    for section, wishes, known in (
        ("channels", settings.channels, channels),
        ("moods", settings.moods, MOODS),
    ):
        for name, wish in wishes.items():
            if known and name not in known:
                yield Problem((section, name), _unknown(name, section.rstrip("s"), known))
            if wish.get(_PRESET) is not None and wish[_PRESET] not in names:
                yield Problem((section, name, _PRESET), _unknown(str(wish[_PRESET]), "preset", names))
            yield from _wrong_positions((section, name), wish, (_PRESET,))
    for kind in settings.transitions:
        if kinds and kind not in kinds:
            yield Problem(("transitions", kind), _unknown(kind, "kind of transition", kinds))


def _wrong_positions(
    path: tuple[str, ...], entry: Mapping[str, Any], also: Collection[str]
) -> Iterator[Problem]:
    for name, value in entry.items():
        if name in also:
            continue
        if name not in dimensions():
            yield Problem((*path, name), _unknown(name, "dimension", dimensions()))
        elif isinstance(value, bool) or not isinstance(value, int | float):
            yield Problem(
                (*path, name),
                f"{name} is {value!r}, but a position is a number from {LOWEST:g} to {HIGHEST:g}",
            )
        elif not LOWEST <= value <= HIGHEST:
            yield Problem(
                (*path, name),
                f"{name} is {value:g}, but the scale goes from {LOWEST:g} to {HIGHEST:g}: "
                f"write {HIGHEST if value > 0 else LOWEST:g} for the most",
            )


def _unknown(name: str, what: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    hint = f"write {close[0]!r} if you meant that" if close else f"there are {', '.join(known)}"
    return f"there is no {what} {name!r}; {hint}"
