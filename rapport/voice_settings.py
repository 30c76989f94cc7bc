"""The section `style` of rapport.yml as the voice takes it, and what is wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llm.voice.speaking import Voice
    from llm.voice.style import Problem, StyleSettings
    from rapport.settings import Style

CREDENTIALS = Path("credentials.yml")
# What the input channels of Rasa and our own call themselves (`name()`): their names in a conversation.
CHANNELS = (
    *("web", "rest", "slack", "facebook", "telegram", "twilio", "twilio_voice", "callback", "socketio"),
    *("botframework", "mattermost", "rocketchat", "webexteams", "hangouts", "cmdline"),
)
# Keys of a style that hold no position.
_WORDS = ("preset", "about")


def style_settings(style: Style) -> StyleSettings:
    """What the voice takes; numbers from variables, which are text, are read as numbers."""
    from llm.voice.style import StyleSettings

    def each(entries: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {name: _numbers(entry) for name, entry in entries.items()}

    return StyleSettings(
        preset=style.preset,
        dimensions=_numbers(style.dimensions),
        presets=each(style.presets),
        channels=each(style.channels),
        moods=each(style.moods),
        transitions={kind: tuple(names) for kind, names in style.transitions.items()},
    )


def _numbers(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if name in _WORDS else _number(value) for name, value in entry.items()}


def _number(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


def style_problems(style: Style) -> list[Problem]:
    """Names and numbers of a style that there are not."""
    from llm.voice.style import problems
    from llm.voice.wording import TRANSITIONS

    return problems(style_settings(style), known_channels(), TRANSITIONS)


def known_channels(credentials: Path = CREDENTIALS) -> list[str]:
    """Names of the channels that a conversation can come from: Rasa's, ours, and those of credentials.yml."""
    import yaml

    try:
        content = yaml.safe_load(credentials.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        content = None  # `rapport doctor` says so; here it only means that no further channel is known
    own = [str(name).split(".")[-1] for name in content] if isinstance(content, dict) else []
    return [*CHANNELS, *(name for name in own if name not in CHANNELS)]


def has_voice(style: Style) -> bool:
    """Whether a style asks for anything at all, anywhere."""
    wishes = (style.dimensions, style.channels, style.moods)
    return style.preset != "neutral" or any(bool(wish) for wish in wishes)


def make_voice(style: Style) -> Voice:
    """The voice of the settings.

    Raises:
        LlmError: a wording list is broken; said now, not to a customer.
    """
    from llm.voice.speaking import Voice
    from llm.voice.wording import languages, wording_of

    if has_voice(style):
        for language in languages():
            wording_of(language)
    return Voice(style_settings(style))
