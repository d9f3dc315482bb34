"""Intervals of networks that say themselves how sure they are: adapted to their spread where it tells something."""

from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecaster.config.model import SPREAD_LEVELS
from forecaster.errors import RunError
from forecaster.evaluation.metrics import interval_score
from forecaster.forecasters.calibration import Calibration, Wanted, calibrate
from forecaster.series.forecast import Forecast

LEVELS = (0.1, 0.5, 0.9)
INTERVALS = (0.8, 0.95)


def forecast(quantiles, levels=LEVELS):
    rows, horizon = quantiles.shape[:2]
    return Forecast(
        ids=tuple(map(str, range(rows))),
        cutoffs=np.zeros(rows, dtype=np.int64),
        times=np.zeros((rows, horizon), dtype=np.int64),
        values=quantiles[..., levels.index(0.5)],
        levels=levels,
        quantiles=quantiles,
    )


def network(deviation, levels=LEVELS):
    """(N, H, Q) quantiles of normal distributions about 0, (N, H) wide."""
    return deviation[..., None] * [NormalDist().inv_cdf(level) for level in levels]


def hours(count, horizon=6, seed=0):
    """Calm and wild steps, by turns of chance: (N, H) their deviations, and what happened."""
    rng = np.random.default_rng(seed)
    deviation = np.where(rng.random((count, horizon)) < 0.5, 1.0, 5.0)
    return deviation, deviation * rng.standard_normal((count, horizon))


def learn(actual, quantiles, levels=LEVELS, intervals=INTERVALS, joint=False):
    return calibrate(actual, quantiles, levels, np.ones(len(actual)), Wanted(intervals, levels, 5, joint=joint))


def inside(said, actual, interval):
    return (said.lower[..., interval] <= actual) & (actual <= said.upper[..., interval])


def test_where_the_network_and_the_series_each_tell_half_intervals_reach_by_both():
    def many(seed):
        rng = np.random.default_rng(seed)
        spreads, widths = rng.lognormal(0, 1, 2000), rng.lognormal(0, 1, (2000, 3))
        return spreads, widths, np.sqrt(widths * spreads[:, None]) * rng.standard_normal((2000, 3))

    spreads, widths, actual = many(0)
    calibration = calibrate(actual, network(widths), LEVELS, spreads, Wanted(INTERVALS, LEVELS, 5))
    spreads, widths, actual = many(1)
    said = calibration.apply(forecast(network(widths)), spreads)

    assert (calibration.own, calibration.stretched) == ((False, False), (True, True))
    for held in (widths < 1, widths > 1, np.repeat(spreads[:, None] < 1, 3, axis=1)):
        assert inside(said, actual, 0)[held].mean() == pytest.approx(0.8, abs=0.03)
        assert inside(said, actual, 1)[held].mean() == pytest.approx(0.95, abs=0.02)


def test_a_stretched_interval_keeps_to_the_lopsidedness_of_the_levels():
    rng = np.random.default_rng(2)
    spreads, widths = rng.lognormal(0, 1, 2000), rng.lognormal(0, 1, (2000, 3))
    drawn = rng.exponential(size=(2000, 3)) * np.where(rng.random((2000, 3)) < 0.5, -1, 4)
    levels = widths[..., None] ** 2 * np.array([-1.0, 0.0, 16.0]) / spreads[:, None, None]
    calibration = calibrate(widths * drawn, levels, LEVELS, spreads, Wanted((0.8,), LEVELS, 5))
    said = calibration.apply(forecast(levels), spreads)

    assert calibration.stretched == (True,)
    assert np.median(said.upper / -said.lower) == pytest.approx(4, rel=0.01)


def test_widths_that_tell_calm_from_wild_are_stretched():
    """A network that is half as wide as it should be, everywhere: a fixed margin covers 100 % of calm steps."""
    deviation, actual = hours(400)
    calibration = learn(actual, network(0.5 * deviation))
    later, happened = hours(2000, seed=1)
    said = calibration.apply(forecast(network(0.5 * later)), np.ones(2000))

    assert calibration.own == (True, True)
    for i, interval in enumerate(INTERVALS):
        held = inside(said, happened, i)
        assert held[later == 1].mean() == pytest.approx(interval, abs=0.02)
        assert held[later == 5].mean() == pytest.approx(interval, abs=0.02)


