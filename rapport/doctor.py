"""Runs all checks and shows what they found."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from rapport import checks_generators, checks_knowledge, checks_parts, checks_security
from rapport.console import console
from rapport.errors import RapportError
from rapport.finding import Finding, bad, good
from rapport.project import enter_project
from rapport.settings import Settings

Check = Callable[[Settings], Finding]
CHECKS: tuple[Check, ...] = (
    checks_parts.designer_files,
    checks_parts.encoder,
    checks_parts.model,
    checks_parts.knowledge,
    checks_knowledge.knowledge_index,
    checks_generators.reranker,
    checks_generators.generator,
    checks_parts.database,
    checks_parts.ports,
    checks_parts.disk,
    checks_security.secrets,
    checks_security.addresses,
    checks_security.api,
    checks_security.credentials,
    checks_security.tracker_store,
)
MARKS = {"good": "[green]✓[/green]", "warning": "[yellow]![/yellow]", "bad": "[red]✗[/red]"}


def examine(checks: tuple[Check, ...] = CHECKS) -> list[Finding]:
    """All findings; with broken settings only that, for everything else depends on them."""
    try:
        settings = enter_project()
    except RapportError as error:
        return [bad("settings", str(error), "correct it; docs/settings.md lists all settings")]
    with console.status("Looking …"):
        return [
            good("settings", "rapport.yml and RAPPORT_… are valid"),
            *map(partial(_run, settings), checks),
        ]


def _run(settings: Settings, check: Check) -> Finding:
    try:
        return check(settings)
    except Exception as error:  # a check that fails is a finding, and must not hide the others
        name = check.__name__.replace("_", " ")
        return bad(name, f"cannot be checked ({type(error).__name__}: {error})", "mend that first")


def show(findings: list[Finding], as_json: bool) -> bool:
    """Prints the findings.

    Returns:
        Whether nothing is bad.
    """
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))  # noqa: T201
    else:
        _show_table(findings)
    return all(finding.level != "bad" for finding in findings)


def _show_table(findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 1), show_header=False)
    for finding in findings:
        text = Text(finding.text)
        if finding.fix:
            text.append(f"\n→ {finding.fix}", style="bold")
        table.add_row(MARKS[finding.level], finding.check, text)
    console.print(table)
