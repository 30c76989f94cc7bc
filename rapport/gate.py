"""Judges candidates beside the stable model, and drops what was learned and does harm."""

from __future__ import annotations

import json
import multiprocessing
import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from learning.datasets.files import TESTS
from learning.datasets.records import accepted, drop
from learning.gate.culprits import search
from learning.gate.figures import Reading
from learning.gate.frozen import fair, split_learned
from learning.gate.harm import CONTRADICTED, HarmTrial, Labelled
from learning.gate.verdict import Allowed, Side, Verdict, judge
from learning.learned import LABEL, Learned
from learning.rollout.registry import FAILED, PASSED, Candidate, Registry
from learning.store import LearningStore
from learning.turn import Turn
from rapport.console import console, done, failed
from rapport.example_checks import examples_of, plain, spoken
from rapport.gate_training import LEARNED, REPORT, TREE, adopt_stable
from rapport.project import enter_project
from rapport.settings import Settings
from rapport.steps import encoders_of_config
from rapport.training import DATA

FROZEN, STORIES = Path("tests/nlu"), Path("tests")
_SHOWN = 10


@dataclass(frozen=True)
class Dropped:
    """What the gate left out, and why."""

    record: Learned
    why: str


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
    verdict = judge(before, now, allowed_of(settings))
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
    with _process() as process:
        stories = process.submit(_stories, settings, model).result()
    expected = [intent for _, intent in messages]
    readings = [Reading(text, intent, *said) for text, intent, said in zip(texts, expected, read)]
    replayed = [Reading(text, "", *said) for text, said in zip(texts[len(expected) :], read[len(expected) :])]
    return Side(stories, readings, replayed)


def read_apart(model: Path, texts: Sequence[str]) -> list[tuple[str, float, str, str]]:
    """`read_model` in a process of its own."""
    with _process() as process:
        return process.submit(read_model, model, texts).result()


def _process() -> ProcessPoolExecutor:
    """A process that logs as commands do: in Rasa's debug lines customers' texts would stand."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_begin)


def _begin() -> None:
    os.environ["TQDM_DISABLE"] = "1"  # Rasa's bars would bury ours
    enter_project()


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


def _stories(settings: Settings, model: Path, stories: Path = STORIES) -> dict[str, bool]:
    from rapport.suite import passed_by_story

    return passed_by_story(settings, model, stories, model.parent / "suite")


def _learned_tests(settings: Settings, model: Path) -> list[str]:
    """Names of the learned test stories that a candidate passes; only those are written when it goes live."""
    if not (model.parent / TREE / TESTS).exists():
        return []
    with _process() as process:
        passed = process.submit(_stories, settings, model, model.parent / TREE / TESTS).result()
    return [name for name, did in passed.items() if did]


def drop_culprits(
    settings: Settings,
    store: LearningStore,
    contradicted: float = CONTRADICTED,
    lost: Sequence[tuple[str, str]] = (),
) -> list[Dropped]:
    """Finds accepted labels that do harm, by group testing with a light head, and drops them.

    Args:
        settings: all settings.
        store: the learning database.
        contradicted: see `HarmTrial`.
        lost: messages with their intents that a candidate misreads; what pulls them away is dropped.
    """
    records, _ = split_learned(accepted(store), settings.gate.frozen_share, plain)
    labels = [record for record in records if record.kind == LABEL]
    if not labels:
        return []
    trial = _trial(labels, contradicted, lost)
    found = search(trial.by_suspicion(), trial.passes)
    dropped = [
        Dropped(labels[place], "others speak against its label, or it pulls messages away")
        for place in found.culprits
    ]
    dropped += [
        Dropped(labels[place], "does harm in a group that was not resolved") for place in found.undecided
    ]
    for why in {one.why for one in dropped}:
        drop(store, [one.record.id for one in dropped if one.why == why], f"gate: {why}")
    return dropped


def _trial(labels: Sequence[Learned], contradicted: float, lost: Sequence[tuple[str, str]]) -> HarmTrial:
    """The designer's own examples are trusted."""
    from llm.encoder import load_encoder

    own = {plain(one.text): one for one in examples_of([DATA]) if LEARNED not in one.file.parents}.values()
    model, cache = (encoders_of_config() or [("all-MiniLM-L6-v2", Path("var/encoder"))])[0]
    encoder = load_encoder(model, cache, precision="int8")
    trusted = np.asarray(encoder.encode([spoken(one.text) for one in own]))
    learned = np.asarray(encoder.encode([str(one.content["text"]) for one in labels]))
    intents = [str(one.content["intent"]) for one in labels]
    read = Labelled(np.asarray(encoder.encode([text for text, _ in lost])), [intent for _, intent in lost])
    return HarmTrial(
        Labelled(trusted, [one.intent for one in own]),
        Labelled(learned, intents),
        contradicted,
        read if lost else None,
    )


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
    found += [f"fails now: {name}" for name in verdict.stories]
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
    for name in verdict.stories[:_SHOWN]:
        console.print(f"  fails now: {name}", markup=False)
    for one in verdict.changed[:_SHOWN]:
        console.print(f"  {escape(one['text'][:80])}: {one['stable']} → {one['candidate']}", style="dim")
    if verdict.changed[_SHOWN:]:
        console.print(f"  … {len(verdict.changed)} real turns would be treated otherwise", style="dim")
    if verdict.passed:
        done(f"{candidate.id} passed: `rapport learn promote {candidate.id}`")
    else:
        for reason in verdict.reasons:
            failed(reason)
    console.print(f"  report: {Path(candidate.path).parent / 'report.txt'}", style="dim")
