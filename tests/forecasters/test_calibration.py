"""Intervals: what they cover, how they grow, and how they are kept."""

import json

import numpy as np
import pytest

from forecaster.errors import DataError, RunError
from forecaster.forecasters.baselines import Naive
from forecaster.forecasters.calibration import Calibrated, Calibration, Wanted, calibrate, spread
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.series.panel import Panel

nan = np.nan


def panel(*series):
    return Panel(
        values=np.concatenate([np.asarray(values, dtype=float) for values in series]),
        offsets=np.concatenate([[0], np.cumsum([len(values) for values in series])]),
        starts=np.zeros(len(series), dtype=np.int64),
        ids=tuple(f"s{i}" for i in range(len(series))),
        times=np.arange(max(len(values) for values in series)),
        clock=Clock(kind="step", every=1),
    )


def forecast(values, levels=(), quantiles=None):
    values = np.asarray(values, dtype=float)
    rows, horizon = values.shape
    return Forecast(
        ids=tuple(f"s{i}" for i in range(rows)),
        cutoffs=np.zeros(rows, dtype=np.int64),
        times=np.tile(np.arange(1, horizon + 1), (rows, 1)),
        values=values,
        levels=levels,
        quantiles=np.empty((0, 0, 0)) if quantiles is None else np.asarray(quantiles, dtype=float),
    )


def learn(actual, said=None, *, levels=(0.5,), intervals=(0.8,), pinball_levels=(0.1, 0.5, 0.9), spreads=None):
    actual = np.asarray(actual, dtype=float)
    return calibrate(
        actual,
        np.zeros((*actual.shape, 1)) if said is None else said,
        levels,
        np.ones(len(actual)) if spreads is None else spreads,
        Wanted(intervals, pinball_levels, lookback=5),
    )


def test_the_margin_is_the_order_statistic_of_the_finite_sample():
    calibration = learn([[1], [-2], [3], [-4], [5], [6], [7], [8], [9], [10]])  # ceil(11 * 0.8) = the 9th of 10

    assert calibration.margins == ((9.0,),)
    assert calibration.notes == ()


def test_each_step_ahead_has_its_own_margin():
    calibration = learn([[1, 10], [2, 20], [3, 30], [4, 40]])

    assert calibration.margins == ((4.0,), (40.0,))


def test_a_step_with_too_few_residuals_pools_all_steps_each_by_its_own_mean():
    calibration = learn([[1, 10], [2, 20], [3, 30]])  # each step over its mean: .5, 1, 1.5 twice; ceil(7 * 0.8) = 6th

    assert calibration.margins == ((3.0,), (30.0,))
    assert "the 80 % interval pools all steps ahead: each has 3 residuals, of which 4 are needed" in calibration.notes


def test_with_still_too_few_the_largest_is_taken_and_said():
    calibration = learn([[1], [5], [2]], intervals=(0.8,))

    assert calibration.margins == ((5.0,),)
    assert calibration.notes == ("the 80 % interval is the largest of 3 residuals, of which 4 are needed",)


def test_residuals_are_pooled_in_spreads_and_given_back_in_each_series_own():
    calibration = learn([[1], [200], [3], [400]], spreads=np.array([1, 100, 1, 100]))
    said = calibration.apply(forecast([[0], [0]]), np.array([1.0, 100.0]))

    assert said.lower[:, 0, 0].tolist() == [-4, -400]
    assert said.upper[:, 0, 0].tolist() == [4, 400]


def test_the_quantiles_of_a_point_forecast_are_those_of_its_signed_residuals():
    residuals = np.arange(-3, 6).reshape(-1, 1)  # -3 .. 5; the 9th of 9 above, the 1st below
    said = learn(residuals).apply(forecast([[10]]), np.ones(1))

    assert said.levels == (0.1, 0.5, 0.9)
    assert said.quantiles[0, 0].tolist() == [7, 10, 15]


