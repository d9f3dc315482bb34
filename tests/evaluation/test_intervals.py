"""Which errors make the intervals of which folds."""

from dataclasses import replace

import numpy as np
import pytest

from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.intervals import as_they_passed, calibrate_folds, leave_one_out, with_intervals
from forecaster.evaluation.metrics import coverage
from forecaster.forecasters.baselines import Drift, Naive, SeasonalNaive
from forecaster.forecasters.calibration import Wanted

ASKED = Wanted(intervals=(0.8,), pinball_levels=(0.1, 0.5, 0.9), lookback=30)


def test_every_forecaster_is_calibrated_on_its_own_errors(folds):
    made = folds([[10.0]] * 9, {"model": [[9.0]] * 9, "naive": [[3.0]] * 9})

    said = with_intervals(made, calibrate_folds(made, ASKED)).forecasts

    assert said["model"].upper[0, 0, 0] - said["model"].lower[0, 0, 0] == 2
    assert said["naive"].upper[0, 0, 0] - said["naive"].lower[0, 0, 0] == 14


def test_all_forecasters_are_scored_at_the_same_levels(folds):
    made = folds([[10.0]] * 9, {"model": [[9.0]] * 9, "naive": [[3.0]] * 9})

    said = with_intervals(made, calibrate_folds(made, ASKED)).forecasts

    assert {one.levels for one in said.values()} == {(0.1, 0.5, 0.9)}


def test_a_fold_that_is_left_out_does_not_widen_its_own_interval(folds):
    made = folds([[1.0], [1.0], [1.0], [1.0], [50.0]], {"model": [[0.0]] * 5})

    said = leave_one_out(made, ASKED).forecasts["model"]

    assert said.upper[:, 0, 0].tolist() == [50, 50, 50, 50, 1]
    assert coverage(made.actual, said.lower[..., 0], said.upper[..., 0]) == 0.8


def test_all_series_of_a_fold_are_left_out_together_and_come_back_in_order(folds):
    made = folds([[1.0], [2.0], [3.0], [4.0]], {"model": [[0.0]] * 4}, series="abab", cutoffs=[0, 0, 1, 1])

    left = leave_one_out(made, ASKED)

    assert left.forecasts["model"].upper[:, 0, 0].tolist() == [4, 4, 2, 2]
    assert left.forecasts["model"].ids == ("a", "b", "a", "b")


@pytest.mark.parametrize("series", ["a", "abcdefghi"])
def test_a_single_fold_of_few_series_gets_no_intervals(folds, series):
    made = folds([[1.0]] * len(series), {"model": [[0.0]] * len(series)}, series=series, cutoffs=[0] * len(series))

    assert leave_one_out(made, ASKED).forecasts["model"].intervals == ()


def test_in_a_single_fold_a_tenth_of_the_series_gets_its_intervals_from_the_rest(folds):
    errors = [[1.0]] * 9 + [[50.0]]
    made = folds(errors, {"model": [[0.0]] * 10}, series="abcdefghij", cutoffs=[0] * 10)

    said = leave_one_out(made, replace(ASKED, intervals=(0.95,))).forecasts["model"]

    assert said.upper[:, 0, 0].tolist() == [50] * 9 + [1]
    assert said.ids == tuple("abcdefghij")


@pytest.mark.parametrize("baseline", [Naive(), SeasonalNaive(5), Drift()])
def test_the_intervals_of_a_random_walk_cover_what_they_promise(panel, baseline):
    walk = panel(np.cumsum(np.random.default_rng(4).normal(size=4000)))
    calibration = calibrate_folds(backtest(baseline, walk, range(2000, 2400), 5), ASKED)
    test = with_intervals(backtest(baseline, walk, range(2405, 3990, 5), 5), calibration)

    said = test.forecasts[baseline.name]

    assert coverage(test.actual, said.lower[..., 0], said.upper[..., 0]) == pytest.approx(0.8, abs=0.05)


def test_intervals_follow_a_series_that_becomes_four_times_as_wild(panel):
    steps = np.random.default_rng(5).normal(size=3000) * np.where(np.arange(3000) < 1500, 1.0, 4.0)
    walk = panel(np.cumsum(steps))
    before = calibrate_folds(backtest(Naive(lookback=30), walk, range(1000, 1400), 5), ASKED)
    test = backtest(Naive(lookback=30), walk, range(1600, 2990, 5), 5)

    adapted = with_intervals(test, before).forecasts["naive"]
    share = coverage(test.actual, adapted.lower[..., 0], adapted.upper[..., 0])

    assert share > 0.6  # intervals of constant width cover 0.25 of these steps


def test_no_interval_knows_its_own_fold_or_one_that_has_not_passed(panel):
    """Rewriting what happens after a cutoff changes no interval that was given at it."""
    values = np.cumsum(np.random.default_rng(6).normal(size=400))
    other = np.where(np.arange(400) > 300, values * 3 + 7, values)

    def given(numbers):
        table = panel(numbers)
        past, test = backtest(Naive(), table, range(100, 150), 5), backtest(Naive(), table, range(160, 390, 3), 5)
        return as_they_passed(past, test, ASKED)[0]

    one, two = given(values), given(other)
    known = one.cutoffs <= 300
    assert (one.forecasts["naive"].upper[known] == two.forecasts["naive"].upper[known]).all()
    assert (one.forecasts["naive"].upper[~known] != two.forecasts["naive"].upper[~known]).any()


@pytest.mark.parametrize("change", [0.25, 4.0])
def test_coverage_comes_back_to_its_goal_where_the_errors_change_for_good(panel, change):
    size = np.where(np.arange(5000) < 1500, 1.0, change)
    values = panel(np.random.default_rng(7).normal(size=5000) * size + 100)
    past = backtest(Naive(), values, range(1000, 1400), 1)
    test = backtest(Naive(), values, range(1501, 4999, 7), 1)

    adapting, _ = as_they_passed(past, test, ASKED)
    fixed = with_intervals(test, calibrate_folds(past, ASKED))

    def off(folds):
        said = folds.forecasts["naive"]
        return abs(coverage(folds.actual, said.lower[..., 0], said.upper[..., 0]) - 0.8)

    assert off(adapting) < 0.05
    assert off(adapting) < off(fixed)


def test_the_calibration_of_the_end_knows_every_fold(folds):
    past = folds([[1.0]] * 9, {"model": [[0.0]] * 9}, cutoffs=range(9))
    test = folds([[50.0]] * 4, {"model": [[0.0]] * 4}, cutoffs=range(20, 24))

    _, calibrations = as_they_passed(past, test, ASKED)

    assert calibrations["model"].residuals == 13
    assert calibrations["model"].margins[0][0] == 50
