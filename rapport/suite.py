"""Runs the conversation suite and says what failed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ruamel.yaml import YAML

from rapport.console import console, done
from rapport.engine_files import ENDPOINTS, nlg_for, read_yaml
from rapport.errors import RapportError
from rapport.rasa_process import hide_deprecations
from rapport.recordings import Recordings
from rapport.settings import Settings
from rapport.training import latest_model

if TYPE_CHECKING:
    from components.suite import SuiteResult

RECORDINGS = Path("tests/recordings")
RESULTS = Path("results")

# replay: as recorded; live: the real actions, which must answer as recorded; record: write recordings anew.
Mode = Literal["replay", "live", "record"]


def run(settings: Settings, stories: Path, mode: Mode, out: Path = RESULTS) -> None:
    """Runs the test stories of a folder or file.

    Raises:
        RapportError: there is nothing to run, or something failed.
    """
    model = latest_model(settings.server.models_folder)
    if model is None:
        raise RapportError(
            f"There is no model in {settings.server.models_folder}/: run `rapport train` first."
        )
    files = story_files(stories)
    recordings = Recordings(RECORDINGS)
    out.mkdir(parents=True, exist_ok=True)
    with _exchange(settings, mode, recordings) as exchange:
        result = _run(settings, model, stories, exchange, out, wishes_of(files))
    if not result.stories:
        raise RapportError(
            f"{stories} holds no test stories: they stand in files named test_*.yml under `stories:`."
        )
    _write_transcripts(result, out / "transcripts.txt")
    differences = recordings.differences() if mode == "live" else {}
    _report(result, differences, out)
    if mode == "record" and not result.failed:
        recordings.write()
        done(f"recorded in {RECORDINGS}/")


@dataclass(frozen=True)
class Had:
    """A conversation of the suite as it went: whether as the story says, and what the customer wrote."""

    passed: bool
    messages: tuple[str, ...]


def had_by_story(settings: Settings, model: Path, stories: Path, out: Path) -> dict[str, Had]:
    """Runs the test stories on any model, actions answering as recorded.

    Args:
        settings: all settings.
        model: its archive.
        stories: a folder with `test_*.yml`, or one such file.
        out: folder for the reports.
    """
    out.mkdir(parents=True, exist_ok=True)
    with _exchange(settings, "replay", Recordings(RECORDINGS)) as exchange:
        result = _run(settings, model, stories, exchange, out, wishes_of(story_files(stories)))
    _write_transcripts(result, out / "transcripts.txt")
    return {story.name: Had(not story.problems, tuple(story.messages)) for story in result.stories}


def story_files(stories: Path) -> list[Path]:
    """The files with test stories below a path.

    Raises:
        RapportError: the path does not exist.
    """
    if not stories.exists():
        raise RapportError(f"{stories} does not exist: name a folder with test_*.yml, or one such file.")
    return [stories] if stories.is_file() else sorted(stories.rglob("test_*.y*ml"))


def wishes_of(files: list[Path]) -> dict[str, dict[str, list[str]]]:
    """Story name to its metadata: what the bot must say (`says`) and must not answer (`unanswered`)."""
    wanted = {}
    for file in files:
        content = YAML(typ="safe").load(file.read_text(encoding="utf-8")) or {}
        for story in content.get("stories") or []:
            metadata = story.get("metadata") or {}
            wanted[story["story"]] = {key: [str(text) for text in texts] for key, texts in metadata.items()}
    return wanted


@contextmanager
def _exchange(settings: Settings, mode: Mode, recordings: Recordings) -> Iterator[Any]:
    """What stands for the action server."""
    if mode == "replay":

        async def replayed(story: str, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            return recordings.replay(story, call)

        yield replayed
        return
    from rapport.live_actions import live_actions

    with live_actions(settings) as actions:

        async def recorded(story: str, call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            answered = await actions.exchange(story, call)
            recordings.record(story, call, answered)
            return answered

        yield recorded


def _run(
    settings: Settings,
    model: Path,
    stories: Path,
    exchange: Any,
    out: Path,
    wishes: dict[str, dict[str, list[str]]],
) -> SuiteResult:
    hide_deprecations()
    from components.suite import run_suite

    nlg = nlg_for(settings, read_yaml(ENDPOINTS))
    return asyncio.run(run_suite(model, stories, exchange, nlg, out, wishes))


def _write_transcripts(result: SuiteResult, file: Path) -> None:
    blocks = ["\n".join([f"## {story.name}", *story.transcript]) for story in result.stories]
    file.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


def _report(result: SuiteResult, differences: dict[str, str], out: Path) -> None:
    """Prints each failed story and a closing line.

    Raises:
        RapportError: something failed.
    """
    for story in result.failed:
        console.print(f"✗ {story.name}", style="red", markup=False)
        for problem in story.problems:
            console.print(f"    {problem}", markup=False, soft_wrap=True)
    for name, difference in differences.items():
        console.print(f"✗ {name}: not as recorded: {difference}", style="red", markup=False, soft_wrap=True)
    passed = len(result.stories) - len(result.failed)
    console.print(f"{passed} passed, {len(result.failed)} failed")
    if result.failed:
        raise RapportError(
            f"{len(result.failed)} of {len(result.stories)} conversations failed; {out}/ has the reports."
        )
    if differences:
        raise RapportError(
            f"The actions no longer answer as recorded in {len(differences)} conversations: if meant, "
            "run `rapport test --record` and commit tests/recordings."
        )
