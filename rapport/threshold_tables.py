"""What fitted bands would change: a table of the intents, mistakes in all, messages that go elsewhere."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from rapport.console import console

if TYPE_CHECKING:
    from components.routing import Rules
    from components.thresholds import Judged, Share
    from rapport.thresholds import Proposal

BAND_NAMES = {"do": "act", "confirm": "ask for a yes", "fallback": "knowledge or readings"}


def show(proposal: Proposal, budget: float, examples: int) -> None:
    """Prints what would change.

    Args:
        proposal: old and new bands.
        budget: the share (0–1) of mistakes that was asked for.
        examples: how many messages that would go another way.
    """
    from components.thresholds import PRIOR_MESSAGES, SURENESS, share_wrong

    console.print(intents_table(proposal))
    before, after = (share_wrong(proposal.messages, rules) for rules in (proposal.old, proposal.new))
    unseen = proposal.fit.unseen
    console.print(f"of messages acted on, wrong: now {_of(before)}, then {_of(after)}", soft_wrap=True)
    console.print(
        f"  on messages that the bands were not fitted on: {unseen.wrong:.1%}, with {SURENESS:.0%} certainty "
        f"at most {unseen.bound:.1%} (budget {budget:.1%})",
        soft_wrap=True,
    )
    strange = proposal.old.unknown_share
    console.print(
        f"  as if {strange:.0%} of all messages belonged to no intent (unknown_share in config.yml)",
        style="dim",
    )
    if proposal.own and not proposal.change_own and after.wrong > budget:
        console.print(
            "! Bands that you wrote are kept (†), and with them the budget is not: --own fits them, too.",
            style="yellow",
            soft_wrap=True,
        )
    few = [intent for intent in proposal.fit.bands if proposal.fit.is_pooled(intent)]
    if few:
        console.print(
            f"* {len(few)} of {len(proposal.fit.bands)} intents have fewer than {PRIOR_MESSAGES} judged "
            "messages: too few for a band of their own, so all intents together weigh more.",
            style="dim",
            soft_wrap=True,
        )
    _show_examples(proposal, examples)


def intents_table(proposal: Proposal) -> Table:
    """Per intent the bands, how many messages are acted on, and the share of them that is wrong."""
    from components.routing import bands_for

    table = Table(box=None, padding=(0, 1, 0, 0))
    table.add_column("intent", no_wrap=True)
    for name in ("judged", "ask from", "act from", "acted on", "wrong"):
        table.add_column(name, justify="right", no_wrap=True)
    for intent, bands in sorted(proposal.fit.bands.items()):
        marks = " " + "†" * (intent in proposal.own) + "*" * proposal.fit.is_pooled(intent)
        old, new = bands_for(intent, proposal.old), bands_for(intent, proposal.new)
        own = [m for m in proposal.messages if m.ranked == intent and (m.known or m.reviewed)]
        kept = new == old and bands != old
        table.add_row(
            f"{escape(intent)}[dim]{marks}[/dim]",
            str(proposal.fit.messages[intent]),
            "never" if intent in proposal.new.never_offered else _change(old.confirm, new.confirm),
            _change(old.do, new.do) + (f" [dim]({bands.do:.2f})[/dim]" if kept else ""),
            *_acted(own, proposal.old, proposal.new),
        )
    table.caption = "† bands that you wrote (in brackets: what would be fitted)" if proposal.own else None
    table.caption_justify = "left"
    return table


def _acted(messages: list[Judged], old: Rules, new: Rules) -> tuple[str, str]:
    from components.thresholds import routed

    counts, wrong = [], []
    for rules in (old, new):
        acted = [message for message in messages if routed(message, rules).band == "do"]
        counts.append(str(len(acted)))
        wrong.append(f"{sum(not m.right for m in acted) / len(acted):.0%}" if acted else "–")
    return _arrow(*counts), _arrow(*wrong)


def _show_examples(proposal: Proposal, number: int) -> None:
    from components.routing import known
    from components.thresholds import routed

    changed: dict[str, list[tuple[Judged, str, str]]] = {}
    for message in proposal.messages:
        before, after = routed(message, proposal.old).band, routed(message, proposal.new).band
        if before != after and (message.known or message.reviewed):
            changed.setdefault(message.ranked, []).append((message, before, after))
    total = sum(map(len, changed.values()))
    console.print(f"{total} of {len(proposal.messages)} judged messages would go another way", end="")
    # One of each intent in turn: a single intent must not fill the list.
    rounds = [one for turn in zip_longest(*changed.values()) for one in turn if one is not None]
    console.print(", for example:" if rounds[:number] else ".")
    for message, before, after in rounds[:number]:
        mark = "[green]✓[/green]" if message.right else "[red]✗[/red]"
        right = "" if message.right else f", right is {escape(message.expected) or 'none'}"
        # The router weighs the confidence with how likely the message belongs to any intent.
        confidence = message.confidence * known(message.unknown, proposal.old)
        way = f"{BAND_NAMES[before]} → {BAND_NAMES[after]}"
        console.print(f"  {mark} “{escape(_short(message.text))}”", soft_wrap=True)
        console.print(
            f"    {escape(message.ranked)} {confidence:.2f}{right}: {way}", style="dim", soft_wrap=True
        )


def _of(share: Share) -> str:
    return f"{share.wrong:.1%} of {share.acted:.0f}"


def _change(old: float, new: float) -> str:
    return _arrow(f"{old:.2f}", f"{new:.2f}")


def _arrow(old: str, new: str) -> str:
    return old if old == new else f"{old.removesuffix('%')}→{new}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
