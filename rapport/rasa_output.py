"""Reads the output of `rasa train` and `rasa data validate`: how far they are, and why they failed."""

from __future__ import annotations

import json
import re
from pathlib import Path

COMPONENT = re.compile(r"(?:Starting to train component|Restored component) '(?P<name>\w+)'")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# "  in /path/data/rules/x.yml:12:" followed by the reason on the next line.
PLACED = re.compile(r"^\s+in (?P<file>\S+?):(?P<line>\d+):$")
SYNTAX = re.compile(r'in "(?P<file>[^"]+)", line (?P<line>\d+)')
EXCEPTION = re.compile(
    r"^(?:rasa\.[\w.]+\.)?(?P<kind>[A-Z]\w+(?:Exception|Error|Rule|Config|Domain)): ?(?P<text>.*)"
)
WARNING = re.compile(r"(?:UserWarning|FutureWarning): (?P<text>.+)")
# A rule's or story's name says more about the place than the names of what it uses.
QUOTED = (re.compile(r"(?:rule|story) '(?P<name>[^']+)'"), re.compile(r"'(?P<name>[\w. -]+)'"))
# Warnings that are none: utterances are mostly said by actions, and the router's intents have no examples.
HARMLESS = re.compile(
    r"The utterance '\w+' is not used"
    r"|The intent '(nlu_\w+|question_repeated\w*)' is listed in the domain file, but is not found in the NLU"
    r"|You have an overlap between the 'RegexEntityExtractor'|To featurize lookup tables"
    r"|chosen automatically|is deprecated|slot auto-fill|pkg_resources"
)
# What `example_checks` says with file and line.
SAID_BETTER = re.compile(
    r"was found labeled with multiple different intents|Intent '[^']*' has only \d+ training examples"
)
# Where the helpful part of a message ends.
ADVICE = ("Please update your", "You can find", "More info at", "Available actions are", "You can use https")
MOST = 8


def trained_component(line: str) -> str | None:
    """The component that a line says is being trained or was taken from the cache."""
    match = COMPONENT.search(line)
    return match["name"] if match else None


def essence(output: str, root: Path) -> list[str]:
    """Why Rasa failed.

    Args:
        output: all that it printed.
        root: the project's folder, so that paths are shown from there.

    Returns:
        At most eight sentences, errors before warnings; the last lines if nothing is recognised.
    """
    lines = [_plain(line, root) for line in ANSI.sub("", output).splitlines()]
    found = _placed(lines) or _exceptions(lines) or warnings(output, root)
    if not found:
        found = [line.strip() for line in lines if line.strip()][-3:]
    unique = list(dict.fromkeys(found))
    more = [f"… and {len(unique) - MOST} more."] if len(unique) > MOST else []
    return unique[:MOST] + more


def _plain(line: str, root: Path) -> str:
    """The text of a line; Rasa prints JSON where there is no terminal."""
    if line.startswith("{"):
        try:
            event = json.loads(line)
            line = str(event.get("event_info") or event.get("event"))
        except ValueError:
            pass
    return line.replace(f"{root}/", "")


def _placed(lines: list[str]) -> list[str]:
    """Schema errors, which name file and line."""
    found = []
    for number, line in enumerate(lines):
        match = PLACED.match(line)
        if match and number + 1 < len(lines):
            reason = lines[number + 1].strip().rstrip(".")
            found.append(f"{match['file']}, line {match['line']}: {_shorter(reason)}")
    return found


def _shorter(reason: str) -> str:
    """pykwalify quotes the whole value and its own path; neither helps a designer."""
    reason = re.sub(r" (?:Value )?[Pp]ath: '[^']*'$", "", reason).rstrip(".")
    return f"{reason}." if len(reason) <= 240 else f"{reason[:240]}…"


def _exceptions(lines: list[str]) -> list[str]:
    """The last exception: what it says, without the class's name and without general advice."""
    for number in range(len(lines) - 1, -1, -1):
        match = EXCEPTION.match(lines[number].strip())
        if match:
            return _paragraphs(_without_advice([match["text"], *lines[number + 1 :]]))
    return []


def _without_advice(lines: list[str]) -> list[str]:
    """The lines up to general advice or the next log line."""
    kept = []
    for line in lines:
        if re.match(r"\d{4}-\d\d-", line):
            break
        start = min((line.find(advice) for advice in ADVICE if advice in line), default=None)
        kept.append(line[:start].strip())
        if start is not None:
            break
    return [line for line in kept if line]


def _paragraphs(lines: list[str]) -> list[str]:
    """Items of a list each for themselves; without a list all in one."""
    items = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    return [part[:600] for part in items or [" ".join(lines)] if part]


def warnings(output: str, root: Path) -> list[str]:
    """What Rasa warns of, without what is harmless here or said better elsewhere."""
    lines = [_plain(line, root) for line in ANSI.sub("", output).splitlines()]
    found = []
    for number, line in enumerate(lines):
        match = WARNING.search(line)
        if not match or HARMLESS.search(match["text"]) or SAID_BETTER.search(match["text"]):
            continue
        text = match["text"].strip()
        if text.endswith(":") and number + 1 < len(lines):
            text = f"{text} {lines[number + 1].strip()}"
        found.append(text.split("  More info")[0])
    return list(dict.fromkeys(found))


def with_place(sentence: str, files: list[Path]) -> str:
    """The sentence, and where the first name that it quotes stands.

    Args:
        sentence: what Rasa said, often without a place.
        files: the designer's files.
    """
    if re.search(r"line \d+", sentence):
        return sentence
    names = [match["name"] for pattern in QUOTED for match in pattern.finditer(sentence)]
    for name in names:
        places = _places(name, files)
        if 0 < len(places) <= 3:
            return f"{sentence} ({'; '.join(places)})"
    return sentence


def _places(name: str, files: list[Path]) -> list[str]:
    # As a whole key or value, not as a part of a longer name or a text.
    word = re.compile(rf"(?:^|[\s\[{{])['\"]?{re.escape(name)}['\"]?\s*(?:[:,}}\]#]|$)")
    return [
        f"{file}, line {number}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if word.search(line)
    ]
