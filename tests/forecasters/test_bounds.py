"""What is published keeps to its bounds, and intervals keep holding what they held."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.config.model import Bounds
from forecaster.forecasters.bounds import bounded, kept
from forecaster.series.forecast import Forecast

numbers = st.floats(-50, 50)
BOUNDS = [
    Bounds(),
    Bounds(min=0),
    Bounds(max=7.5),
    Bounds(min=-3.5, max=3.5),
    Bounds(integer=True),
    Bounds(min=-2, max=9, integer=True),
]


def forecast(rows):
    """One series, from rows of sorted numbers: lower_95, lower_80, forecast, upper_80, upper_95."""
    table = np.sort(np.array(rows, dtype=float), axis=-1)[None]
    return Forecast(
        ids=("A",),
        cutoffs=np.zeros(1, dtype=np.int64),
        times=np.arange(table.shape[1])[None],
        values=table[..., 2],
        levels=(0.1, 0.5, 0.9),
        quantiles=table[..., 1:4],
        intervals=(0.95, 0.8),
        lower=table[..., :2],
        upper=table[..., [4, 3]],
    )


def test_without_bounds_a_forecast_is_left_alone():
    said = forecast([[1.5, 2.5, 3.5, 4.5, 5.5]])

    assert bounded(said, None) is said
    assert bounded(said, Bounds()).values.tolist() == said.values.tolist()


def test_every_number_of_a_forecast_is_bounded():
    said = bounded(forecast([[-3, -1, 0.4, 2.6, 9]]), Bounds(min=0, max=5, integer=True))

    assert said.values.tolist() == [[0]]
    assert said.quantiles.tolist() == [[[0, 0, 3]]]
    assert said.lower.tolist() == [[[0, 0]]]
    assert said.upper.tolist() == [[[5, 3]]]


def test_nothing_is_rounded_to_minus_zero():
    assert not np.signbit(kept(np.array([-0.2]), Bounds(integer=True))).any()


def test_what_is_missing_stays_missing():
    assert np.isnan(kept(np.array([np.nan]), Bounds(min=0, integer=True))).all()


@pytest.mark.parametrize("bounds", BOUNDS)
@given(rows=st.lists(st.lists(numbers, min_size=5, max_size=5), min_size=1, max_size=3))
def test_intervals_hold_the_forecast_and_each_other(bounds, rows):
    said = bounded(forecast(rows), bounds)

    ordered = [said.lower[..., 0], said.lower[..., 1], said.values, said.upper[..., 1], said.upper[..., 0]]
    assert all((low <= high).all() for low, high in pairwise(ordered))


@pytest.mark.parametrize("bounds", BOUNDS)
@given(row=st.lists(numbers, min_size=5, max_size=5), happened=numbers)
def test_no_interval_loses_an_actual_value_that_keeps_to_the_bounds(bounds, row, happened):
    before, actual = forecast([row]), kept(np.array([happened]), bounds)

    after = bounded(before, bounds)

    held = (before.lower <= actual) & (actual <= before.upper)
    assert (~held | ((after.lower <= actual) & (actual <= after.upper))).all()
