"""A canary is judged at any moment, and looking often fools nobody."""

from __future__ import annotations

import numpy as np
import pytest

from learning.rollout.decision import GO_ON, PROMOTE, ROLL_BACK, Terms, decide
from learning.rollout.guards import Outcome, evidence_against, evidence_for, lift, outcomes
from learning.rollout.split import on_canary
from learning.turn import Turn

SHARE = 0.1


def stops(rate: float, canary_rate: float, conversations: int, seed: int, limit: float = 20) -> bool:
    """Whether a canary is stopped at any of all looks, one after each bad conversation."""
    random = np.random.default_rng(seed)
    canary = random.random(conversations) < SHARE
    bad = random.random(conversations) < np.where(canary, canary_rate, rate)
    mine, both = np.cumsum(canary[bad]), np.arange(1, bad.sum() + 1)
    return any(evidence_against(int(x), int(n), SHARE) >= limit for x, n in zip(mine, both))


def test_a_canary_that_is_as_good_is_hardly_ever_stopped_though_one_looks_always() -> None:
    stopped = [stops(0.2, 0.2, 1_500, seed) for seed in range(300)]

    assert np.mean(stopped) <= 0.05


def test_one_that_fails_twice_as_often_is_stopped() -> None:
    stopped = [stops(0.2, 0.4, 3_000, seed) for seed in range(40)]

    assert np.mean(stopped) >= 0.9


def seen(rate: float, canary_rate: float, conversations: int, seed: int = 1) -> list[Outcome]:
    random = np.random.default_rng(seed)
    return [
        Outcome(side, frozenset({"fallback"} if random.random() < (canary_rate if side else rate) else ()))
        for side in random.random(conversations) < SHARE
    ]


def test_a_bad_canary_is_rolled_back_and_the_reason_named() -> None:
    decision = decide(seen(0.15, 0.45, 2_000), Terms(share=SHARE), days=1)

    assert decision.action == ROLL_BACK
    assert "fallback" in decision.why
    assert decision.lift.high < 0


def test_a_better_one_is_promoted() -> None:
    decision = decide(seen(0.4, 0.2, 4_000), Terms(share=SHARE), days=1)

    assert decision.action == PROMOTE
    assert decision.lift.low > 0


def test_little_is_known_of_few_conversations_until_the_time_is_up() -> None:
    few = seen(0.2, 0.2, 300)

    assert decide(few, Terms(share=SHARE), days=1).action == GO_ON
    assert decide(few, Terms(share=SHARE), days=8).action == ROLL_BACK


def test_evidence_for_and_against_are_about_opposite_things() -> None:
    assert evidence_for(5, 100, SHARE, 1.5) > 1 > evidence_against(5, 100, SHARE)
    assert evidence_against(30, 100, SHARE) > 1_000
    assert evidence_against(0, 0, SHARE) == pytest.approx(1)


def test_the_interval_of_the_lift_holds_the_truth_nearly_always() -> None:
    holds = []
    for seed in range(200):
        found = lift(seen(0.3, 0.2, 1_000, seed))
        holds.append(found.low <= 0.1 <= found.high)

    assert 0.9 <= np.mean(holds) <= 1


def turn(conversation: str, number: int, at: float, model: str, **more: object) -> Turn:
    said = {"reply": "Yes.", "seconds": 0.1, **more}
    return Turn(f"{conversation}{number}", conversation, number, at, model=model, **said)  # type: ignore[arg-type]


def test_conversations_are_told_by_the_model_that_answered_and_old_ones_do_not_count() -> None:
    found = outcomes(
        [
            [turn("old", 1, 5, "one"), turn("old", 2, 15, "two", repeat_tier=2)],
            [turn("a", 1, 11, "two"), turn("a", 2, 12, "two", repeat_tier=3, seconds=9)],
            [turn("b", 1, 13, "one", routed="nlu_fallback")],
            [
                turn("c", 1, 14, "one", responses=("utter_action_failed",)),
                turn("c", 2, 15, "", by_person=True),
            ],
        ],
        "two",
        since=10,
        slow_seconds=3,
    )

    assert [one.canary for one in found] == [True, False, False]
    assert [set(one.bad) for one in found] == [{"repeat", "slow"}, {"fallback"}, {"error"}]


def test_a_conversation_stays_on_its_side_also_when_the_share_grows() -> None:
    names = [f"web-{n}" for n in range(4_000)]
    small = {name for name in names if on_canary(name, 0.1, "r")}

    assert 320 < len(small) < 480
    assert small <= {name for name in names if on_canary(name, 0.3, "r")}
    assert small != {name for name in names if on_canary(name, 0.1, "other")}
