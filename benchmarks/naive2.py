"""Naive2, which the M4 competition measures everyone by: the last value of a series less its season.

After the organisers' R code (Mcompetitions/M4-methods): a season where the autocorrelation says so with 90 %, taken out
by a classical multiplicative decomposition, as R's `acf` and `decompose` compute them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmarks.wide import Floats

NORMAL = 1.645  # quantile of the normal distribution: 90 %, two-sided
CYCLES = 3  # that a series must have


def naive2(past: tuple[Floats, ...], season: int, horizon: int) -> Floats:
    """(S, H) the forecasts of series without holes."""
    return np.stack([_forecast(values, season, horizon) for values in past])


def _forecast(values: Floats, season: int, horizon: int) -> Floats:
    if not seasonal(values, season):
        return np.full(horizon, values[-1])
    shares = indices(values, season)
    return np.asarray(values[-1] / shares[-1] * np.resize(shares[-season:], horizon))


def seasonal(values: Floats, season: int) -> bool:
    """Whether the autocorrelation at the season is beyond what the ones before it would let luck make."""
    count = len(values)
    if season == 1 or count < CYCLES * season or season > int(10 * np.log10(count)):  # R's acf goes no further
        return False
    centred = values - values.mean()
    whole = float(centred @ centred)
    if whole == 0:
        return False
    found = np.array([centred[lag:] @ centred[:-lag] for lag in range(1, season + 1)]) / whole
    limit = NORMAL / np.sqrt(count) * np.sqrt(1 + 2 * float((found[:-1] ** 2).sum()))
    return bool(abs(found[-1]) > limit)


def indices(values: Floats, season: int) -> Floats:
    """(T,) the multiplicative season of every step; one cycle of it has the mean 1."""
    even = season % 2 == 0
    weights = np.ones(season + even) / season
    weights[[0, -1]] *= 1 / 2 if even else 1
    reach = len(weights) // 2
    trend = np.convolve(values, weights, mode="valid")
    ratios = np.full(len(values), np.nan)
    ratios[reach : len(values) - reach] = values[reach : len(values) - reach] / trend
    figure = np.array([np.nanmean(ratios[step::season]) for step in range(season)])
    return np.resize(figure / figure.mean(), len(values))
