"""Formulas. Lower is better, 0 is perfect; what cannot be computed is NaN, which reports write as null."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints
    from forecaster.series.panel import Panel


def mae(actual: Floats, forecast: Floats) -> float:
    """Mean absolute error of (N, H), in the data's own units."""
    return float(np.mean(np.abs(actual - forecast)))


def rmse(actual: Floats, forecast: Floats) -> float:
    """Root of the mean squared error of (N, H), in the data's own units."""
    return float(np.sqrt(np.mean((actual - forecast) ** 2)))


def smape(actual: Floats, forecast: Floats) -> float:
    """Symmetric mean absolute percentage error of (N, H), from 0 to 200: mean of 200 |y - f| / (|y| + |f|).

    Where both are 0 the error is 0 (Makridakis, 1993; as in the M4 competition).
    """
    sizes = np.abs(actual) + np.abs(forecast)
    return float(np.mean(200 * np.abs(actual - forecast) / np.where(sizes > 0, sizes, 1.0)))


@dataclass(frozen=True)
class Scale:
    """How well one series' own past is forecast by its last season, one season ahead: the unit of MASE and RMSSE.

    Attributes:
        absolute: Mean |y[t] - y[t - season]|.
        squared: Mean of its square.
    """

    absolute: float
    squared: float


def scales(past: Panel) -> dict[str, Scale]:
    """The scale of every series, from the part of the panel before the test border.

    Both parts are NaN where a series is no longer than a season, or never changes from season to season.
    """
    return {name: _scale(values, past.season) for name, values in zip(past.ids, past, strict=True)}


def _scale(values: Floats, season: int) -> Scale:
    changes = np.abs(values[season:] - values[:-season])
    known = changes[~np.isnan(changes)]
    if not known.any():
        return Scale(np.nan, np.nan)
    return Scale(float(known.mean()), float((known**2).mean()))


def mase(actual: Floats, forecast: Floats, units: Floats, series: Ints) -> float:
    """Mean absolute scaled error (Hyndman and Koehler, 2006): of each series, then averaged over series.

    Args:
        actual: (N, H)
        forecast: (N, H)
        units: (N,) `Scale.absolute` of each row's series; series without one are left out.
        series: (N,) which series each row belongs to, from 0.
    """
    return float(_mean(by_group(np.abs(actual - forecast).mean(axis=1) / units, series)))


def rmsse(actual: Floats, forecast: Floats, units: Floats, series: Ints) -> float:
    """Root mean squared scaled error (M5 competition): of each series, then averaged over series.

    Args:
        actual: (N, H)
        forecast: (N, H)
        units: (N,) `Scale.squared` of each row's series; series without one are left out.
        series: (N,) which series each row belongs to, from 0.
    """
    return float(_mean(np.sqrt(by_group(((actual - forecast) ** 2).mean(axis=1) / units, series))))


def pinball(actual: Floats, quantiles: Floats, levels: tuple[float, ...]) -> float:
    """Quantile loss, averaged over levels (Koenker and Bassett, 1978).

    Args:
        actual: (N, H)
        quantiles: (N, H, Q)
        levels: (Q,) strictly between 0 and 1.

    Returns:
        In the data's own units; at the single level 0.5 it is half the MAE.
    """
    error = actual[..., None] - quantiles
    weights = np.asarray(levels)
    return float(np.mean(np.maximum(weights * error, (weights - 1) * error)))


def wql(actual: Floats, quantiles: Floats, levels: tuple[float, ...]) -> float:
    """Weighted quantile loss of (N, H) and (N, H, Q): 2 sum(pinball) / sum |y|, averaged over levels.

    As in GluonTS; NaN where every actual is 0.
    """
    total = float(np.abs(actual).sum())
    return 2 * pinball(actual, quantiles, levels) * actual.size / total if total > 0 else np.nan


def coverage(actual: Floats, lower: Floats, upper: Floats) -> float:
    """Share of (N, H) actuals that lie within their interval, ends included; best is the nominal share."""
    return float(np.mean((lower <= actual) & (actual <= upper)))


def interval_score(actual: Floats, lower: Floats, upper: Floats, interval: float) -> float:
    """Winkler's score (1972): mean width of (N, H) intervals, and 2 / (1 - interval) times every miss.

    In the data's own units.
    """
    miss = np.maximum(lower - actual, 0.0) + np.maximum(actual - upper, 0.0)
    return float(np.mean(upper - lower + 2 / (1 - interval) * miss))


def by_group(rows: Floats, groups: Ints) -> Floats:
    """(G,) the mean of (N,) rows by group, from 0 to G - 1; NaN where a group has none, or one of its rows is NaN."""
    counts = np.bincount(groups)
    sums = np.bincount(groups, weights=rows)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))


def _mean(parts: Floats) -> float:
    known = parts[~np.isnan(parts)]
    return float(known.mean()) if len(known) else np.nan
