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
    r"^(?:rasa\.[\w.]+\.)?(?P<kind>[A-Z]\w+(?:Exception|Error|Rule|Config|Domain)): (?P<text>.+)"
)
WARNING = re.compile(r"(?:UserWarning|FutureWarning): (?P<text>.+)")
NOISE = (
    "The utterance '",  # most are said by actions, which the validator does not see
    "The configuration for policies and pipeline was chosen automatically",
    "is deprecated",
    "slot auto-fill",
    "More info at",
    "Rasa Open Source reports",
)
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
    found = _placed(lines) or _exceptions(lines)
    found = found or _warnings(lines)
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
    for number, line in enumerate(lines):
        match = EXCEPTION.match(line.strip())
        if match:
            rest = []
            for following in lines[number + 1 :]:
                if not following.strip() or "yamlchecker" in following or following.startswith("20"):
                    break
                rest.append(following.strip())
            return [" ".join([match["text"].strip(), *rest])[:600]]
    return []


def _warnings(lines: list[str]) -> list[str]:
    texts = [match["text"].strip() for line in lines if (match := WARNING.search(line))]
    return [text for text in texts if not any(noise in text for noise in NOISE)]