def test_stretched_intervals_score_better_than_those_with_a_fixed_margin():
    deviation, actual = hours(400)
    narrow = network(0.5 * deviation)
    later, happened = hours(2000, seed=1)
    said = learn(actual, narrow).apply(forecast(network(0.5 * later)), np.ones(2000))
    margin = np.sort(np.maximum(narrow[..., 0] - actual, actual - narrow[..., 2]), axis=0)[int(np.ceil(401 * 0.95)) - 1]

    fixed = network(0.5 * later)[..., [0, 2]] + margin[:, None] * [-1, 1]

    scores = (
        interval_score(happened, *ends, 0.95)
        for ends in ((said.lower[..., 1], said.upper[..., 1]), (fixed[..., 0], fixed[..., 1]))
    )
    assert next(scores) < 0.85 * next(scores)


def test_widths_that_tell_nothing_are_left_behind():
    """As of prices: the network's widths are noise, and to stretch them would be 30 % worse."""
    rng = np.random.default_rng(0)
    widths = np.exp(0.5 * rng.standard_normal((400, 6)))

    assert learn(rng.standard_normal((400, 6)), network(0.7 * widths)).own == (False, False)


def test_a_network_that_is_right_needs_no_stretching():
    rng = np.random.default_rng(0)

    assert learn(rng.standard_normal((400, 6)), network(np.ones((400, 6)))).own == (False, False)


def test_a_few_rows_tell_nothing_of_widths():
    deviation, actual = hours(49)

    assert learn(actual, network(0.5 * deviation)).own == (False, False)


def test_a_width_of_nothing_does_not_make_a_margin_of_anything():
    deviation, actual = hours(400)
    calibration = learn(actual, network(0.5 * deviation))

    said = calibration.apply(forecast(np.zeros((1, 6, 3))), np.ones(1))

    assert calibration.own == (True, True)
    assert (said.upper > 0).all()
    assert (said.upper < 0.5).all()


@settings(max_examples=40)
@given(
    factor=st.floats(0.05, 5),
    noise=st.floats(0, 1),
    bias=st.floats(-3, 3),
    levels=st.sampled_from([LEVELS, SPREAD_LEVELS, (0.4, 0.5, 0.6), (0.5,)]),
    seed=st.integers(0, 5),
)
def test_intervals_hold_the_forecast_and_each_other(factor, noise, bias, levels, seed):
    deviation, actual = hours(60, seed=seed)
    rng = np.random.default_rng(seed)
    said = network(factor * deviation * np.exp(noise * rng.standard_normal(deviation.shape)), levels) + bias
    calibration = learn(actual, said, levels, (0.5, 0.8, 0.95))

    after = calibration.apply(forecast(said, levels) if len(levels) > 1 else bare(said), np.ones(60))

    ends = [*np.moveaxis(after.lower, -1, 0)[::-1], after.values, *np.moveaxis(after.upper, -1, 0)]
    assert all((low <= high).all() for low, high in pairwise(ends))


def bare(quantiles):
    said = forecast(quantiles, (0.5,))
    return Forecast(said.ids, said.cutoffs, said.times, said.values)


@pytest.mark.parametrize("levels", [LEVELS, SPREAD_LEVELS])
@pytest.mark.parametrize("factor", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_intervals_cover_what_they_promise_on_exchangeable_data(levels, factor, noise):
    """Whatever the network thinks of itself: too narrow, right, too wide, or at random."""
    held = []
    for seed in range(40):
        deviation, actual = hours(130, seed=seed)
        rng = np.random.default_rng(seed)
        said = network(factor * deviation * np.exp(noise * rng.standard_normal(deviation.shape)), levels)
        after = learn(actual[:100], said[:100], levels).apply(forecast(said[100:], levels), np.ones(30))
        held.append([inside(after, actual[100:], i).mean() for i in range(2)])

    assert np.mean(held, axis=0) == pytest.approx(INTERVALS, abs=0.015)


def test_beyond_the_calibrated_steps_stretched_intervals_grow_too():
    deviation, actual = hours(400)
    calibration = learn(actual, network(0.5 * deviation))

    said = calibration.apply(forecast(network(np.ones((1, 24)))), np.ones(1))

    assert said.upper[0, 23] == pytest.approx(2 * said.upper[0, 5])  # sqrt(24 / 6)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("own", [1, 0], "neither true nor false"),
        ("own", [True], "rows of different lengths"),
        ("stretched", [True], "rows of different lengths"),
        ("stretched", ["yes", "no"], "neither true nor false"),
        ("dependence", [[], [0.5]], "rows of different lengths"),
        ("dependence", [[]] * 6, "a dependence between steps that cannot be"),
        ("dependence", [["a"]] * 6, "holds something else than numbers"),
    ],
)
def test_a_damaged_calibration_is_refused(key, value, complaint):
    deviation, actual = hours(60)
    stored = learn(actual, network(deviation), joint=True).to_dict()

    with pytest.raises(RunError, match=complaint):
        Calibration.from_dict({**stored, key: value})
