"""What is wrong with prompts: settings, templates, approved answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import yaml

from llm.errors import PromptError
from llm.prompts.examples import read_examples
from llm.prompts.prompt import template_files
from llm.prompts.prompting import Prompting
from rapport.console import done, warned
from rapport.errors import RapportError
from rapport.prompt_settings import APPROVED_ANSWERS, approved_answers, check_prompting, unchecked_prompting
from rapport.reading_index import reading_index
from rapport.settings import Settings

DOMAIN = Path("domain")


def check(settings: Settings) -> None:
    """Prints what is wrong with settings, templates and approved answers.

    Raises:
        RapportError: something is.
        LlmError: the knowledge cannot be opened.
    """
    prompts = settings.prompts
    base = unchecked_prompting(prompts)
    versions = template_files(prompts.folder)
    problems = [
        *_broken(base, versions),
        *_shadowed(prompts.folder),
        *_unknown_intents(prompts.roles_by_intent),
    ]
    with reading_index(settings) as index:
        problems += approved_answers(prompts, index).check()
    for problem in problems:
        warned(problem)
    if problems:
        raise RapportError(f"{len(problems)} things about prompts need a look; the rest is used.")
    examples, _ = read_examples(prompts.folder / APPROVED_ANSWERS)
    done(f"{len(versions)} templates, {len(examples)} approved answers: all can be used")


def _broken(base: Prompting, versions: Iterable[str]) -> list[str]:
    """What keeps the settings, or a template, from being used; said once each."""
    problems: dict[str, None] = {}
    for prompting in (base, *(replace(base, version=version) for version in versions)):
        try:
            check_prompting(prompting)
        except PromptError as error:
            problems[str(error)] = None
    return list(problems)


def _shadowed(folder: Path) -> list[str]:
    """Templates that are never read, for ours have their names."""
    files = [folder / f"{version}.jinja" for version in template_files()]
    return [f"{file} has the name of one of ours: rename it." for file in files if file.exists()]


def _unknown_intents(roles_by_intent: Mapping[str, str]) -> list[str]:
    contents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(DOMAIN.rglob("*.yml"))]
    listed = [one for content in contents for one in (content or {}).get("intents") or ()]
    known = {name for one in listed for name in ([one] if isinstance(one, str) else one)}
    return [
        f"prompts.roles_by_intent in rapport.yml names {name}, which is no intent: correct it."
        for name in roles_by_intent
        if known and name not in known
    ]
