"""When to train again: beyond luck, and never before enough has passed."""

from dataclasses import replace

import numpy as np
import pytest

from forecaster.evaluation.drift import Lived, Promise, decide, difference

H = 4


def lived(model, beside=None, *, held=None, cutoffs=None, cells=None):
    model = np.asarray(model, dtype=float)
    return Lived(
        cutoffs=np.arange(len(model)) * H if cutoffs is None else cutoffs,
        model=model,
        beside=model * 2 if beside is None else np.asarray(beside, dtype=float),
        held={} if held is None else held,
        cells=cells or len(model) * H,
        horizon=H,
        unit="MAE",
    )


def promise(model=(1.0, 1.2, 0.8, 1.1, 0.9, 1.0, 1.05, 0.95), **changed):
    model = np.asarray(model)
    parts = {"model": model, "beside": 2 * model, "block": 1, "held": {0.8: 0.8}, "better": True, "name": "naive"}
    return Promise(**{**parts, **changed})


def shaken(mean, count=20, seed=0):
    """Errors about a mean, none of them negative."""
    return mean * np.random.default_rng(seed).uniform(0.7, 1.3, size=count)


def test_errors_as_large_as_the_backtest_s_are_no_reason():
    decision = decide(lived(shaken(1.0)), promise())

    assert not decision.retrain
    assert decision.because.startswith("nothing is worse than the backtest beyond luck (MAE 1.0")
    assert decision.because.endswith("and 1.00 in the backtest, over 20 forecasts)")


def test_larger_errors_are_a_reason():
    decision = decide(lived(shaken(1.5)), promise())

    assert decision.retrain
    assert decision.because.startswith("the error is larger than the backtest's, beyond luck (MAE 1.5")


def test_smaller_errors_are_none():
    assert not decide(lived(shaken(0.5)), promise()).retrain


def test_four_forecasts_that_do_not_overlap_are_too_few_however_large_their_errors():
    decision = decide(lived(shaken(9.0, count=4)), promise())

    assert not decision.retrain
    assert decision.because == (
        "too few forecasts to tell: 4 of this version have passed that do not overlap, of 5 needed"
    )


def test_forecasts_that_overlap_count_as_one():
    """Of 17 nights in a row with a horizon of four steps five do not overlap; of 16, four."""
    nights = np.arange(17)

    assert decide(lived(shaken(9.0, count=17), cutoffs=nights), promise()).retrain
    assert not decide(lived(shaken(9.0, count=16), cutoffs=nights[:16]), promise()).retrain


def test_none_at_all_is_too_few():
    assert "0 of this version" in decide(lived([]), promise()).because


def test_a_skill_that_is_gone_is_a_reason_though_the_errors_are_as_promised():
    decision = decide(lived(shaken(1.0), shaken(1.0, seed=1)), promise())

    assert decision.retrain
    assert decision.because.startswith("the skill against naive is gone (")
    assert decision.because.endswith("and 50 % in the backtest)")


def test_a_smaller_skill_that_still_beats_the_baseline_is_none():
    assert not decide(lived(shaken(1.0), 1.3 * shaken(1.0)), promise()).retrain


def test_where_the_backtest_had_no_skill_none_can_be_gone():
    assert not decide(lived(shaken(1.0), shaken(1.0, seed=1)), promise(better=False)).retrain


def test_a_baseline_without_error_says_nothing_of_skill():
    assert not decide(lived(shaken(1.0), np.zeros(20)), promise()).retrain


def held(*shares):
    return {0.8: np.array(shares)}


def test_an_interval_that_holds_too_little_is_a_reason():
    decision = decide(lived(shaken(1.0), held=held(*[0.5, 0.25, 0.75, 0.5] * 5)), promise())

    assert decision.because == "the 80 % interval held only 50 % of the actuals, beyond bad luck"


def test_an_interval_is_not_blamed_for_what_the_backtest_knew():
    shares = held(*[0.75, 0.75, 0.75, 1.0, 0.5] * 8)

    assert not decide(lived(shaken(1.0, count=40), held=shares), promise(held={0.8: 0.72})).retrain


def test_shares_that_happen_to_be_alike_do_not_pass_for_certainty():
    """Five times nine of ten within a 95 % interval is luck: 45 of 50 come up in one of ten."""
    shares = {0.95: np.full(5, 0.9)}

    assert not decide(lived(shaken(1.0, count=5), held=shares, cells=50), promise(held={0.95: 0.95})).retrain
    assert decide(lived(shaken(1.0, count=5), held=shares, cells=5000), promise(held={0.95: 0.95})).retrain


def test_an_interval_that_the_backtest_has_not_measured_has_to_hold_its_own_share():
    assert decide(lived(shaken(1.0), held=held(*[0.5, 0.25, 0.75, 0.5] * 5)), promise(held={0.8: None})).retrain


def test_several_reasons_are_all_told():
    because = decide(lived(shaken(2.0), shaken(1.0), held=held(*[0.2, 0.3] * 10)), promise()).because

    assert because.count("; ") == 2


def test_a_backtest_of_one_block_says_nothing_of_luck():
    assert not decide(lived(shaken(9.0)), promise(model=np.ones(1), better=False)).retrain


def test_the_difference_of_two_means_is_as_uncertain_as_both():
    one, other = shaken(1.0, seed=2), shaken(1.0, count=8, seed=3)

    lower, upper = difference(one, 1, other, 1)
    alone = difference(one, 1, np.full(8, other.mean()), 1)

    assert lower < one.mean() - other.mean() < upper
    assert upper - lower > alone[1] - alone[0]


def world(rng, count, skill):
    """Errors of forecasts of a random walk made every step, and those of the naive forecast."""
    walk = np.cumsum(rng.normal(size=count + H + 1))
    ahead = walk[np.arange(count)[:, None] + np.arange(1, H + 1)] - walk[:count, None]
    return np.abs((1 - skill) * ahead).mean(axis=1), np.abs(ahead).mean(axis=1)


def decided(rng, *, live_skill=0.3):
    model, beside = (errors[::H] for errors in world(rng, 12 * H, 0.3))
    now, naive = world(rng, 60, live_skill)
    return decide(lived(now, naive, cutoffs=np.arange(60)), promise(model=model, beside=beside))


@pytest.mark.parametrize(("live_skill", "least", "most"), [(0.3, 0.0, 0.15), (-0.3, 0.8, 1.0)])
def test_luck_is_rarely_taken_for_drift_and_drift_rarely_for_luck(live_skill, least, most):
    rng = np.random.default_rng(0)

    share = np.mean([decided(rng, live_skill=live_skill).retrain for _ in range(60)])

    assert least <= share <= most


def test_without_bounds_luck_would_be_taken_for_drift(monkeypatch):
    """The mutant of the test above: any larger mean is a reason."""
    monkeypatch.setattr(
        "forecaster.evaluation.drift.difference", lambda one, _, other, __: (one.mean() - other.mean(),) * 2
    )
    rng = np.random.default_rng(0)

    assert np.mean([decided(rng).retrain for _ in range(60)]) > 0.3


def test_a_decision_is_about_the_forecasts_it_is_given():
    assert decide(replace(lived(shaken(1.5)), unit="MASE"), promise()).because.count("MASE 1.") == 1
