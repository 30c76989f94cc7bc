"""The entry as a program: follows the registry, and runs the Rasas with other models than the stable one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import web

from learning.errors import LearningError
from learning.rollout import holdout
from learning.rollout.registry import CANARY, PASSED, RASA, Candidate, Registry
from learning.rollout.shadow import who_reads
from learning.store import LearningStore
from rapport.console import console, warned
from rapport.ports import is_free
from rapport.rollout_entry import Sides, entry_app
from rapport.rollout_second import SecondRasa, only_for_entry
from rapport.rollout_shadow import Shadow
from rapport.secret_files import API_KEY, LEARNING_KEY, make_secrets, read_secret
from rapport.settings import Settings
from rapport.supervised import end_with_supervisor

LOOK_SECONDS, NOTE_SECONDS = 3.0, 20.0
# A candidate that only reads along gives way to those that answer customers.
SHADOW_NICENESS = 10


def wants_entry(settings: Settings) -> bool:
    """Whether an entry is put before Rasa: models are compared, or will be once a candidate is promoted."""
    if settings.rollout.after_gate == "canary":
        return True
    try:
        store = LearningStore(settings.learning.database_url)
        registry = Registry(store)
        held = holdout.current(registry)
        compared = registry.current(CANARY) is not None or bool(held and not held.is_over(time.time()))
        passed = [one for one in registry.all(RASA, PASSED) if one.parent]
        return compared or bool(who_reads(store)) or (settings.rollout.holdout > 0 and bool(passed))
    except LearningError:
        return False  # what is learned must not keep the assistant from starting


def behind_entry(settings: Settings, programs: dict[str, str]) -> dict[str, str]:
    """The Procfile's programs with an entry before Rasa, which moves to a port of its own."""
    variables = only_for_entry(settings.server.stable_port)
    exported = "; ".join(f"export {name}={value}" for name, value in variables.items())
    return {**programs, "rasa": f"{exported}; {programs['rasa']}", "entry": "exec rapport learn entry"}


def entry_is_missing(settings: Settings) -> bool:
    """Whether the assistant runs without an entry, so that nothing can be compared before a new start."""
    server = settings.server
    return not is_free(server.host, server.rasa_port) and is_free("127.0.0.1", server.stable_port)


def say_who_stays(settings: Settings) -> None:
    """Says after a promotion how many conversations stay with the model before."""
    chosen = settings.rollout
    console.print(
        f"  {chosen.holdout:.0%} of the conversations stay with the one before for {chosen.holdout_days:g} "
        "days: `rapport learn models` says what was gained"
    )
    if entry_is_missing(settings):
        console.print("  Start `rapport up` anew for that: what runs has no entry.")


def run(settings: Settings) -> None:
    """Runs the entry until it is told to end."""
    end_with_supervisor()
    make_secrets((LEARNING_KEY,))
    store = LearningStore(settings.learning.database_url)
    sides = Sides(f"http://127.0.0.1:{settings.server.stable_port}")
    shadow = Shadow(store, read_secret(LEARNING_KEY), read_secret(API_KEY))
    app = entry_app(sides, shadow.offer)

    async def following(_: web.Application) -> AsyncIterator[None]:
        others = Others(settings, store, sides, shadow)
        tasks = [asyncio.create_task(others.follow_for_good()), asyncio.create_task(shadow.read_for_good())]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        others.stop()

    app.cleanup_ctx.append(following)
    server = settings.server
    web.run_app(app, host=server.host, port=server.rasa_port, print=lambda *_: None, access_log=None)


class Others:
    """The Rasas beside the stable one: a canary's or a holdout's, and that of a candidate that reads along.

    Args:
        settings: all settings.
        store: the learning database.
        sides: told where the second one is, and whom it answers.
        shadow: told where the candidate is that reads along.
    """

    def __init__(self, settings: Settings, store: LearningStore, sides: Sides, shadow: Shadow) -> None:
        self._settings, self._store, self._sides, self._shadow = settings, store, sides, shadow
        self._registry = Registry(store)
        self._second = SecondRasa(settings, "canary", settings.server.canary_port)
        self._reader = SecondRasa(settings, "shadow", settings.server.shadow_port, SHADOW_NICENESS)
        self._noted = 0.0

    async def follow_for_good(self) -> None:
        """Does as the registry says, again and again; in a thread, for customers wait for the entry."""
        while True:
            for look in (self._share_out, self._read_along):
                try:
                    await asyncio.to_thread(look)
                except Exception as error:  # the edge: customers are served whatever happens here
                    warned(f"The registry cannot be followed: {error}")
            await asyncio.sleep(LOOK_SECONDS)

    def _share_out(self) -> None:
        canary, held = self._registry.current(CANARY), holdout.current(self._registry)
        if canary:
            share = float((canary.report.get("canary") or {}).get("share") or self._settings.rollout.share)
            self._second_runs(canary, canary, share)
        elif held and not held.is_over(time.time()):
            self._second_runs(held.old, held.new, held.share)
        else:
            self._second_runs(None, None, 0.0)

    def _second_runs(self, model: Candidate | None, tried: Candidate | None, share: float) -> None:
        if model is None or model.id != self._second.running:
            self._sides.second, self._sides.second_answers = None, False
        self._second.follow(self._registry, model)
        if model is None or tried is None:
            return
        self._sides.share, self._sides.rollout, self._sides.holds_out = share, tried.id, tried is not model
        self._sides.second = self._second.address
        self._note(tried)

    def _note(self, tried: Candidate) -> None:
        """Only what began while both answered is compared."""
        if self._sides.second_answers and time.monotonic() - self._noted > NOTE_SECONDS:
            self._registry.served(tried.id, time.time())
            self._noted = time.monotonic()

    def _read_along(self) -> None:
        name = who_reads(self._store)
        if name != self._reader.running:
            self._shadow.address = None
        self._reader.follow(self._registry, self._registry.get(name) if name else None)
        if name:
            self._shadow.candidate, self._shadow.address = name, self._reader.address
        if self._shadow.candidate and self._shadow.dropped:
            dropped, self._shadow.dropped = self._shadow.dropped, 0
            report = self._registry.get(self._shadow.candidate).report
            self._registry.annotate(
                self._shadow.candidate, shadow_dropped=dropped + int(report.get("shadow_dropped") or 0)
            )

    def stop(self) -> None:
        """Ends them; their conversations go on with the stable model."""
        self._sides.second, self._sides.second_answers, self._shadow.address = None, False, None
        self._second.stop()
        self._reader.stop()
