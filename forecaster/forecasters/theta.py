"""The Theta method (Assimakopoulos and Nikolopoulos, 2000): what a smoothing of a long past says of each series.

It is exponential smoothing with half of the series' slope as its drift (Hyndman and Billah, 2003), on values without
their season. Each series is fitted by itself and from its first value (at most a thousand steps, or ten seasons), and a
network from a lookback and with all others at once: the two err in different ways, so that their mean errs less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.covariates import carried

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.series import Floats
    from forecaster.series.panel import Panel

_BATCH = 2**21  # values that are held at once
_NEWEST = 1_000  # steps of a series that are looked at, or
_CYCLES = 10  # seasons, where those are more
LEAST_CYCLES = 3  # that a season is looked for in
_NORMAL = 1.645  # quantile of the normal distribution: 95 %, one-sided
_RATES = np.round(np.arange(0.02, 1.0, 0.07), 2)  # of the smoothing, from which each series takes the best


def theta(past: Panel, horizon: int) -> Floats:
    """(S, H) the forecast of every series; a hole counts as the value before it.

    A season is taken out where the autocorrelation shows it with 95 % (multiplied where all values are above zero, else
    added), by moving averages. The rate of the smoothing is the one with the smallest errors one step ahead.

    Args:
        past: What is known; every series has a value.
        horizon: Steps to forecast.
    """
    values = carried(past.values, past.offsets)
    most = max(_NEWEST, _CYCLES * past.season)
    said = np.empty((len(past), horizon))
    order = np.argsort(past.lengths, kind="stable")
    first = 0
    while first < len(order):
        longest = min(most, int(past.lengths[order[-1]]))
        rows = order[first : first + max(1, _BATCH // longest)]
        # In whole seasons, so that the oldest steps of a series count alike whatever series stand beside it.
        longest = past.season * -(-min(most, int(past.lengths[rows[-1]])) // past.season)
        places = past.offsets[1:][rows, None] + np.arange(-longest, 0)
        there = places >= past.offsets[:-1][rows, None]
        said[rows] = _forecast(np.where(there, values[np.where(there, places, 0)], np.nan), past.season, horizon)
        first += len(rows)
    return said


def _forecast(values: Floats, season: int, horizon: int) -> Floats:
    """(S, H) of (S, T) values, NaN before each series."""
    ahead = np.arange(1, horizon + 1)
    shares, times = _season(values, season)
    places = (np.arange(values.shape[1]) - values.shape[1]) % season  # of the season, 0 being its first step ahead
    seasons = shares[:, places]
    plain = np.where(times[:, None], values / np.where(times[:, None], seasons, 1.0), values - seasons)
    level, reach = _smoothed(plain)
    line = level[:, None] + _slope(plain)[:, None] / 2 * (ahead - 1 + reach[:, None])
    repeated = shares[:, (ahead - 1) % season]
    return np.asarray(np.where(times[:, None], line * repeated, line + repeated))


def _smoothed(values: Floats) -> tuple[Floats, Floats]:
    """(S,) the newest level by the best rate, and the steps that the drift has lagged behind by then."""
    level = np.full((len(values), len(_RATES)), np.nan)
    squares = np.zeros_like(level)
    for value in values.T[:, :, None]:
        off = np.nan_to_num(value - level)
        squares += off**2
        level = np.where(np.isnan(level), value, level + _RATES * off)
    best = np.argmin(squares, axis=1)
    counts = (~np.isnan(values)).sum(axis=1)
    rate = _RATES[best]
    return np.take_along_axis(level, best[:, None], axis=1)[:, 0], (1 - (1 - rate) ** counts) / rate


def _slope(values: Floats) -> Floats:
    """(S,) of the straight line through each series, by least squares; 0 for a single value."""
    there = ~np.isnan(values)
    count = np.maximum(there.sum(axis=1), 1)
    steps = np.where(there, np.arange(values.shape[1]), 0.0)
    steps = np.where(there, steps - (steps.sum(axis=1) / count)[:, None], 0.0)
    sizes = (steps**2).sum(axis=1)
    return np.asarray((steps * np.where(there, values, 0.0)).sum(axis=1) / np.where(sizes > 0, sizes, 1.0))


def _season(values: Floats, season: int) -> tuple[Floats, NDArray[np.bool_]]:
    """(S, m) what each step of a season is to the level, and (S,) whether it multiplies it.

    The step after the newest value is the first of them. Without a season that shows, all are 1 or 0.
    """
    times = np.asarray(np.nanmin(values, axis=1) > 0)
    plain = np.where(times[:, None], 1.0, np.zeros(season))
    shown = _shown(values, season)
    if not shown.any():
        return plain, times
    trend = _trend(values, season)
    beside = np.where(times[:, None], values / np.where(times[:, None], trend, 1.0), values - trend)
    whole = beside[:, beside.shape[1] % season :].reshape(len(values), -1, season)
    known = ~np.isnan(whole)
    found = np.where(known, whole, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    usual = found.mean(axis=1, keepdims=True)
    found = np.where(times[:, None], found / np.where(times[:, None] & (usual > 0), usual, 1.0), found - usual)
    return np.where((shown & (known.sum(axis=1).min(axis=1) > 0))[:, None], found, plain), times


def _shown(values: Floats, season: int) -> NDArray[np.bool_]:
    """(S,) whether the autocorrelation at the season is beyond what the ones before it would let luck make."""
    there = ~np.isnan(values)
    count = there.sum(axis=1)
    if season == 1:
        return np.zeros(len(values), dtype=np.bool_)
    centred = np.where(there, values - (np.where(there, values, 0.0).sum(axis=1) / np.maximum(count, 1))[:, None], 0.0)
    whole = (centred**2).sum(axis=1)
    lags = [(centred[:, lag:] * centred[:, :-lag]).sum(axis=1) for lag in range(1, season + 1)]
    found = np.array(lags) / np.where(whole > 0, whole, 1.0)
    limit = _NORMAL / np.sqrt(np.maximum(count, 1)) * np.sqrt(1 + 2 * (found[:-1] ** 2).sum(axis=0))
    return np.asarray((count >= LEAST_CYCLES * season) & (found[-1] > limit))


def _trend(values: Floats, season: int) -> Floats:
    """(S, T) the mean of the season about each step, the ends of an even one counting half; NaN at both ends."""
    even = season % 2 == 0
    weights = np.ones(season + even) / season
    weights[[0, -1]] *= 1 / 2 if even else 1
    reach = len(weights) // 2
    trend = np.full_like(values, np.nan)
    if values.shape[1] >= len(weights):
        windows = np.lib.stride_tricks.sliding_window_view(values, len(weights), axis=1)
        trend[:, reach : values.shape[1] - reach] = windows @ weights
    return trend
