"""Shows prompts to those who write them: which there are, what a model is asked, what it makes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from llm.prompts.context import CustomerContext
from llm.prompts.examples import read_examples
from llm.prompts.prompt import FOLDER, template_files
from llm.prompts.prompting import Prompting, built_in_roles, read_version, spelled
from llm.voice.speaking import Moment
from rapport.asked_questions import Asked, from_file, recorded
from rapport.console import console, progress_bar
from rapport.errors import RapportError
from rapport.generators import make_model
from rapport.knowledge_local import make_answerer
from rapport.prompt_report import trial_table, write_page
from rapport.prompt_settings import APPROVED_ANSWERS, approved_answers, check_prompting, unchecked_prompting
from rapport.prompt_trial import PromptTrial, Trial, summary
from rapport.reading_index import reading_index
from rapport.settings import Settings
from rapport.voice_settings import make_voice

# Stands for what rapport.yml says.
SETTINGS = "settings"
PROMPTED = ("llama_cpp", "transformers", "openai")


def show_list(settings: Settings) -> None:
    """Prints templates, roles, and how many approved answers there are."""
    prompts = settings.prompts
    table = Table("template", "from", "about", box=box.SIMPLE)
    for version, file in template_files(prompts.folder).items():
        style = "bold" if version == prompts.version else ""
        place = "rapport" if file.is_relative_to(FOLDER) else str(file)
        table.add_row(Text(version, style=style), place, Text(_about(file)))
    console.print(table)
    roles = {**built_in_roles(), **prompts.roles}
    table = Table("role", "how it answers", box=box.SIMPLE)
    for name, text in roles.items():
        table.add_row(Text(name, style="bold" if name == prompts.role else ""), Text(text.strip()))
    console.print(table)
    examples, _ = read_examples(prompts.folder / APPROVED_ANSWERS)
    console.print(f"{len(examples)} approved answers in {prompts.folder / APPROVED_ANSWERS}", markup=False)
    console.print(f"rapport.yml: {_spelled(unchecked_prompting(prompts))}", markup=False)


def _about(file: Path) -> str:
    first = file.read_text(encoding="utf-8").split("\n", 1)[0]
    return first.removeprefix("{#").removesuffix("#}").strip() if first.startswith("{#") else ""


def _spelled(prompting: Prompting) -> str:
    return spelled(prompting.version, prompting.role, prompting.examples, prompting.thinking)


def chosen(settings: Settings, version: str) -> Prompting:
    """How a version asks; `settings` is what rapport.yml says.

    Raises:
        PromptError: there is no such version, or it cannot be used.
    """
    base = unchecked_prompting(settings.prompts)
    name, _, options = version.partition("+")
    if name == SETTINGS:
        prompting = read_version("+".join(filter(None, (_spelled(base), options))), base)
        if "role=" not in options:
            prompting = replace(prompting, roles_by_intent=base.roles_by_intent)
    else:
        prompting = read_version(version, base)
    check_prompting(prompting)
    return prompting


def show(settings: Settings, version: str, asked: Asked, context: CustomerContext) -> None:
    """Prints what a model would be asked for a question.

    Raises:
        LlmError: the version or the knowledge cannot be used.
    """
    from llm.generators.prompted import PromptedGenerator

    prompting = chosen(settings, version)
    with reading_index(settings) as index:
        generator = PromptedGenerator(_Nobody(), 1, prompting, approved_answers(settings.prompts, index))
        answerer = make_answerer(index, settings, generator).in_language(asked.language)
        passages = answerer.retriever.search(asked.question, settings.answers.passages)
        prompt = generator.prompt(asked.question, passages, context)
    for name, text in (("system", prompt.system), ("user", prompt.user)):
        console.rule(name, style="dim")
        console.print(text, markup=False, soft_wrap=True)
    console.rule(style="dim")
    console.print(f"{prompt.version}  {len(prompt.system) + len(prompt.user)} characters", markup=False)


class _Nobody:
    """A language model that is not asked."""

    name = "nobody"

    def write(self, prompt: object, emit: object) -> None:
        """Never called."""
        raise NotImplementedError


def context_for(
    settings: Settings, asked: Asked, mood: str = "", facts: Sequence[str] = ()
) -> CustomerContext:
    """What a model is told in a conversation on the web page, in the voice of the settings."""
    language = asked.language
    voice = make_voice(settings.style).instructions(Moment(channel="web", mood=mood, language=language))
    return CustomerContext(language, "web", mood, asked.intent, facts=tuple(facts), voice=voice)


def questions_of(texts: Sequence[str], file: Path | None, count: int, language: str) -> list[Asked]:
    """The questions that a command names, of all three kinds.

    Raises:
        RapportError: it names none, or they cannot be read.
    """
    asked = [Asked(text.strip(), (), language) for text in texts if text.strip()]
    asked += from_file(file, language) if file else []
    asked += recorded(count) if count else []
    if not asked:
        raise RapportError("There is no question: write some in quotes, or give --file or --recorded 20.")
    return asked


def with_generator(settings: Settings, name: str) -> Settings:
    """The settings with another generator; an empty name leaves them.

    Raises:
        RapportError: there is no such generator, or it is asked no prompt.
    """
    name = name or settings.answers.generator
    if name not in PROMPTED:
        raise RapportError(
            f"The generator {name} is asked no prompt: choose --generator {', '.join(PROMPTED)}, and name "
            "its model in rapport.yml (docs/generators.md)."
        )
    answers = settings.answers.model_copy(update={"generator": name})
    return settings.model_copy(update={"answers": answers})


def try_versions(
    settings: Settings, versions: Sequence[str], questions: Sequence[Asked], page: Path | None, as_json: bool
) -> None:
    """Answers questions with each version and prints the answers side by side.

    Args:
        settings: choose the model.
        versions: to compare.
        questions: to answer.
        page: where to write the same as a web page.
        as_json: also print a summary as JSON, as the last line.

    Raises:
        RapportError: the settings choose no model.
        LlmError: a version or the knowledge cannot be used.
    """
    promptings = [chosen(settings, version) for version in versions]
    model = make_model(settings)
    with reading_index(settings) as index, progress_bar() as progress:
        trials = [PromptTrial(index, settings, model, prompting) for prompting in promptings]
        task = progress.add_task("Loading the model", total=None)
        trials[0].watched.warm_up()
        progress.remove_task(task)
        task = progress.add_task("Asking the model", total=len(questions) * len(trials))
        rows: list[list[Trial]] = []
        for asked in questions:
            context = context_for(settings, asked)
            row = []
            for trial in trials:
                row.append(trial.run(asked, context))
                progress.advance(task)
            rows.append(row)
    names = [_spelled(prompting) for prompting in promptings]
    console.print(trial_table(names, rows))
    sums = [summary([row[place] for row in rows]) for place in range(len(names))]
    if page:
        write_page(page, names, rows, sums)
    if as_json:
        print(json.dumps({"generator": model.name, "versions": _by_name(names, sums)}, ensure_ascii=False))  # noqa: T201


def _by_name(names: Sequence[str], sums: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    return [{"version": name, **one} for name, one in zip(names, sums)]
