"""Answers of several prompts side by side: in the terminal and as a web page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich import box
from rich.table import Table
from rich.text import Text

from rapport.console import done
from rapport.errors import RapportError
from rapport.prompt_trial import CUT, DECLINED, ENDINGS, FAILED, NOT_ASKED, SENT, Trial, summary

TEMPLATE = Path(__file__).with_name("prompt_trial.html.jinja")
_PASSAGES = 2
# Said instead of an answer.
SAID_INSTEAD = {
    DECLINED: "NO ANSWER",
    CUT: "nothing left: no sentence is supported",
    FAILED: "failed",
    NOT_ASKED: "not asked: the help centre holds no answer",
}


def trial_table(names: Sequence[str], rows: Sequence[Sequence[Trial]]) -> Table:
    """A row for each question, a column for each version; below, how the answers ended in all."""
    table = Table(box=box.ROUNDED, show_lines=True, show_footer=True, expand=True)
    table.add_column("question, passages", ratio=2)
    for place, name in enumerate(names):
        footer = Text(_in_all(summary([row[place] for row in rows])))
        # A version is told by its end.
        table.add_column(Text(name, overflow="fold"), footer=footer, ratio=3, overflow="fold")
    for row in rows:
        table.add_row(_question(row[0]), *(_reply(trial) for trial in row))
    return table


def _question(trial: Trial) -> Text:
    text = Text(trial.question, style="bold")
    for heading, score in trial.passages[:_PASSAGES]:
        text.append(f"\n{score:.2f} {heading}", style="not bold dim")
    return text


def _reply(trial: Trial) -> Text:
    text = Text(trial.text or SAID_INSTEAD[trial.ending], style="" if trial.ending == SENT else "yellow")
    for sentence in trial.cut:
        text.append(f"\ncut: {sentence}", style="red")
    if trial.error:
        text.append(f"\n{trial.error}", style="red")
    if trial.version:
        text.append(f"\n{figures(trial)}", style="not yellow dim")
    return text


def figures(trial: Trial) -> str:
    """Length and time in words."""
    return f"{len(trial.text)} characters, {trial.seconds:.1f} s, prompt {trial.prompt_characters} characters"


def _in_all(one: Mapping[str, Any]) -> str:
    counts = {ending: one[ending.replace(" ", "_")] for ending in ENDINGS}
    ended = ", ".join(f"{count} {ending}" for ending, count in counts.items() if count)
    return f"{ended}; {one['sentences_cut']} sentences cut; {one['median_seconds']:.1f} s"


def write_page(
    page: Path, names: Sequence[str], rows: Sequence[Sequence[Trial]], sums: Sequence[Mapping[str, Any]]
) -> None:
    """Writes the same as a web page of one file.

    Raises:
        RapportError: the file cannot be written.
    """
    loader = FileSystemLoader(TEMPLATE.parent)
    environment = Environment(loader=loader, undefined=StrictUndefined, autoescape=True, trim_blocks=True)
    text = environment.get_template(TEMPLATE.name).render(
        names=names, rows=rows, sums=sums, endings=SAID_INSTEAD, figures=figures, most=_PASSAGES
    )
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RapportError(f"{page} cannot be written ({error.strerror}): name another file.") from error
    done(f"written to {page}")
