"""Bands for an error budget: on made-up messages whose mistakes are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from components.routing import Bands, Rules, bands_for
from components.thresholds import (
    BudgetTooSmall,
    Judged,
    fit_bands,
    routed,
    share_wrong,
)

INTENTS = ["calm", "poor", "rare"]
RULES = Rules(unknown_share=0.0)


def judged(intent: str, confidence: float, right: bool = True, **more: object) -> Judged:
    values = {"unknown": 0.0, "known": True, **more}
    return Judged("some words", intent if right else "other", intent, confidence, **values)  # type: ignore[arg-type]


def calibrated(intent: str, n: int, seed: int, worse: float = 0.0) -> list[Judged]:
    """Mostly sure messages that are right as often as their confidence says, less `worse`."""
    random = np.random.default_rng(seed)
    confidences = (1 - 0.8 * random.random(n) ** 3).tolist()
    return [judged(intent, c, random.random() < c - worse) for c in confidences]


@pytest.fixture(scope="module")
def messages() -> list[Judged]:
    return [
        *calibrated("calm", 600, 1),
        *calibrated("poor", 600, 2, worse=0.08),
        *[judged("rare", 0.9) for _ in range(3)],
    ]


@pytest.mark.parametrize("budget", [0.06, 0.1, 0.15])
def test_the_budget_is_kept_on_messages_of_the_same_kind(messages: list[Judged], budget: float) -> None:
    fit = fit_bands(messages, INTENTS, RULES, budget)
    fresh = [*calibrated("calm", 5000, 11), *calibrated("poor", 5000, 12, worse=0.08)]
    share = share_wrong(fresh, replace(RULES, fitted=fit.bands))
    assert share.wrong <= budget
    assert share.acted > 0.2 * len(fresh), "it is not kept by never acting"
    assert fit.unseen.bound <= budget
    assert fit.unseen.wrong < fit.unseen.bound


def test_an_intent_with_more_mistakes_is_acted_on_later(messages: list[Judged]) -> None:
    bands = fit_bands(messages, INTENTS, RULES, 0.1).bands
    assert bands["poor"].do > bands["calm"].do + 0.05


def test_a_larger_budget_acts_on_more(messages: list[Judged]) -> None:
    small, large = (fit_bands(messages, INTENTS, RULES, budget) for budget in (0.06, 0.15))
    assert all(large.bands[intent].do <= small.bands[intent].do for intent in INTENTS)
    assert large.bands["calm"].do < small.bands["calm"].do


def test_an_intent_with_few_messages_is_drawn_to_all_of_them_and_says_so(messages: list[Judged]) -> None:
    fit = fit_bands(messages, [*INTENTS, "unseen"], RULES, 0.15)
    assert fit.messages["rare"] == 3
    assert [intent for intent in fit.bands if fit.is_pooled(intent)] == ["rare", "unseen"]
    # What all intents together say, and three right ones a little.
    assert fit.bands["calm"].do < fit.bands["rare"].do < fit.bands["unseen"].do < fit.bands["poor"].do


def test_strangers_that_get_through_raise_all_thresholds_alike(messages: list[Judged]) -> None:
    strangers = [judged("calm", 0.97, right=False, known=False) for _ in range(100)]
    alone = fit_bands(messages, INTENTS, RULES, 0.2)
    rules = replace(RULES, unknown_share=0.05)
    among = fit_bands([*messages, *strangers], INTENTS, rules, 0.2)
    assert among.bands["poor"].do > alone.bands["poor"].do
    assert among.messages == alone.messages, "they say nothing about the intent that they resemble"


def test_a_reviewed_stranger_counts_as_a_mistake_of_its_intent(messages: list[Judged]) -> None:
    strangers = [judged("calm", 0.9, right=False, known=False, reviewed=True) for _ in range(100)]
    alone, among = (fit_bands(m, INTENTS, RULES, 0.2) for m in (messages, [*messages, *strangers]))
    assert among.bands["calm"].do > 0.9 > alone.bands["calm"].do


def test_what_the_router_doubts_counts_with_the_confidence_that_it_compares() -> None:
    # At 0.95 and an even chance to be a stranger the router sees less.
    doubted = judged("calm", 0.95, unknown=0.9)
    assert routed(doubted, Rules(unknown_share=0.1)).band == "confirm"
    assert routed(doubted, Rules(unknown_share=0.0)).band == "do"


def test_a_single_word_that_is_never_acted_on_does_not_count(messages: list[Judged]) -> None:
    rules = replace(RULES, one_word=0.999)
    words = [replace(judged("calm", 0.98, right=False), text="delivery") for _ in range(200)]
    assert fit_bands([*messages, *words], INTENTS, rules, 0.15) == fit_bands(messages, INTENTS, rules, 0.15)


def test_asking_begins_where_a_yes_is_likely_enough(messages: list[Judged]) -> None:
    calm = [message for message in messages if message.ranked == "calm"]
    asks = {
        share: fit_bands(calm, ["calm"], RULES, 0.1, share).bands["calm"].confirm for share in (0.4, 0.5, 0.7)
    }
    assert asks[0.4] < asks[0.5] < asks[0.7]
    assert asks[0.5] == pytest.approx(0.5, abs=0.12), "these messages are right as often as they say"


def test_bands_are_in_order_and_nobody_acts_below_an_even_chance(messages: list[Judged]) -> None:
    for bands in fit_bands(messages, INTENTS, RULES, 0.6, 0.9).bands.values():
        assert 0.5 <= bands.do <= 1
        assert 0 <= bands.confirm <= bands.do


@pytest.mark.parametrize(
    "given",
    [
        [],
        [judged("calm", 0.9)] * 20,
        [judged("calm", 0.99, right=n % 2 == 0) for n in range(400)],
    ],
    ids=["nothing", "too few", "too many mistakes"],
)
def test_a_budget_that_cannot_be_shown_is_refused_with_what_to_do(given: list[Judged]) -> None:
    with pytest.raises(BudgetTooSmall, match=r"--error-budget.*--reviewed"):
        fit_bands(given, INTENTS, RULES, 0.05)


def test_without_a_mistake_the_bound_is_that_of_clopper_and_pearson() -> None:
    share = share_wrong([judged("calm", 0.9)] * 45, RULES)
    assert (share.acted, share.wrong) == (45, 0)
    assert share.bound == pytest.approx(1 - 0.1 ** (1 / 45)), "0.1 is what is left of the certainty"


def test_fitted_bands_count_where_the_designer_wrote_none() -> None:
    rules = Rules(Bands(0.4, 0.7), {"a": Bands(0.1, 0.2)}, {"a": Bands(0.8, 0.9), "b": Bands(0.5, 0.6)})
    assert [bands_for(intent, rules).do for intent in "abc"] == [0.2, 0.6, 0.7]


def test_thresholds_are_in_the_measure_that_the_router_compares(messages: list[Judged]) -> None:
    # An even chance in the head's eyes is one in ten in the router's: it sees nine tenths of the confidence.
    doubted = [replace(message, unknown=0.5) for message in messages]
    rules = replace(RULES, unknown_share=0.1)
    sure, unsure = (fit_bands(given, INTENTS, rules, 0.1).bands["calm"].do for given in (messages, doubted))
    assert unsure == pytest.approx(0.9 * sure, abs=0.02)
