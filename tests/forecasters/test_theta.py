"""The Theta method: known answers, what it leaves alone, and series that share nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.forecasters.theta import theta
from forecaster.series.clock import Clock
from forecaster.series.panel import Panel

nan = np.nan


def panel(*series, season=1):
    lengths = [len(values) for values in series]
    return Panel(
        values=np.concatenate([np.asarray(values, dtype=float) for values in series]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        starts=np.zeros(len(series), dtype=np.int64),
        ids=tuple(map(str, range(len(series)))),
        times=np.arange(max(lengths)),
        clock=Clock(kind="step", every=1),
        season=season,
    )


@pytest.mark.parametrize("value", [-3.0, 0.0, 7.0, 1e9])
def test_a_constant_goes_on(value):
    assert theta(panel([value] * 30, season=4), 3) == pytest.approx(np.full((1, 3), value))


def test_a_single_value_is_repeated():
    assert theta(panel([5.0], season=12), 2).tolist() == [[5, 5]]


def test_a_straight_line_goes_on_with_half_its_slope():
    said = theta(panel(np.arange(100.0)), 5)[0]

    assert np.diff(said) == pytest.approx([0.5] * 4)
    assert said[0] == pytest.approx(99.5, abs=0.1)  # the drift of a step, and of what the smoothing lags behind


def test_noise_about_a_level_is_averaged():
    values = 50 + np.random.default_rng(0).normal(size=400)

    assert theta(panel(values), 1)[0, 0] == pytest.approx(50, abs=0.3)


@pytest.mark.parametrize("above", [0.0, 100.0])
def test_a_season_is_continued_whatever_the_sign_of_the_values(above):
    shape = np.array([-3.0, 0.0, 5.0, -2.0])

    said = theta(panel(above + np.tile(shape, 12)[:-1], season=4), 6)[0]

    assert said == pytest.approx(above + np.array([-2.0, -3, 0, 5, -2, -3]), abs=0.05)


def test_a_season_that_grows_with_the_level_is_multiplied():
    level = np.repeat(np.arange(10.0, 30.0), 4)
    said = theta(panel(level * np.tile([0.5, 1.0, 2.0, 0.5], 20), season=4), 4)[0]

    assert said[2] / said[0] == pytest.approx(4, rel=0.1)


def test_noise_shows_no_season():
    values = np.random.default_rng(1).normal(size=60)

    assert np.ptp(theta(panel(values, season=12), 12)[0]) < 0.5


def test_a_hole_counts_as_the_value_before_it():
    assert theta(panel([1, 2, nan, 4, nan, 3]), 2).tolist() == theta(panel([1, 2, 2, 4, 4, 3]), 2).tolist()


def test_only_the_newest_thousand_steps_or_ten_seasons_are_looked_at():
    newest = np.random.default_rng(2).normal(size=1000).cumsum()

    assert theta(panel([1e6] * 50 + newest.tolist()), 3).tolist() == theta(panel(newest), 3).tolist()


def test_a_season_is_found_alike_whatever_longer_series_stand_beside():
    rng = np.random.default_rng(3)
    alone = 100 + np.tile(rng.normal(size=12) * 9, 8)[:90] + rng.normal(size=90).cumsum()

    together = theta(panel(alone, rng.normal(size=101), season=12), 12)[0]

    assert together == pytest.approx(theta(panel(alone, season=12), 12)[0], rel=1e-12)


@given(
    st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), min_size=2, max_size=5),
    st.integers(1, 7),
    st.integers(1, 9),
)
def test_every_series_is_forecast_as_if_it_were_alone(series, season, horizon):
    together = theta(panel(*series, season=season), horizon)

    alone = np.concatenate([theta(panel(values, season=season), horizon) for values in series])
    assert np.isfinite(together).all()
    assert together == pytest.approx(alone, rel=1e-6, abs=1e-6 * np.abs(np.concatenate(series)).max(initial=1))
