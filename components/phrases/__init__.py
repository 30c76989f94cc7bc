"""The little words by which a language joins questions and points back, one YAML file a language."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Dict, List, Pattern, Sequence, Tuple

from rasa.shared.exceptions import InvalidConfigException
from ruamel.yaml import YAML

FOLDER = Path(__file__).parent

# By name, what a language's file lists: words, or phrases of several words.
Words = Dict[str, List[str]]


def words_of(languages: Sequence[str]) -> Words:
    """The word lists of some languages, put together.

    Args:
        languages: codes such as `en`; each has a file `components/phrases/<code>.yml`.

    Raises:
        InvalidConfigException: there is no file for a language.
    """
    together: Words = {}
    for language in languages:
        for name, entries in _read(language).items():
            together[name] = [*together.get(name, []), *entries]
    return together


@cache
def _read(language: str) -> Words:
    path = FOLDER / f"{language}.yml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yml")))
        raise InvalidConfigException(
            f"There are no word lists for the language {language!r} (there are: {known}). Translate "
            f"components/phrases/en.yml into {language}.yml, or correct `languages` in config.yml."
        )
    content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return {name: [str(entry).lower() for entry in entries] for name, entries in content.items()}


def alternatives(phrases: Sequence[str]) -> str:
    """A pattern for any of these phrases, the longest first; spaces stand for any white space."""
    ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+").replace("'", "['’]?") for phrase in ordered)


def phrase_pattern(phrases: Sequence[str], before: str = r"(?<!\w)", after: str = r"(?!\w)") -> Pattern[str]:
    """Finds any of these phrases as whole words; never anything where there are none."""
    body = alternatives(phrases) or r"(?!)"
    return re.compile(f"{before}(?:{body}){after}", re.IGNORECASE)


def spoken(text: str) -> Tuple[str, ...]:
    """The words of a text in lower case."""
    return tuple(re.findall(r"[\w'’]+", text.lower()))
