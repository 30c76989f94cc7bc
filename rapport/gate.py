"""Judges candidates beside the stable model."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from learning.datasets.files import TESTS
from learning.datasets.records import accepted
from learning.gate.figures import Reading
from learning.gate.frozen import fair, split_learned
from learning.gate.verdict import Allowed, Side, Verdict, judge
from learning.rollout.registry import FAILED, PASSED, Candidate, Registry
from learning.store import LearningStore
from learning.turn import Turn
from rapport.console import console, done, failed
from rapport.example_checks import examples_of, plain, spoken
from rapport.gate_conversations import partings
from rapport.gate_process import apart
from rapport.gate_training import REPORT, TREE, adopt_stable
from rapport.settings import Settings
from rapport.training import DATA

if TYPE_CHECKING:
    from rapport.suite import Had

FROZEN, STORIES = Path("tests/nlu"), Path("tests")
_SHOWN = 10


def judge_candidate(settings: Settings, store: LearningStore, name: str) -> Verdict:
    """Compares a candidate with the stable model, and keeps the report with it.

    Raises:
        RegistryError: there is no such candidate, or a file is damaged.
    """
    registry = Registry(store)
    stable, candidate = adopt_stable(settings, store), registry.get(name)
    files = [registry.check_file(one) for one in (stable, candidate)]
    messages, turns = frozen_messages(settings, store, files), replayed_turns(store, settings.gate.replay)
    texts = [text for text, _ in messages] + [turn.text for turn in turns]
    before, now = (_look(settings, file, texts, messages) for file in files)
    verdict = judge(before, _had_again(settings, files, before, now), allowed_of(settings))
    report = {"candidate": name, "stable": stable.id, "frozen": len(messages), "turns": len(turns)}
    _write_report(Path(candidate.path).parent, report | verdict.as_json(), verdict)
    tests = sorted(_learned_tests(settings, files[1]))
    registry.move(name, PASSED if verdict.passed else FAILED, gate=verdict.as_json(), tests=tests)
    return verdict


def allowed_of(settings: Settings) -> Allowed:
    """What may be lost."""
    names = ("stories", "accuracy", "language", "calibration", "fallback")
    return Allowed(**{name: getattr(settings.gate, name) for name in names})


def frozen_messages(
    settings: Settings, store: LearningStore, models: Sequence[Path]
) -> list[tuple[str, str]]:
    """Messages with their intents that neither model was trained on: tests/nlu, and frozen labels."""
    _, frozen = split_learned(accepted(store), settings.gate.frozen_share, plain)
    found = [(spoken(one.text), one.intent) for one in examples_of([FROZEN])] if FROZEN.exists() else []
    found += [(str(one.content["text"]), str(one.content["intent"])) for one in frozen]
    trees = [path for model in models if (path := model.parent / TREE / DATA).exists()]
    trained_on = {plain(one.text) for one in examples_of([DATA, *trees])}
    once = {plain(text): (text, intent) for text, intent in found}
    return fair(once.values(), lambda message: plain(message[0]), trained_on)


def replayed_turns(store: LearningStore, count: int) -> list[Turn]:
    """The latest messages that customers wrote by themselves: no buttons, no answers to a form."""
    written = (
        turn for turn in store.turns(newest_first=True)
        if turn.text and not turn.is_button and not turn.is_answer_to_form and not turn.by_person
    )  # fmt: skip
    return list(islice(written, count))


def _look(settings: Settings, model: Path, texts: list[str], messages: list[tuple[str, str]]) -> Side:
    """What a model makes of everything, apart: two models in one process take twice the memory."""
    read = read_apart(model, texts)
    with apart() as process:
        had = process.submit(_stories, settings, model).result()
    expected = [intent for _, intent in messages]
    readings = [Reading(text, intent, *said) for text, intent, said in zip(texts, expected, read)]
    replayed = [Reading(text, "", *said) for text, said in zip(texts[len(expected) :], read[len(expected) :])]
    return Side(
        stories={name: one.passed for name, one in had.items()},
        messages={name: one.messages for name, one in had.items()},
        frozen=readings,
        replayed=replayed,
    )


def _had_again(settings: Settings, models: Sequence[Path], stable: Side, candidate: Side) -> Side:
    """Conversations that failed, had once more with both models: where the customer could tell."""
    failing = {
        name: stable.messages[name]
        for name, passed in candidate.stories.items()
        if not passed and stable.stories.get(name)
    }
    return replace(candidate, partings=partings(settings, models[0], models[1], failing))


def read_apart(model: Path, texts: Sequence[str]) -> list[tuple[str, float, str, str]]:
    """`read_model` in a process of its own."""
    with apart() as process:
        return process.submit(read_model, model, texts).result()


def read_model(model: Path, texts: Sequence[str]) -> list[tuple[str, float, str, str]]:
    """What a model says of messages outside of any conversation: likeliest, confidence, routed, language."""
    import asyncio

    from rapport.rasa_process import hide_deprecations

    hide_deprecations()
    warnings.simplefilter("ignore")
    from components.suite import load_agent

    agent = load_agent(model)

    async def read() -> list[tuple[str, float, str, str]]:
        return [_said(await agent.parse_message(text)) for text in texts]

    return asyncio.run(read())


def _said(parsed: dict[str, Any]) -> tuple[str, float, str, str]:
    route, routed = parsed.get("route") or {}, str((parsed.get("intent") or {}).get("name") or "")
    top = (parsed.get("intent_ranking") or [{}])[0]
    ranked = str(route.get("intent") or top.get("name") or "")
    confidence = float(route.get("confidence") or top.get("confidence") or 0.0)
    return ranked, confidence, routed, str(parsed.get("language") or "")


def _stories(settings: Settings, model: Path, stories: Path = STORIES) -> dict[str, Had]:
    from rapport.suite import had_by_story

    return had_by_story(settings, model, stories, model.parent / "suite")


def _learned_tests(settings: Settings, model: Path) -> list[str]:
    """Names of the learned test stories that a candidate passes; only those are written when it goes live."""
    if not (model.parent / TREE / TESTS).exists():
        return []
    with apart() as process:
        had = process.submit(_stories, settings, model, model.parent / TREE / TESTS).result()
    return [name for name, one in had.items() if one.passed]


def _write_report(folder: Path, report: dict[str, Any], verdict: Verdict) -> None:
    for name, content in (
        (REPORT, json.dumps(report, indent=2, ensure_ascii=False) + "\n"),
        ("report.txt", "\n".join(lines(verdict)) + "\n"),
    ):
        partial = folder / f".{name}.partial"
        partial.write_text(content, encoding="utf-8")
        partial.replace(folder / name)


def lines(verdict: Verdict) -> list[str]:
    """The verdict for people."""
    found = [
        "passed" if verdict.passed else "did not pass",
        *(f"  {reason}" for reason in verdict.reasons),
        "",
    ]
    for check in verdict.checks:
        mark = "ok " if check.passed else "BAD"
        found.append(
            f"{mark} {check.name}: {check.stable:.4f} -> {check.candidate:.4f} of {check.cases} "
            f"(allowed {check.allowed:g}, chance {check.chance:.3f})"
        )
    found += [f"fails now: {one.story}: after {one.candidate.text!r}: {one.what}" for one in verdict.partings]
    found += [f"read otherwise, told the same: {name}" for name in verdict.alike]
    for title, changed in (("misread now", verdict.misread), ("real turn, changed", verdict.changed)):
        found += [f"{title}: {one['text']!r}: {one['stable']} -> {one['candidate']}" for one in changed]
    return found


def show_verdict(candidate: Candidate, verdict: Verdict, as_json: bool) -> None:
    """Prints a verdict."""
    if as_json:
        print(json.dumps({"candidate": candidate.id} | verdict.as_json(), ensure_ascii=False))  # noqa: T201
        return
    table = Table("figure", "stable", "candidate", "of", "may lose", "")
    for check in verdict.checks:
        figures = (f"{check.stable:.3f}", f"{check.candidate:.3f}", str(check.cases), f"{check.allowed:g}")
        table.add_row(check.name, *figures, "[green]✓[/green]" if check.passed else "[red]✗[/red]")
    console.print(table)
    for one in verdict.partings[:_SHOWN]:
        console.print(f"  fails now: {one.story}: after {one.candidate.text!r}: {one.what}", markup=False)
    if verdict.alike:
        console.print(
            f"  {len(verdict.alike)} conversations are read otherwise, but the customer is told the same",
            style="dim",
        )
    for turn in verdict.changed[:_SHOWN]:
        console.print(f"  {escape(turn['text'][:80])}: {turn['stable']} → {turn['candidate']}", style="dim")
    if verdict.changed[_SHOWN:]:
        console.print(f"  … {len(verdict.changed)} real turns would be treated otherwise", style="dim")
    if verdict.passed:
        done(f"{candidate.id} passed: `rapport learn promote {candidate.id}`")
    else:
        for reason in verdict.reasons:
            failed(reason)
    console.print(f"  report: {Path(candidate.path).parent / 'report.txt'}", style="dim")
