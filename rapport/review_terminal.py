"""Review in the terminal: one item at a time; a key and Enter answer it."""

from __future__ import annotations

import contextlib
import difflib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from rich.markup import escape
from rich.panel import Panel

from learning.errors import GoneError, ReviewError
from learning.learned import ANSWER, ARTICLE, INTENT, KINDS, LABEL, PREFERENCE
from learning.review.comparing import BETTER, as_shown, is_comparison
from learning.review.item import DISPUTED, UNDECIDED, Item
from learning.review.kinds import LAYERS
from learning.review.queue import SKIP, find_items, get_item, reviews_of, skipped_by, turns_of_item
from learning.review.verdicts import ACCEPT, CHANGE, REJECT, Rules, Verdict, review, settle
from learning.store import LearningStore
from learning.turn import Turn
from rapport.console import console, done, warned
from rapport.errors import RapportError
from rapport.learned import publish_answers
from rapport.review import check_choice, open_store, rules
from rapport.review_order import ReviewOrder
from rapport.settings import Settings

Read = Callable[[str], str]
KEYS = {"a": ACCEPT, "c": CHANGE, "o": CHANGE, "r": REJECT, "s": SKIP}
HELP = "a accept · c change · o other kind · r reject · s skip · q quit · ? help"
# Of two answers one is chosen; nothing is proposed that could be accepted.
COMPARING_KEYS = {"1": CHANGE, "2": CHANGE, "b": REJECT, "s": SKIP}
COMPARING_HELP = "1 the first is better · 2 the second is · b both are bad · s skip · q quit"
EXPLAINED = """a  accept what is proposed
c  change it first: for a label choose another intent, for an answer write it anew
o  make an intent of a proposed article, or an article of a proposed intent
r  reject it: nothing is learned of it
s  skip it: it is asked again another time
q  quit; everything until now is kept"""
# What a reviewer may write anew, in this order.
FIELDS = {
    LABEL: ("intent",),
    ANSWER: ("answer", "layer"),
    INTENT: ("name", "description", "answer"),
    ARTICLE: ("title", "text"),
    PREFERENCE: ("chosen", "rejected"),
}
OTHER_KIND = {INTENT: ARTICLE, ARTICLE: INTENT}
_ALIKE_SHOWN, _BEFORE, _AFTER, _CHOICES = 4, 2, 1, 8


@dataclass
class Reviewing:
    """One reviewer's sitting: where items are, who reviews, and how lines are read."""

    store: LearningStore
    reviewer: str
    rules: Rules
    read: Read
    settles: bool = False
    judged: int = 0


def review_items(
    settings: Settings,
    reviewer: str,
    kind: str = "",
    limit: int = 0,
    settles: bool = False,
    read: Read = input,
) -> int:
    """Asks a reviewer about items until there are none, or he has enough; how many he judged.

    Args:
        settings: where items are.
        reviewer: his name.
        kind: only items of this kind.
        limit: ask about at most so many; 0 asks about all.
        settles: end disputes instead; what he says then counts alone.
        read: asks for a line; without a terminal the lines of standard input are taken.

    Raises:
        RapportError: there is no such kind, or nobody reviews.
    """
    check_choice("kind", kind, KINDS)
    if not reviewer.strip():
        raise RapportError("Who reviews? Say --reviewer NAME: it is kept with what you accept.")
    store = open_store(settings)
    statuses = [DISPUTED] if settles else UNDECIDED
    waiting = find_items(store, statuses, kind, None, "" if settles else reviewer)
    if not waiting:
        console.print("There is nothing to review: `rapport learn propose` makes items of flagged turns.")
        return 0
    count = min(limit or len(waiting), len(waiting))
    sitting = Reviewing(store, reviewer, rules(settings, store), read, settles)
    # End of input or Ctrl-C: each verdict was kept when it was given.
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        for place, item in enumerate(islice(_in_order(settings, sitting, waiting), count), 1):
            show_item(item, store, f"{place} of {count}")
            if not _ask(sitting, item):
                break
    done(f"{sitting.judged} of {count} items were judged by {reviewer}")
    publish_answers(settings)
    return sitting.judged


def _in_order(settings: Settings, sitting: Reviewing, waiting: Sequence[Item]) -> Iterator[Item]:
    """Items one after the other, put in order anew after every few; none that others decided meanwhile."""
    order, left = ReviewOrder(settings, sitting.store), {item.id: item for item in waiting}
    skipped = skipped_by(sitting.store, sitting.reviewer)
    while left:
        for item in order.next(list(left.values()), skipped):
            del left[item.id]
            with contextlib.suppress(GoneError):
                if not get_item(sitting.store, item.id).is_decided:
                    yield item


def _ask(sitting: Reviewing, item: Item) -> bool:
    """Asks until there is a verdict that can be taken; False where the reviewer has enough."""
    while True:
        keys, help_line = (COMPARING_KEYS, COMPARING_HELP) if is_comparison(item) else (KEYS, HELP)
        key = sitting.read(f"{help_line}\n> ").strip().casefold()[:1]
        if key == "q":
            return False
        if key == "o" and item.kind not in OTHER_KIND:
            console.print(f"A {item.kind} cannot become anything else: change it, or reject it.", style="dim")
            continue
        if key not in keys or (sitting.settles and keys[key] == SKIP):
            if sitting.settles and key == "s":
                return True
            explained = EXPLAINED if keys is KEYS else help_line
            console.print(explained if key == "?" else f"Press one of these: {help_line}", style="dim")
            continue
        value = _value(sitting, item, key) if keys[key] == CHANGE else None
        if keys[key] == CHANGE and not value:
            console.print("Nothing was changed.", style="dim")
            continue
        try:
            take = settle if sitting.settles else review
            verdict = Verdict(sitting.reviewer, keys[key], value)
            after = take(sitting.store, item.id, verdict, sitting.rules, time.time())
        except ReviewError as error:
            warned(str(error))
            if type(error) is not ReviewError:  # it is gone
                return True
            continue
        sitting.judged += keys[key] != SKIP
        console.print(f"  {after.status}", style="dim")
        return True


