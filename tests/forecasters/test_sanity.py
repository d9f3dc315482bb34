from dataclasses import replace

import numpy as np
import pytest

from forecaster.forecasters.sanity import unusable
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.series.panel import Panel


def history(*series):
    lengths = [len(values) for values in series]
    return Panel(
        values=np.concatenate(series).astype(float),
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        starts=np.zeros(len(series), dtype=np.int64),
        ids=tuple("AB"[: len(series)]),
        times=np.arange(max(lengths), dtype=np.int64),
        clock=Clock(kind="step", every=1),
    )


def said(past, values):
    values = np.array(values, dtype=float)
    return Forecast(past.ids, past.last, past.future(values.shape[1]), values)


PAST = history([0, 1, 2, 1, 0], [10, np.nan, 30, 20])  # medians 1 and 20, ranges 2 and 20


@pytest.mark.parametrize("values", [[[21, -19], [220, -180]], [[1, 1], [20, 20]]])
def test_a_forecast_within_ten_ranges_of_the_median_may_be_published(values):
    assert unusable(said(PAST, values), PAST) == {}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (
            [[1, 21.1], [20, 20]],
            'series "A" at 6: the forecast is 21.1, further than 10 x (max - min) = 20 from the median 1',
        ),
        (
            [[1, 1], [-181, 20]],
            'series "B" at 4: the forecast is -181, further than 10 x (max - min) = 200 from the med',
        ),
    ],
)
def test_a_forecast_beyond_that_is_named_with_its_series_and_time(values, why):
    """Row 67."""
    (said_of,) = unusable(said(PAST, values), PAST).values()
    assert said_of.startswith(why)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_forecast_that_is_no_number_is_unusable(value):
    """Row 67."""
    assert unusable(said(PAST, [[1, 1], [value, 20]]), PAST) == {1: f'series "B" at 4: the forecast is {value}'}


@pytest.mark.parametrize(("part", "name"), [("quantiles", "quantile"), ("lower", "lower end"), ("upper", "upper end")])
def test_no_other_number_of_it_may_be_missing_either(part, name):
    numbers = np.ones((2, 2, 1))
    numbers[0, 1, 0] = np.nan

    forecast = replace(said(PAST, [[1, 1], [20, 20]]), **{part: numbers})

    assert unusable(forecast, PAST) == {0: f'series "A" at 6: the {name} is nan'}


def test_a_constant_series_may_be_forecast_as_float32_has_it():
    """Row 57."""
    past = history([0.1, 0.1, 0.1])

    assert unusable(said(past, [[np.float32(0.1)]]), past) == {}
    assert "from the median 0.1" in unusable(said(past, [[0.11]]), past)[0]


def test_no_series_are_nothing_to_complain_about():
    past = PAST.select(np.array([], dtype=np.int64))

    assert unusable(Forecast((), past.last, np.empty((0, 1)), np.empty((0, 1))), past) == {}