def test_the_forecast_itself_is_left_alone():
    said = learn(np.arange(9).reshape(-1, 1)).apply(forecast([[10]]), np.ones(1))

    assert said.values.tolist() == [[10]]


PAIR = np.tile([-2.0, 0.0, 2.0], (9, 1, 1))  # (N, H, Q) at 0.1, 0.5, 0.9


def test_a_pair_of_levels_that_is_too_narrow_is_widened():
    actual = np.array([[0], [0], [0], [0], [0], [0], [0], [3], [5]])  # scores -2 (7 times), 1, 3; the 8th of 9 is 1
    calibration = learn(actual, PAIR, levels=(0.1, 0.5, 0.9))
    said = calibration.apply(forecast([[0]], (0.1, 0.5, 0.9), [[[-2, 0, 2]]]), np.ones(1))

    assert (said.lower[0, 0, 0], said.upper[0, 0, 0]) == (-3, 3)


def test_a_pair_of_levels_that_is_too_wide_is_narrowed():
    actual = np.full((9, 1), 0.5)  # every score is 0.5 - 2
    calibration = learn(actual, PAIR, levels=(0.1, 0.5, 0.9))
    said = calibration.apply(forecast([[0]], (0.1, 0.5, 0.9), [[[-2, 0, 2]]]), np.ones(1))

    assert calibration.margins == ((-1.5,),)
    assert (said.lower[0, 0, 0], said.upper[0, 0, 0]) == (-0.5, 0.5)


def test_an_interval_never_crosses_the_median():
    calibration = learn(np.zeros((9, 1)), PAIR, levels=(0.1, 0.5, 0.9))  # margin -2
    said = calibration.apply(forecast([[0]], (0.1, 0.5, 0.9), [[[-1, 0, 3]]]), np.ones(1))

    assert (said.lower[0, 0, 0], said.upper[0, 0, 0]) == (0, 1)


def test_a_wider_interval_holds_a_narrower_one():
    actual = np.array([[0], [0], [0], [0], [0], [0], [0], [0], [0]])
    wide = np.tile([-9.0, 0.0, 9.0], (9, 1, 1))
    calibration = learn(actual - 8, wide, levels=(0.1, 0.5, 0.9), intervals=(0.95, 0.8))
    said = calibration.apply(forecast([[0]], (0.1, 0.5, 0.9), [[[-99, 0, 99]]]), np.ones(1))

    assert said.intervals == (0.95, 0.8)
    assert said.lower[0, 0, 0] <= said.lower[0, 0, 1]
    assert said.upper[0, 0, 0] >= said.upper[0, 0, 1]


def test_a_level_of_the_network_itself_stays_as_it_is():
    calibration = learn(np.full((9, 1), 5.0), PAIR, levels=(0.1, 0.5, 0.9))
    said = calibration.apply(forecast([[0]], (0.1, 0.5, 0.9), [[[-2, 0, 2]]]), np.ones(1))

    assert said.quantiles[0, 0].tolist() == [-2, 0, 2]


def test_beyond_the_calibrated_steps_intervals_grow_with_the_root_of_the_step():
    calibration = learn([[4, 8]] * 9)
    said = calibration.apply(forecast(np.arange(8.0)[None]), np.ones(1))

    assert (said.upper - said.values[..., None])[0, [0, 1, 7], 0] == pytest.approx([4, 8, 16])  # sqrt(8 / 2) = 2
    assert (said.quantiles - said.values[..., None])[0, 7, 2] == pytest.approx(16)


def test_a_shorter_horizon_takes_the_first_steps():
    said = learn([[4, 8]] * 9).apply(forecast([[0.0]]), np.ones(1))

    assert said.upper[0, :, 0].tolist() == [4]


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(DataError, match="0 residuals to make intervals from"):
        learn(np.empty((0, 2)))


def test_a_forecast_of_other_levels_is_refused():
    with pytest.raises(RunError, match=r"levels \[0.5\] meet a forecast with \[0.1, 0.5, 0.9\]"):
        learn([[1.0]]).apply(forecast([[0]], (0.1, 0.5, 0.9), [[[-2, 0, 2]]]), np.ones(1))


