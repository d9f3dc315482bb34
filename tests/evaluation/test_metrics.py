"""Every formula against utilsforecast, or against numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from utilsforecast import losses

from forecaster.evaluation import metrics

SERIES, HORIZON, TRAINED, SEASON = 5, 6, 40, 4
LEVELS = (0.1, 0.5, 0.9)


@pytest.fixture(scope="module")
def random():
    """Five random series: their past (S, T), their actuals and forecasts (S, H), their quantiles (S, H, Q)."""
    rng = np.random.default_rng(7)
    past, actual = rng.normal(5, 3, size=(SERIES, TRAINED)), rng.normal(5, 3, size=(SERIES, HORIZON))
    forecast = actual + rng.normal(size=actual.shape)
    return past, actual, forecast, forecast[..., None] + np.array([-1.0, 0.0, 1.5])


def table(actual, **columns):
    ids = np.repeat(np.arange(len(actual)), actual.shape[1])
    steps = np.tile(np.arange(actual.shape[1]), len(actual))
    return pd.DataFrame(
        {"unique_id": ids, "ds": steps, "y": actual.ravel(), **{key: value.ravel() for key, value in columns.items()}}
    )


@pytest.mark.parametrize("name", ["mae", "smape"])
def test_a_point_error_agrees_with_utilsforecast(random, name):
    _, actual, forecast, _ = random
    theirs = getattr(losses, name)(table(actual, m=forecast), models=["m"])["m"].mean()

    ours = getattr(metrics, name)(actual, forecast)

    assert ours == pytest.approx(theirs * (200 if name == "smape" else 1))  # theirs runs from 0 to 1


def test_rmse_agrees_with_utilsforecast(random):
    _, actual, forecast, _ = random
    theirs = losses.rmse(table(actual, m=forecast), models=["m"])["m"]

    ours = [metrics.rmse(actual[[i]], forecast[[i]]) for i in range(SERIES)]

    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize(("name", "unit"), [("mase", "absolute"), ("rmsse", "squared")])
def test_a_scaled_error_agrees_with_utilsforecast(random, panel, name, unit):
    past, actual, forecast, _ = random
    theirs = getattr(losses, name)(table(actual, m=forecast), models=["m"], seasonality=SEASON, train_df=table(past))[
        "m"
    ].mean()

    scales = metrics.scales(panel(*past, season=SEASON))
    units = np.array([getattr(scale, unit) for scale in scales.values()])

    assert getattr(metrics, name)(actual, forecast, units, np.arange(SERIES)) == pytest.approx(theirs)


@pytest.mark.parametrize("column", range(len(LEVELS)))
def test_the_pinball_loss_agrees_with_utilsforecast(random, column):
    _, actual, _, quantiles = random
    frame = table(actual, m=quantiles[..., column])
    theirs = losses.quantile_loss(frame, models={"m": "m"}, q=LEVELS[column])["m"].mean()

    assert metrics.pinball(actual, quantiles[..., [column]], (LEVELS[column],)) == pytest.approx(theirs)


def test_the_weighted_quantile_loss_agrees_with_utilsforecast(random):
    _, actual, _, quantiles = random
    one = table(actual[[0]], lo=quantiles[0, :, 0], mid=quantiles[0, :, 1], hi=quantiles[0, :, 2])
    theirs = losses.scaled_crps(one, models={"m": ["lo", "mid", "hi"]}, quantiles=np.array(LEVELS))["m"].iloc[0]

    assert metrics.wql(actual[[0]], quantiles[[0]], LEVELS) == pytest.approx(theirs, rel=1e-4)


def test_coverage_agrees_with_utilsforecast(random):
    _, actual, _, quantiles = random
    frame = table(actual, **{"m-lo-80": quantiles[..., 0], "m-hi-80": quantiles[..., 2]})
    theirs = losses.coverage(frame, models=["m"], level=80)["m"].mean()

    assert metrics.coverage(actual, quantiles[..., 0], quantiles[..., 2]) == pytest.approx(theirs)


def test_the_ends_of_an_interval_belong_to_it():
    assert metrics.coverage(np.array([[1.0, 2.0, 3.0]]), np.full((1, 3), 1.0), np.full((1, 3), 2.0)) == 2 / 3


def test_the_interval_score_is_the_width_and_ten_times_every_miss_at_80_percent():
    actual, lower, upper = np.array([[0.0, 5.0, -3.0]]), np.full((1, 3), -1.0), np.full((1, 3), 3.0)

    assert metrics.interval_score(actual, lower, upper, 0.8) == pytest.approx(4 + (0 + 20 + 20) / 3)


def test_the_pinball_loss_of_the_median_is_half_the_absolute_error():
    assert metrics.pinball(np.array([[3.0]]), np.array([[[1.0]]]), (0.5,)) == 1.0


def test_the_percentage_error_of_zero_forecast_as_zero_is_zero():
    assert metrics.smape(np.array([[0.0, 1.0]]), np.array([[0.0, 0.0]])) == 100.0


def test_the_weighted_quantile_loss_of_nothing_but_zeros_is_unknown():
    assert np.isnan(metrics.wql(np.zeros((1, 2)), np.ones((1, 2, 1)), (0.5,)))


@pytest.mark.parametrize("past", [[3, 3, 3, 3], [1, 2], [1]])
def test_a_series_that_never_changes_or_is_too_short_has_no_scale(panel, past):
    scale = metrics.scales(panel(past, season=2))["a"]

    assert np.isnan([scale.absolute, scale.squared]).all()


def test_a_scale_steps_over_holes(panel):
    scale = metrics.scales(panel([1, np.nan, 3, 5, 9]))["a"]

    assert scale == metrics.Scale(3.0, 10.0)  # changes of 2 and 4


def test_a_series_without_a_scale_is_left_out_of_the_mean():
    actual, forecast = np.array([[2.0], [4.0]]), np.zeros((2, 1))

    assert metrics.mase(actual, forecast, np.array([np.nan, 2.0]), np.array([0, 1])) == 2.0


def test_without_any_scale_the_scaled_errors_are_unknown():
    actual, forecast, units = np.array([[2.0]]), np.zeros((1, 1)), np.array([np.nan])

    assert np.isnan(metrics.mase(actual, forecast, units, np.array([0])))
    assert np.isnan(metrics.rmsse(actual, forecast, units, np.array([0])))


def test_every_series_counts_once_however_many_folds_it_has():
    actual, forecast = np.array([[1.0], [1.0], [1.0], [5.0]]), np.zeros((4, 1))

    assert metrics.mase(actual, forecast, np.ones(4), np.array([0, 0, 0, 1])) == 3.0
