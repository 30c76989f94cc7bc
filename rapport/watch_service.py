"""`rapport learn watch`: a service that harvests, proposes, and begins a cycle when one is due."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from learning.lock import WATCH, only_one
from learning.store import LearningStore
from rapport.console import console, done, warned
from rapport.due import outlook
from rapport.ending import ending_when_asked, run_to_its_end
from rapport.errors import RapportError
from rapport.learning import harvest
from rapport.rollout import settle
from rapport.settings import Settings

# Proposing loads models: flagged turns wait for each other so long.
PROPOSE_SECONDS = 3_600.0
_RAPPORT = (sys.executable, "-m", "rapport", "learn")

Run = Callable[[list[str]], int]


@dataclass
class Seen:
    """What the service remembers between two looks: what it said last, and turns that wait for proposals."""

    said: str = ""
    flagged: int = 0
    proposed: float = 0.0


def watch(settings: Settings, sleep: Callable[[float], None] = time.sleep) -> None:
    """Looks again and again until it is ended; what runs then goes on when the service is begun anew.

    Raises:
        CycleError: another one watches.
    """
    store = LearningStore(settings.learning.database_url)
    with ending_when_asked(), only_one(store, lock=WATCH):
        tell(f"watching, every {settings.watch.every_seconds:g} seconds (Ctrl-C ends it)")
        seen = Seen()
        try:
            while True:
                look(settings, store, seen)
                sleep(settings.watch.every_seconds)
        except (SystemExit, KeyboardInterrupt):
            done("watching ended")


def look(settings: Settings, store: LearningStore, seen: Seen, run: Run = run_to_its_end) -> None:
    """Takes in what is new, settles a canary if its time has come, and runs what is due.

    Args:
        settings: all settings.
        store: the learning database.
        seen: changed by this.
        run: runs a command to its end; gives its exit code.
    """
    try:
        _take_in(settings, store, seen)
        if seen.flagged and time.time() - seen.proposed >= PROPOSE_SECONDS:
            _propose(seen, run)
        found = outlook(settings, store, time.time())
        if found.due:
            tell(f"a cycle is due: {found.due}")
            _cycle(found.due, run)
            found = outlook(settings, store, time.time())
    except Exception as error:  # the service's edge: it looks again later
        _say(seen, str(error) or type(error).__name__, warned)
        return
    if not found.due:
        _say(seen, "waiting: " + "; ".join(found.waiting), tell)


def tell(text: str) -> None:
    """A line with the time, on which a log may be searched."""
    console.print(time.strftime("%Y-%m-%d %H:%M:%S"), text, markup=False, soft_wrap=True)


def _say(seen: Seen, text: str, how: Callable[[str], None]) -> None:
    """Says what was not said just before: a log is not to be filled with the same line."""
    if text != seen.said:
        how(text)
    seen.said = text


def _take_in(settings: Settings, store: LearningStore, seen: Seen) -> None:
    try:
        report = harvest(settings)
    except RapportError:  # nobody has talked yet
        return
    if report.events:
        tell(f"harvested: {report.turns} turns, {report.flagged} of them worth a look")
        seen.flagged += report.flagged
    decision = settle(settings, store)
    if decision is not None:
        tell(f"canary: {decision.action} ({decision.why})")


def _propose(seen: Seen, run: Run) -> None:
    tell(f"proposing, for {seen.flagged} flagged turns")
    code = run([*_RAPPORT, "propose"])
    seen.flagged, seen.proposed = 0, time.time()
    if code:
        warned(f"Proposing ended with code {code}: `rapport learn propose` says why.")


def _cycle(reason: str, run: Run) -> None:
    """In a process of its own: whatever happens to it, the service goes on, and memory is given back."""
    code = run([*_RAPPORT, "cycle", "--reason", reason])
    if code:
        warned(f"The cycle ended with code {code}: `rapport learn history` says why.")
