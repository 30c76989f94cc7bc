"""Fits the confidence bands to an error budget, shows what would change, and writes them on request."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.config_bands import router_settings, write_bands
from rapport.console import console, done, progress_bar
from rapport.engine_files import CONFIG, read_yaml
from rapport.errors import RapportError
from rapport.example_checks import examples_of, plain
from rapport.model_report import ModelReport, read_report
from rapport.reviewed_turns import ReviewedTurn, read_reviewed
from rapport.threshold_tables import show
from rapport.training import DATA

if TYPE_CHECKING:
    from components.routing import Bands, Rules
    from components.thresholds import Fit, Judged

INTENT_HEAD = "components.intent_head.IntentHead"


class BudgetError(RapportError):
    """The error budget is no share, or cannot be kept to."""


@dataclass(frozen=True)
class Proposal:
    """Proposed bands beside those that count now.

    Attributes:
        old, new: the router's settings before and after.
        fit: what was fitted, for all intents.
        messages: what it was fitted on.
        own: intents whose bands the designer wrote.
        change_own: whether those are replaced, too.
    """

    old: Rules
    new: Rules
    fit: Fit
    messages: list[Judged]
    own: list[str]
    change_own: bool


def fit(
    model: Path,
    budget: float,
    yes_share: float = 0.5,
    reviewed: Path | None = None,
    change_own: bool = False,
    write: bool = False,
    examples: int = 10,
    config: Path = CONFIG,
) -> Proposal:
    """Proposes bands, shows them, and writes them on request.

    Args:
        model: the archive whose held-out messages are used.
        budget: at most this share (0–1) of the messages that are acted on may be wrong.
        yes_share: share (0–1) of "would you like to …?" that should get a yes.
        reviewed: a file of reviewed turns.
        change_own: replace bands that the designer wrote, too.
        write: write config.yml.
        examples: how many messages that would go another way are shown.
        config: config.yml.

    Raises:
        RapportError: what is missing or wrong, and what to do.
    """
    for name, share in (("error budget", budget), ("yes share", yes_share)):
        if not 0 < share < 1:
            raise BudgetError(f"The {name} is {share:g}, but must be a share between 0 and 1, like 0.05.")
    settings, report = router_settings(config), read_report(model)
    intents = list(dict.fromkeys([*report.names, *_unknown_intents(config)]))
    turns = _unlearned(read_reviewed(reviewed, intents)) if reviewed else []
    with console.status("Fitting …"):
        rules = _rules(settings)
        messages = held_out(report)
    messages += _judged(model, turns) if turns else []
    proposal = propose(messages, intents, rules, budget, yes_share, change_own)
    show(proposal, budget, examples)
    if write:
        _write(config, proposal)
    else:
        console.print("Nothing was written: add --write for that.", style="dim")
    return proposal


def propose(
    messages: list[Judged],
    intents: list[str],
    rules: Rules,
    budget: float,
    yes_share: float,
    change_own: bool,
) -> Proposal:
    """Fits bands and puts them beside the designer's.

    Raises:
        BudgetError: the budget cannot be shown to be kept.
    """
    from components.thresholds import BudgetTooSmall, fit_bands

    own = [intent for intent in intents if intent in rules.bands_of]
    try:
        fitted = fit_bands(messages, intents, rules, budget, yes_share)
    except BudgetTooSmall as error:
        raise BudgetError(str(error)) from error
    free = {intent: bands for intent, bands in fitted.bands.items() if intent not in own}
    new_own = {intent: fitted.bands[intent] for intent in own} if change_own else {}
    new = replace(rules, fitted=free, bands_of={**rules.bands_of, **new_own})
    return Proposal(rules, new, fitted, messages, own, change_own)


def held_out(report: ModelReport) -> list[Judged]:
    """What training held out."""
    from components.thresholds import Judged

    names = ("text", "expected", "ranked", "confidence", "unknown", "known")
    return [Judged(**{name: row[name] for name in names}) for row in report.rows]


def _rules(settings: dict[str, Any]) -> Rules:
    with warnings.catch_warnings(record=True):  # Rasa's dependencies announce what they will change one day
        from components.confidence_router import ConfidenceRouter, rules_from
    return rules_from({**ConfidenceRouter.get_default_config(), **settings})


def _unknown_intents(config: Path) -> list[str]:
    pipeline = [part for part in read_yaml(config)["pipeline"] if isinstance(part, dict)]
    found = [part.get("unknown_intent") for part in pipeline if part.get("name") == INTENT_HEAD]
    return [str(name) for name in found if name]


def _unlearned(turns: list[ReviewedTurn]) -> list[ReviewedTurn]:
    """Without those that are examples by now: the model is surer of them than of what it has not seen."""
    learned = {plain(example.text) for example in examples_of([DATA])}
    left = [turn for turn in turns if plain(turn.text) not in learned]
    console.print(f"{len(left)} of {len(turns)} reviewed turns are no examples: these count.", style="dim")
    return left


def _judged(model: Path, turns: list[ReviewedTurn]) -> list[Judged]:
    """Reviewed turns with what the model says about them."""
    with warnings.catch_warnings(), progress_bar() as progress:
        warnings.simplefilter("ignore")  # Rasa warns of what validation has said
        from components.judging import opinions
        from components.thresholds import Judged

        task = progress.add_task("Reading reviewed turns", total=len(turns))
        said = opinions(model, [turn.text for turn in turns], lambda n: progress.update(task, completed=n))
    return [
        Judged(turn.text, turn.intent, one.ranked, one.confidence, one.unknown, bool(turn.intent), True)
        for turn, one in zip(turns, said, strict=True)
    ]


def _write(config: Path, proposal: Proposal) -> None:
    own: dict[str, Bands] = {}
    if proposal.change_own:
        own = {intent: proposal.new.bands_of[intent] for intent in proposal.own}
    write_bands(config, proposal.new.fitted, own)
    done(f"written into {config}: `rapport train`, then `rapport test`")
