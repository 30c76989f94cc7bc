"""Broken YAML in one sentence: file, line and what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML, YAMLError
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError

HINTS = {
    "mapping values are not allowed here": "put the text in quotes: it holds a colon followed by a space",
    "could not find expected ':'": "a key without a colon, or a line that is indented too little",
    "found character '\\t' that cannot start any token": "use spaces, not tabs",
    "expected <block end>": "the line is indented differently from the ones above, or a quote is missing",
    "did not find expected": "the line is indented differently from the ones above, or a quote is missing",
}


def yaml_problem(file: Path, error: YAMLError) -> str:
    """One sentence about a YAML error.

    Args:
        file: the file as the user knows it.
        error: what ruamel raised.
    """
    if isinstance(error, DuplicateKeyError):
        what = (
            (error.problem or "found a key twice")
            .split(" with value")[0]
            .replace("found duplicate key", "twice the key")
        )
        return f"{file}{_line(error)} has {what}: keep one of them."
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    hint = next(
        (text for part, text in HINTS.items() if part in problem), "compare it with the lines around it"
    )
    return f"{file}{_line(error)} is not valid YAML ({problem}): {hint}."


def _line(error: YAMLError) -> str:
    mark = error.problem_mark or error.context_mark if isinstance(error, MarkedYAMLError) else None
    return f", line {mark.line + 1}," if mark else ""


def broken_files(paths: Iterable[Path]) -> list[str]:
    """One sentence for each YAML file that cannot be read.

    Args:
        paths: files and folders; of folders, all .yml and .yaml files in them.
    """
    problems = []
    for file in yaml_files(paths):
        try:
            # Only composed, not built: finds syntax errors at a tenth of the time.
            for _ in YAML(typ="safe", pure=False).compose_all(file.read_text(encoding="utf-8")):
                pass
        except YAMLError as error:
            problems.append(yaml_problem(file, error))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{file} cannot be read ({error}): save it as UTF-8 text that you may read.")
    return problems


def yaml_files(paths: Iterable[Path]) -> list[Path]:
    """All YAML files among and below the paths, sorted."""
    found = []
    for path in paths:
        found += [path] if path.is_file() else [file for file in path.rglob("*.y*ml") if file.is_file()]
    return sorted(found)


def main(arguments: list[str]) -> int:
    """Checks the files that are named; prints a sentence for each broken one."""
    problems = broken_files(Path(argument) for argument in arguments)
    for problem in problems:
        print(problem)  # noqa: T201
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
