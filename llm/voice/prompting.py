"""The voice in words, for the prompt of a language model."""

from llm.voice.dimensions import MUCH
from llm.voice.style import UPSET, Style
from llm.voice.wording import wording_of


def instructions(style: Style, language: str = "en", mood: str = "") -> str:
    """What a language model is told, a line for each wish; empty for a neutral style to someone not upset.

    Args:
        style: what is wanted.
        language: two letters; English where there are no wordings.
        mood: `upset`, `calm`, `pleased` or empty.
    """
    wording = wording_of(language) or wording_of("en")
    assert wording is not None, "llm/voice/wording/en.yml is part of the project"
    told, lines = wording.instructions, []
    for name, position in style.wishes().items():
        rule = told["rules"][name]["high" if position > 0 else "low"]
        lines.append(told["much" if abs(position) >= MUCH else "some"].format(rule=rule))
    if mood == UPSET and style["empathy"] >= 0:
        lines.insert(0, told["upset"])
    return "\n".join([told["intro"], *(f"- {line}" for line in lines)]) if lines else ""
