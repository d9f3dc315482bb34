"""Pictures that several tests look at."""

from __future__ import annotations

import numpy as np

from forecaster.views.picture import JudgedFolds, LossCurves, NewestForecast, Picture

LOSSES = LossCurves(np.arange(1, 6), np.array([5.0, 4.0, 3.0, 2.0, 1.0]), np.array([6.0, 4.0, 3.5, 3.6, 3.7]), best=3)


def days(start, count):
    return np.busday_offset(start, np.arange(count), roll="forward").astype("datetime64[us]")


def judged(times, values, *, horizon, stride, count, model=None):
    """Folds that end at the newest value; the network forecasts perfectly unless `model(values, cutoffs)` says else."""
    cutoffs = len(values) - horizon - 1 - stride * np.arange(count)[::-1]
    steps = cutoffs[:, None] + 1 + np.arange(horizon)
    naive = np.repeat(values[cutoffs][:, None], horizon, axis=1)
    forecast = values[steps] if model is None else model(values, cutoffs)
    return JudgedFolds(cutoffs, times[steps], values[steps], forecast, naive, forecast - 1, forecast + 1)


def prices(*, horizon=14, count=8, status=(), intervals=(0.8, 0.95)):
    """A price that rises by one a business day, 300 days of it."""
    times, values = days("2024-01-01", 300), np.arange(300.0)
    middle = 299 + np.arange(1.0, horizon + 1)
    wide = np.asarray(intervals)[None, :] * 10
    forecast = NewestForecast(
        times=days("2025-02-24", horizon),
        values=middle,
        intervals=intervals,
        lower=middle[:, None] - wide,
        upper=middle[:, None] + wide,
        status=status,
    )
    errors = {"model": np.full(horizon, 1.0), "naive": np.arange(1.0, horizon + 1), "drift": np.full(horizon, 2.0)}
    return Picture(
        title="prices",
        series="",
        of=1,
        target="price ($)",
        verdict="no better than repeating the last value",
        times=times,
        values=values,
        forecast=forecast,
        folds=judged(times, values, horizon=horizon, stride=horizon, count=count),
        errors=errors,
        losses=LOSSES,
    )


def sine(*, model=None, count=200):
    """1,000 integer steps of a wave, one step ahead."""
    times, values = np.arange(1000), np.sin(np.linspace(0, 100, 1000))
    return Picture(
        title="sine",
        series="",
        of=1,
        target="value",
        verdict="better",
        times=times,
        values=values,
        folds=judged(times, values, horizon=1, stride=1, count=count, model=model),
        errors={"model": np.array([0.004]), "naive": np.array([0.064])},
        losses=LOSSES,
    )
