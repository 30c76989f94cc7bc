"""Corrected answers that are served: shows them, and retires those that the assistant gives by itself."""

from __future__ import annotations

import json
from dataclasses import asdict

from rich.markup import escape
from rich.table import Table

from learning.datasets.records import drop
from learning.learned import ANSWER
from llm.overrides import Overrides, retire
from rapport.actions_process import CORRECTED
from rapport.console import console, done
from rapport.knowledge import ask
from rapport.learned import write
from rapport.review import open_store
from rapport.settings import Settings


def check_answers(settings: Settings) -> list[str]:
    """Retires corrected answers that the help centre gives by itself now; their questions.

    Raises:
        RapportError: the help centre cannot be asked; nothing was retired.
    """
    known = Overrides(CORRECTED).all()

    def answer_of(question: str, language: str) -> str:
        told = ask(settings, question)
        return str(told["text"]) if told["found"] else ""

    needless = retire(known, answer_of)
    drop(open_store(settings), [one.id for one in needless], "the assistant gives this answer by itself")
    write(settings, kinds=(ANSWER,))
    return [one.question for one in needless]


def show_overrides(settings: Settings, check: bool, as_json: bool) -> None:
    """Shows corrected answers with who approved them; retires needless ones first, if asked to."""
    retired = check_answers(settings) if check else []
    known = Overrides(CORRECTED).all()
    if as_json:
        told = {"overrides": [asdict(one) for one in known], "retired": retired}
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201
        return
    if check:
        done(f"{len(retired)} corrected answers were retired: the assistant gives them by itself")
    if not known:
        console.print("No corrected answer is served: reviews of the kind answer make them.")
        return
    table = Table("question", "answer", "language", "approved by", "at")
    for one in known:
        values = (one.question[:80], one.answer[:120], one.language, one.by, one.at[:10])
        table.add_row(*map(escape, values))
    console.print(table)