def _value(sitting: Reviewing, item: Item, key: str) -> dict[str, Any]:
    """What a key makes of the proposal."""
    if is_comparison(item):
        return {"better": BETTER[int(key) - 1]}
    if key == "o":
        kind = OTHER_KIND[item.kind]
        return {**_changed(sitting, kind), "kind": kind}
    return _changed(sitting, item.kind)


def _changed(sitting: Reviewing, kind: str) -> dict[str, Any]:
    """What the reviewer wrote anew; what he leaves empty stays."""
    value: dict[str, Any] = {}
    for name in FIELDS.get(kind, ()):
        if name == "intent":
            found = choose(sitting.read, sorted(sitting.rules.intents))
        elif name == "layer":
            found = choose(sitting.read, LAYERS)
        else:
            found = (
                sitting.read(f"{name} (\\n for a new line, empty keeps it): ").strip().replace("\\n", "\n")
            )
        if found:
            value[name] = found
    if value.get("layer") == "nlu":
        console.print("Which intent is right?", style="dim")
        value["intent"] = choose(sitting.read, sorted(sitting.rules.intents))
    return value


def choose(read: Read, names: Sequence[str]) -> str:
    """One of some names, by a part of it, by its number in a list, or nearly as it is written; or nothing."""
    with completion(names):
        while True:
            said = read(
                f"{' | '.join(names) if len(names) <= _CHOICES else 'part of a name'} (empty: none): "
            ).strip()
            fitting = matching(said, names)
            if not said or len(fitting) == 1:
                return fitting[0] if said else ""
            if not fitting:
                console.print(f"Nothing is called {said[:40]!r}.", style="dim", markup=False)
                continue
            for number, name in enumerate(fitting[:_CHOICES], 1):
                console.print(f"  {number} {name}", markup=False)
            names = fitting[:_CHOICES]


def matching(said: str, names: Sequence[str]) -> list[str]:
    """The name itself; of few, the one of this number; those that hold these words; or nearly equal ones."""
    if said in names:
        return [said]
    if said.isdigit() and len(names) <= _CHOICES and 1 <= int(said) <= len(names):
        return [names[int(said) - 1]]
    words = said.casefold().replace(" ", "_").split("_")
    held = [name for name in names if all(word in name.casefold() for word in words)]
    return held or difflib.get_close_matches(said, names, _CHOICES, 0.6)


@contextlib.contextmanager
def completion(names: Sequence[str]) -> Any:
    """The Tab key completes these names, where there is a terminal."""
    if not sys.stdin.isatty():
        yield
        return
    import readline

    before = readline.get_completer()
    readline.set_completer(lambda text, state: [*[n for n in names if n.startswith(text)], None][state])
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        readline.set_completer(before)


def show_item(item: Item, store: LearningStore, place: str) -> None:
    """Shows an item: text, others like it, what was said around it, proposal, votes and reasons."""
    with store.engine.connect() as connection:
        members, said = turns_of_item(item.id, connection), reviews_of(item.id, connection)
    lines = [f"[bold]{escape(item.text)}[/bold]"]
    others = list(dict.fromkeys(turn.text for turn in members if turn.text != item.text))
    lines += [f"  [dim]like it:[/dim] {escape(text[:200])}" for text in others[:_ALIKE_SHOWN]]
    if len(others) > _ALIKE_SHOWN:
        lines.append(f"  [dim]and {len(others) - _ALIKE_SHOWN} more[/dim]")
    lines += ["", *_context(members, store)] if members else []
    lines += [
        "",
        "[bold]proposal[/bold]",
        *(f"  {name}: {escape(_shown(told))}" for name, told in as_shown(item).proposal.items()),
    ]
    lines += [
        f"  [dim]{escape(f'{vote.voter}: {vote.label} {vote.confidence:.2f} ({vote.why})')}[/dim]"
        for vote in item.votes
    ]
    lines += ["", "[bold]why[/bold]", *(f"  {escape(reason)}" for reason in item.reasons)]
    lines += [f"  {escape(f'{one.reviewer} said {one.verdict} {one.note}')}" for one in said]
    counted = f"{item.turns} turns of {item.conversations} conversations"
    title = f"{place} · {item.kind} · priority {item.priority} · {counted}"
    console.print(Panel("\n".join(lines), title=title, title_align="left"))


def _shown(told: Any) -> str:
    return "; ".join(str(one) for one in told) if isinstance(told, list) else str(told) or "–"


def _context(members: Sequence[Turn], store: LearningStore) -> list[str]:
    """The turns before and after the first of an item's turns."""
    first = members[0]
    spoken = list(store.turns(first.conversation))
    place = next((place for place, turn in enumerate(spoken) if turn.id == first.id), 0)
    lines = []
    for turn in spoken[max(0, place - _BEFORE) : place + _AFTER + 1]:
        mark = "→" if turn.id == first.id else " "
        lines.append(f"{mark} [cyan]customer[/cyan] {escape(turn.text[:300])}")
        if turn.reply:
            lines.append(
                f"  [dim]{'colleague' if turn.by_person else 'assistant'} {escape(turn.reply[:300])}[/dim]"
            )
    return lines