@pytest.mark.parametrize("interval", [0.8, 0.95])
def test_intervals_cover_what_they_promise_where_residuals_are_alike(interval):
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(400):
        residuals = rng.standard_t(3, size=(60, 2))
        said = learn(residuals[:-1], intervals=(interval,)).apply(forecast([[0, 0]]), np.ones(1))
        covered.append((said.lower[0, :, 0] <= residuals[-1]) & (residuals[-1] <= said.upper[0, :, 0]))

    assert np.mean(covered) == pytest.approx(interval, abs=0.025)


def test_a_calibration_survives_its_json():
    calibration = learn([[1, 10], [2, 20], [3, 30]], intervals=(0.8, 0.95))

    assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("extra", 1, "has other keys"),
        ("margins", [["1"]], "holds something else than numbers"),
        ("margins", [[nan]], "holds something else than numbers"),
        ("lookback", 2.5, "holds something else than numbers"),
        ("margins", [[1.0], [1.0]], "rows of different lengths"),
        ("margins", [[1.0, 2.0]], "rows of different lengths"),
        ("margins", [], "rows of different lengths"),
        ("season", 0, "a season of 0 steps"),
    ],
)
def test_a_damaged_calibration_is_refused(key, value, complaint):
    with pytest.raises(RunError, match=complaint):
        Calibration.from_dict({**learn([[1.0]]).to_dict(), key: value})


def test_a_calibrated_forecaster_says_how_sure_it_is():
    calibration = learn([[2.0]] * 9)
    wrapped = Calibrated(Naive(), calibration)
    said = wrapped.forecast(panel([0, 3, 0, 3, 0]), 1)  # a spread of 3

    assert (wrapped.name, wrapped.lookback) == ("naive", 1)
    assert (said.lower[0, 0, 0], said.upper[0, 0, 0]) == (-6, 6)


def test_the_spread_is_the_root_of_the_usual_step_times_the_present_one():
    past = panel([0, 1, 2, 3, 7, 11])  # steps of 1, 1, 1, 4, 4: 2.2 in all, 4 in the newest three values

    assert spread(past, 3) == pytest.approx([np.sqrt(2.2 * 4)])


def test_a_lull_does_not_take_the_spread_to_nothing():
    past = panel([0, 10, 0, 10, 0, 10, 10, 10, 10, 10, 10])  # 5 a step, and now 0

    assert spread(past, 3) == pytest.approx([np.sqrt(5 * 0.5)])


def test_the_steps_into_and_out_of_a_hole_are_not_counted():
    assert spread(panel([0, 2, nan, 100, 102]), 10) == pytest.approx([2])


def test_where_there_is_a_season_the_spread_is_the_change_from_one_to_the_next():
    swinging = [0, 100, 2, 102, 4, 104]  # 2 from season to season, whatever lies within

    assert spread(panel(swinging), 6, season=2) == pytest.approx([2])


@pytest.mark.parametrize("values", [[0, 3], [0, 3, 9], [0, 3, nan, 6, 9], [0, 5, 0, 5, 0, 5]])
def test_a_series_without_a_season_of_changes_is_measured_from_step_to_step(values):
    assert spread(panel(values), 6, season=2) == spread(panel(values), 6)


@pytest.mark.parametrize("season", [1, 12, 40])
def test_the_spread_of_one_series_does_not_depend_on_its_neighbours(season):
    alone = np.random.default_rng(0).normal(size=50)
    neighbours = np.random.default_rng(1).normal(size=31) * 1e9

    together = spread(panel(neighbours, alone, neighbours), 7, season)

    assert together[1] == spread(panel(alone), 7, season)[0]


@pytest.mark.parametrize("values", [[5, 5, 5], [5], [nan, 5], [0, 0]])
def test_a_series_that_never_moved_has_a_spread_above_zero(values):
    assert 0 < spread(panel(values), 2)[0] < 1e-10
