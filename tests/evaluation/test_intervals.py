"""Which errors make the intervals of which folds."""

import numpy as np
import pytest

from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.intervals import calibrate_folds, leave_one_out, with_intervals
from forecaster.evaluation.metrics import coverage
from forecaster.forecasters.baselines import Drift, Naive, SeasonalNaive

ASKED = {"intervals": (0.8,), "pinball_levels": (0.1, 0.5, 0.9), "lookback": 30}


def test_every_forecaster_is_calibrated_on_its_own_errors(folds):
    made = folds([[10.0]] * 9, {"model": [[9.0]] * 9, "naive": [[3.0]] * 9})

    said = with_intervals(made, calibrate_folds(made, **ASKED)).forecasts

    assert said["model"].upper[0, 0, 0] - said["model"].lower[0, 0, 0] == 2
    assert said["naive"].upper[0, 0, 0] - said["naive"].lower[0, 0, 0] == 14


def test_all_forecasters_are_scored_at_the_same_levels(folds):
    made = folds([[10.0]] * 9, {"model": [[9.0]] * 9, "naive": [[3.0]] * 9})

    said = with_intervals(made, calibrate_folds(made, **ASKED)).forecasts

    assert {one.levels for one in said.values()} == {(0.1, 0.5, 0.9)}


def test_a_fold_that_is_left_out_does_not_widen_its_own_interval(folds):
    made = folds([[1.0], [1.0], [1.0], [1.0], [50.0]], {"model": [[0.0]] * 5})

    said = leave_one_out(made, **ASKED).forecasts["model"]

    assert said.upper[:, 0, 0].tolist() == [50, 50, 50, 50, 1]
    assert coverage(made.actual, said.lower[..., 0], said.upper[..., 0]) == 0.8


def test_all_series_of_a_fold_are_left_out_together_and_come_back_in_order(folds):
    made = folds([[1.0], [2.0], [3.0], [4.0]], {"model": [[0.0]] * 4}, series="abab", cutoffs=[0, 0, 1, 1])

    left = leave_one_out(made, **ASKED)

    assert left.forecasts["model"].upper[:, 0, 0].tolist() == [4, 4, 2, 2]
    assert left.forecasts["model"].ids == ("a", "b", "a", "b")


def test_a_single_fold_gets_no_intervals(folds):
    made = folds([[1.0]], {"model": [[0.0]]})

    assert leave_one_out(made, **ASKED).forecasts["model"].intervals == ()


@pytest.mark.parametrize("baseline", [Naive(), SeasonalNaive(5), Drift()])
def test_the_intervals_of_a_random_walk_cover_what_they_promise(panel, baseline):
    walk = panel(np.cumsum(np.random.default_rng(4).normal(size=4000)))
    calibration = calibrate_folds(backtest(baseline, walk, range(2000, 2400), 5), **ASKED)
    test = with_intervals(backtest(baseline, walk, range(2405, 3990, 5), 5), calibration)

    said = test.forecasts[baseline.name]

    assert coverage(test.actual, said.lower[..., 0], said.upper[..., 0]) == pytest.approx(0.8, abs=0.05)


def test_intervals_follow_a_series_that_becomes_four_times_as_wild(panel):
    steps = np.random.default_rng(5).normal(size=3000) * np.where(np.arange(3000) < 1500, 1.0, 4.0)
    walk = panel(np.cumsum(steps))
    before = calibrate_folds(backtest(Naive(lookback=30), walk, range(1000, 1400), 5), **ASKED)
    test = backtest(Naive(lookback=30), walk, range(1600, 2990, 5), 5)

    adapted = with_intervals(test, before).forecasts["naive"]
    share = coverage(test.actual, adapted.lower[..., 0], adapted.upper[..., 0])

    assert share > 0.6  # intervals of constant width cover 0.25 of these steps
