"""Forecasts brought beside what happened, their scores, and the simplest forecasts to compare them with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmarks.wide import Floats, Times, Wide
    from forecaster.series.forecast import Forecast

LEVELS = (0.1, 0.5, 0.9)
INTERVAL = 0.8
MIDDLE = 1  # the place of the median among `LEVELS`
NORMAL = 1.2816  # quantile of the normal distribution at the upper end of `INTERVAL`


@dataclass(frozen=True)
class Scores:
    """sMAPE and MASE of each series, then the mean over series; WQL and coverage pooled; NaN where there is none."""

    smape: float
    mase: float
    wql: float
    coverage: float


def scores(wide: Wide, season: int, said: Floats) -> Scores:
    """sMAPE, MASE, weighted quantile loss and the coverage of the 80 % interval.

    Args:
        wide: The series.
        season: Of the MASE's unit.
        said: (S, H, Q) at `LEVELS`; or (S, H), of which there is neither loss nor coverage.
    """
    middle = said if said.ndim == wide.actual.ndim else said[..., MIDDLE]
    sized = np.abs(wide.actual) + np.abs(middle)
    errors = np.abs(wide.actual - middle)
    smape, mase = 200 * errors / np.where(sized > 0, sized, 1.0), errors / wide.units(season)[:, None]
    whole = said.ndim > middle.ndim
    return Scores(
        smape=float(np.nanmean(_by_series(smape))),
        mase=float(np.nanmean(_by_series(mase))),
        wql=weighted_loss(wide.actual, said) if whole else np.nan,
        coverage=float(inside(wide.actual, said).mean()) if whole else np.nan,
    )


def weighted_loss(actual: Floats, said: Floats) -> float:
    """Twice the pinball loss, summed over everything and averaged over `LEVELS`, by the sum of |actual|."""
    off, levels = actual[..., None] - said, np.array(LEVELS)
    losses = np.maximum(levels * off, (levels - 1) * off)
    return float(2 * np.nansum(losses) / len(LEVELS) / np.nansum(np.abs(actual)))


def inside(actual: Floats, said: Floats) -> NDArray[np.bool_]:
    """(cells that are there,) whether the 80 % interval holds them."""
    return np.asarray((said[..., 0] <= actual) & (actual <= said[..., -1]))[~np.isnan(actual)]


def _by_series(values: Floats) -> Floats:
    """(S,) the mean of the steps that are there; NaN where none is."""
    there = ~np.isnan(values)
    counts = there.sum(axis=1)
    return np.asarray(np.where(counts, np.where(there, values, 0.0).sum(axis=1) / np.maximum(counts, 1), np.nan))


def aligned(forecast: Forecast, ids: tuple[str, ...], ahead: Times) -> tuple[Floats, Counter[str]]:
    """What was published for certain moments, and how many of the cells are not `ok`.

    A series whose newest values are missing is forecast from where it ends, so that its first steps are no future.

    Args:
        forecast: Of series that may end at different moments.
        ids: (S,) the series that are wanted.
        ahead: (H,) the moments that are wanted.

    Returns:
        (S, H, Q) at `LEVELS`, NaN where nothing was said; and the words of the status by their number of cells.
    """
    place, rows = forecast.intervals.index(INTERVAL), {name: row for row, name in enumerate(forecast.ids)}
    each = np.stack((forecast.lower[..., place], forecast.values, forecast.upper[..., place]), axis=-1)
    said, words = np.full((len(ids), len(ahead), len(LEVELS)), np.nan), Counter[str]()
    for series, name in enumerate(ids):
        row = rows.get(name)
        if row is None:
            continue
        _, wanted, given = np.intersect1d(ahead.astype(forecast.times.dtype), forecast.times[row], return_indices=True)
        said[series, wanted] = each[row, given]
        words.update(forecast.status[row][step] for step in given.tolist())
    del words["ok"]
    return said, words


def seasonal_naive(past: tuple[Floats, ...], season: int, horizon: int) -> Floats:
    """(S, H) the newest value of each step of the season; the one before where that is missing."""
    said = np.empty((len(past), horizon))
    for row, values in enumerate(past):
        for step in range(min(season, horizon)):
            same = values[len(values) - season + step :: -season] if len(values) > season - step else values[:0]
            known = same[~np.isnan(same)]
            said[row, step::season] = known[0] if len(known) else last_of(values)
    return said


def last_of(values: Floats) -> float:
    """The newest value that is there; NaN where there is none."""
    known = values[~np.isnan(values)]
    return float(known[-1]) if len(known) else np.nan


def spread(past: tuple[Floats, ...], season: int, middle: Floats) -> Floats:
    """(S, H, Q) a seasonal naive forecast with the 80 % interval of a walk whose steps are a season long.

    Its half width is 1.28 root mean square changes from season to season, growing with the root of the cycles ahead
    (Hyndman and Athanasopoulos, Forecasting, 5.5).
    """
    changes = [values[season:] - values[:-season] for values in past]
    sizes = [change[~np.isnan(change)] for change in changes]
    sigma = np.array([np.sqrt(np.mean(size**2)) if len(size) else np.nan for size in sizes])
    wide = NORMAL * sigma[:, None] * np.sqrt(np.arange(middle.shape[1]) // season + 1)
    return np.stack((middle - wide, middle, middle + wide), axis=-1)
