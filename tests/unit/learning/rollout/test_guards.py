"""A canary is judged at any moment, and looking often fools nobody."""

from __future__ import annotations

import numpy as np
import pytest

from learning.rollout.decision import END, GO_ON, PROMOTE, ROLL_BACK, Terms, decide, decide_holdout
from learning.rollout.guards import Outcome, as_drawn, evidence_against, evidence_for, lift, outcomes
from learning.rollout.served import noted, within
from learning.rollout.split import held_out, on_canary
from learning.turn import Turn

SHARE = 0.1


def stops(rate: float, new_rate: float, conversations: int, seed: int, share: float = SHARE) -> bool:
    """Whether a new model is stopped at any of all looks, one after each bad conversation."""
    random = np.random.default_rng(seed)
    new = random.random(conversations) < share
    bad = random.random(conversations) < np.where(new, new_rate, rate)
    mine, both = np.cumsum(new[bad]), np.arange(1, bad.sum() + 1)
    return any(evidence_against(int(x), int(n), share) >= 20 for x, n in zip(mine, both))


def test_a_canary_that_is_as_good_is_hardly_ever_stopped_though_one_looks_always() -> None:
    stopped = [stops(0.2, 0.2, 1_500, seed) for seed in range(300)]

    assert np.mean(stopped) <= 0.05


def test_one_that_fails_twice_as_often_is_stopped() -> None:
    stopped = [stops(0.2, 0.4, 3_000, seed) for seed in range(40)]

    assert np.mean(stopped) >= 0.9


def seen(
    rate: float, new_rate: float, conversations: int, seed: int = 1, share: float = SHARE
) -> list[Outcome]:
    random = np.random.default_rng(seed)
    return [
        Outcome(side, frozenset({"fallback"} if random.random() < (new_rate if side else rate) else ()))
        for side in random.random(conversations) < share
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


def test_conversations_are_told_by_the_model_that_answered() -> None:
    found = outcomes(
        [
            [turn("old", 1, 5, "one"), turn("old", 2, 15, "two", repeat_tier=2)],
            [turn("a", 1, 11, "two"), turn("a", 2, 12, "two", repeat_tier=3, seconds=9)],
            [turn("b", 1, 13, "one", routed="nlu_fallback")],
            [
                turn("c", 1, 14, "one", responses=("utter_action_failed",)),
                turn("c", 2, 15, "", by_person=True),
            ],
            [turn("d", 1, 16, "one"), turn("d", 2, 17, "three", routed="nlu_fallback")],
            [turn("e", 1, 25, "one", routed="nlu_fallback")],
        ],
        *("two", "one", [[10, 20], [30, 40]]),
        slow_seconds=3,
    )

    # Not counted: begun before, answered by a third model, begun while one side was away.
    assert [one.new for one in found] == [True, False, False]
    assert [set(one.bad) for one in found] == [{"repeat", "slow"}, {"fallback"}, {"error"}]


def test_times_when_both_answered_are_told_apart() -> None:
    served: list[list[float]] = []
    for now in (100, 120, 140, 400, 420):
        served = noted(served, now)

    assert served == [[100, 140], [400, 420]]
    assert [within(served, at) for at in (99, 100, 130, 300, 421)] == [False, True, True, False, False]


def test_a_channel_that_is_not_drawn_does_not_make_a_good_model_look_bad() -> None:
    """On Socket.IO everybody has the stable model, and half of them have trouble."""
    drawn = seen(0.2, 0.2, 3_000)
    odd = [Outcome(False, frozenset({"fallback"} if n % 2 else ()), channel="socketio") for n in range(3_000)]

    kept, left_out = as_drawn([*drawn, *odd], SHARE)
    assert (kept, left_out) == (drawn, ["socketio"])
    decision = decide_holdout([*drawn, *odd], Terms(share=SHARE), days=1)
    assert decision.left_out == ("socketio",) and sum(decision.conversations) == 3_000

    better = [Outcome(not one.new, one.bad, channel=one.channel) for one in (*drawn, *odd)]
    assert decide_holdout(better, Terms(share=1 - SHARE), days=1).action == GO_ON


def test_a_promoted_model_that_is_as_good_stays_until_the_time_is_up() -> None:
    assert np.mean([stops(0.2, 0.2, 1_000, seed, share=0.95) for seed in range(60)]) <= 0.05

    found = seen(0.2, 0.2, 500, 1, 0.95)
    assert decide_holdout(found, Terms(share=0.95), days=6).action == GO_ON
    assert decide_holdout(found, Terms(share=0.95), days=7).action == END


def test_a_promoted_model_that_is_worse_is_rolled_back_and_the_loss_is_told() -> None:
    decision = decide_holdout(seen(0.1, 0.4, 4_000, 1, 0.95), Terms(share=0.95), days=1)

    assert decision.action == ROLL_BACK and "fallback" in decision.why
    assert decision.lift.high < 0 and decision.lifts["fallback"].high < 0
    assert decision.lifts["handover"].value == 0


def test_who_tried_the_canary_is_not_held_out() -> None:
    names = [f"web-{n}" for n in range(4_000)]
    held = {name for name in names if held_out(name, 0.05, "r")}

    assert 150 < len(held) < 250
    assert not held & {name for name in names if on_canary(name, 0.3, "r")}


def test_a_conversation_stays_on_its_side_also_when_the_share_grows() -> None:
    names = [f"web-{n}" for n in range(4_000)]
    small = {name for name in names if on_canary(name, 0.1, "r")}

    assert 320 < len(small) < 480
    assert small <= {name for name in names if on_canary(name, 0.3, "r")}
    assert small != {name for name in names if on_canary(name, 0.1, "other")}
