from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecaster.forecasters import sanity
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


SMOOTH = history(np.sin(np.arange(200) / 10) * 100)  # its largest step is 10, its range 200
SAW = history(np.tile([0, 1, 2, 3, 100], 10))


@pytest.mark.parametrize(
    ("past", "first"),
    [(SMOOTH, -10), (SMOOTH, 175), (SAW, 600), (history(range(6)), 40), (history(np.full(50, 3.0)), 3.00001)],
    ids=["under ten steps down", "under ten steps up", "as it ever did", "too short to tell", "constant"],
)
def test_a_first_step_as_far_as_the_history_goes_is_no_jump(past, first):
    assert unusable(said(past, [[first, first]]), past) == {}


def test_a_first_step_beyond_all_that_the_history_ever_did_is_a_jump():
    """86.8 is the newest value of the sine, 10 its largest step, so that 100 away is the most."""
    (why,) = unusable(said(SMOOTH, [[-30, 0]]), SMOOTH).values()

    assert why.startswith('series "A" at 200: the forecast is -30, a jump of 116.764 from the newest value, 86.7644')
    assert "the largest step ever was 9.99" in why


def test_a_jump_is_measured_from_the_newest_value_over_steps_without_holes():
    past = history([*np.sin(np.arange(100) / 10) * 100, np.nan, np.nan, -54.0])

    assert unusable(said(past, [[-60, -60]]), past) == {}
    assert "a jump of 144 from the newest value, -54" in unusable(said(past, [[90, 90]]), past)[0]


def test_without_the_guard_a_jump_within_ten_ranges_would_be_published(monkeypatch):
    """The mutant."""
    monkeypatch.setattr(sanity, "_jumps", lambda *_: {})

    assert unusable(said(SMOOTH, [[-30, 0]]), SMOOTH) == {}


@given(
    seed=st.integers(0, 10_000),
    kind=st.sampled_from(["walk", "sine", "trend", "season", "noise"]),
    length=st.integers(12, 300),
)
def test_the_next_true_value_of_an_ordinary_series_is_never_a_jump(seed, kind, length):
    random, steps = np.random.default_rng(seed), np.arange(length + 1)
    series = {
        "walk": np.cumsum(random.normal(size=length + 1)),
        "sine": np.sin(steps / random.uniform(1, 50)) * 100,
        "trend": steps * random.uniform(-5, 5) + random.normal(size=length + 1),
        "season": np.tile(random.normal(size=7), length // 7 + 1)[: length + 1],
        "noise": random.normal(size=length + 1),
    }[kind]
    past = history(series[:-1])

    assert unusable(said(past, [[series[-1]]]), past) == {}
