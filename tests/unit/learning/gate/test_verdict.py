"""A candidate passes only if nothing is worse than allowed."""

from __future__ import annotations

import numpy as np
import pytest

from learning.gate.conversations import Moment, Parting
from learning.gate.figures import Reading, chance_of_worse, rise_of_calibration_error
from learning.gate.frozen import fair, is_frozen, split_learned
from learning.gate.suspects import Broken
from learning.gate.verdict import STORIES, Allowed, Side, Verdict, judge
from learning.learned import ANSWER, LABEL, Learned


def readings(right: int, wrong: int, language: str = "en", confidence: float = 0.9) -> list[Reading]:
    return [
        Reading(f"{language} {n}", "a", "a" if n < right else "b", confidence, "a", language)
        for n in range(right + wrong)
    ]


def compare(stable: Side, candidate: Side, **allowed: float) -> Verdict:
    return judge(stable, candidate, Allowed(**allowed))  # type: ignore[arg-type]


def test_the_same_model_passes() -> None:
    side = Side({"order": True}, readings(95, 5), readings(10, 0))

    assert compare(side, side).passed


def failed(**partings: Parting) -> Side:
    return Side({"order": False, "old": True}, partings=partings)


def test_a_conversation_that_went_otherwise_is_one_too_many_and_is_named() -> None:
    before, now = Moment("mine", "track_order", "nlu_confirm"), Moment("mine", "track_order", "nlu_fallback")
    verdict = compare(
        Side({"order": True, "old": False}), failed(order=Parting("order", before, now, "said"))
    )

    assert not verdict.passed
    assert verdict.stories == ("order",)
    assert verdict.broken == [Broken("conversation 'order'", "mine", "track_order", "track_order", STORIES)]


def test_a_conversation_in_which_the_customer_is_told_the_same_is_not_lost() -> None:
    verdict = compare(Side({"order": True, "old": False}), failed())

    assert verdict.passed
    assert (verdict.stories, verdict.alike) == ((), ("order",))
    assert verdict.checks[0].candidate == 1.0


def test_only_what_made_a_figure_fail_is_looked_into() -> None:
    stable, candidate = Side(frozen=readings(950, 50)), Side(frozen=readings(949, 51))
    assert [one.text for one in compare(stable, candidate).lost] == ["en 949"]
    assert compare(stable, candidate).broken == []

    worse = Side(frozen=readings(900, 100))
    assert len(compare(stable, worse).broken) == 50
    assert compare(stable, worse).broken[0] == Broken("message 'en 900'", "en 900", "a", "b", "accuracy")


def test_more_than_the_allowed_accuracy_may_not_be_lost() -> None:
    verdict = compare(Side(frozen=readings(95, 5)), Side(frozen=readings(93, 7)))

    assert verdict.reasons == ["accuracy: 95.0% fell to 93.0%; 0.5% may be lost"]
    assert [one["text"] for one in verdict.misread] == ["en 93", "en 94"]


def test_a_small_loss_counts_if_it_is_not_by_chance() -> None:
    stable, candidate = Side(frozen=readings(950, 50)), Side(frozen=readings(946, 54))

    assert compare(stable, candidate, sureness=0.01).passed
    assert "no chance" in compare(stable, candidate, sureness=0.1).reasons[0]


def test_what_one_language_loses_is_not_made_good_by_another() -> None:
    stable = Side(frozen=readings(80, 20) + readings(40, 10, "de"))
    candidate = Side(frozen=readings(95, 5) + readings(36, 14, "de"))

    verdict = compare(stable, candidate)

    assert verdict.reasons == ["accuracy, de: 80.0% fell to 72.0%; 2.0% may be lost"]


def test_a_language_with_a_handful_of_messages_decides_nothing() -> None:
    stable = Side(frozen=readings(80, 20) + readings(3, 0, "de"))
    candidate = Side(frozen=readings(83, 17) + readings(2, 1, "de"))

    assert compare(stable, candidate).passed


def test_confidences_that_promise_more_than_they_keep_do_not_pass() -> None:
    honest, boastful = readings(80, 20, confidence=0.8), readings(80, 20, confidence=0.99)

    verdict = compare(Side(frozen=honest), Side(frozen=boastful))

    assert [reason.split(":")[0] for reason in verdict.reasons] == ["calibration error"]
    assert rise_of_calibration_error(honest, boastful)[0] == pytest.approx(0.19)


def test_more_fallbacks_on_real_turns_do_not_pass_and_each_is_listed() -> None:
    stable = [Reading(str(n), "", "a", 0.9, "a") for n in range(50)]
    candidate = [Reading(str(n), "", "a", 0.9, "nlu_fallback" if n < 5 else "a") for n in range(50)]

    verdict = compare(Side(replayed=stable), Side(replayed=candidate))

    assert not verdict.passed
    assert [one["text"] for one in verdict.changed] == ["0", "1", "2", "3", "4"]


def test_the_chance_of_a_loss_is_that_of_a_fair_coin() -> None:
    assert chance_of_worse(5, 0) == pytest.approx(1 / 32)
    assert chance_of_worse(0, 5) == 1.0
    random = np.random.default_rng(3)
    coins = random.binomial(40, 0.5, size=2_000)
    assert np.mean([chance_of_worse(n, 40 - n) <= 0.05 for n in coins]) <= 0.05


def test_a_share_of_messages_is_frozen_and_always_the_same() -> None:
    drawn = [is_frozen(f"message {n}", 0.2) for n in range(2_000)]

    assert 0.17 < np.mean(drawn) < 0.23
    assert drawn == [is_frozen(f"message {n}", 0.2) for n in range(2_000)]


def test_only_labels_are_frozen_and_known_messages_judge_nobody() -> None:
    records = [Learned(str(n), LABEL, {"text": f"T {n}", "intent": "a"}) for n in range(50)]
    records += [Learned("answer", ANSWER, {"question": "q"})]

    trained, frozen = split_learned(records, 0.3, str.lower)

    assert len(trained) + len(frozen) == 51 and frozen
    assert all(one.kind == LABEL for one in frozen)
    assert fair(["new", "old"], str, {"old"}) == ["new"]
