"""How much a series moves: the unit in which errors of different series and times can be pooled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.covariates import spans

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints
    from forecaster.series.panel import Panel

_CALMEST = 0.1  # of a series' usual step: a lull does not shrink its intervals further
_FLAT = 1e-12  # spread of a series that never moved, relative to its size


def spread(past: Panel, lookback: int, season: int = 1) -> Floats:
    """How much each series moves: what residuals are divided by, so that series and calm and wild times can be pooled.

    The geometric mean of two mean absolute changes from season to season: that of all the past, and that of the newest
    `lookback`. All the past alone cannot follow a price's volatility, and the newest alone follows it too far; between
    the two, interval scores were the best or near it on oil prices, exchange rates, electricity load and CO2. Residuals
    of logarithms were tried too: never clearly narrower, and their upper ends exploded. Changes from step to step are
    the swings within a season, which a forecast knows: pooled in them, intervals of many series are needlessly wide.

    Args:
        past: What was known at the cutoff.
        lookback: Newest steps that are the present.
        season: Steps in one cycle; a series with less than a season of such changes is measured from step to step.

    Returns:
        (S,) in the data's own units, above zero.
    """
    sizes = np.zeros(len(past))
    for lag in sorted({season, 1}, reverse=True):
        sizes = np.where(sizes > 0, sizes, _moved(past, lookback, lag))
    filled, floors = past.lengths > 0, np.full(len(past), _FLAT)
    floors[filled] *= np.maximum(1.0, np.abs(np.nan_to_num(past.values[past.offsets[1:][filled] - 1])))
    return np.asarray(np.maximum(sizes, floors))


def _moved(past: Panel, lookback: int, lag: int) -> Floats:
    """(S,) mean absolute change over `lag` steps, of all the past and of the present; 0 where under `lag` are known."""
    filled = np.flatnonzero(past.lengths > 0)
    steps = np.full(past.values.size, np.nan)
    steps[lag:] = np.abs(past.values[lag:] - past.values[:-lag])
    steps[_first(past, lag)] = np.nan
    known = ~np.isnan(steps)
    begin, end = past.offsets[:-1][filled], past.offsets[1:][filled]
    borders = np.column_stack([begin, np.maximum(begin, end - max(lookback - 1, 1))]).ravel()
    # A first step is never known, so where both borders meet the older part sums to nothing.
    sums = np.add.reduceat(np.where(known, steps, 0.0), borders).reshape(-1, 2)
    counts = np.add.reduceat(known.astype(np.int64), borders).reshape(-1, 2)
    usual = sums.sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
    present = np.where(counts[:, 1] > 0, sums[:, 1] / np.maximum(counts[:, 1], 1), usual)
    result = np.zeros(len(past))
    enough = counts.sum(axis=1) >= lag
    result[filled] = enough * np.sqrt(usual * np.maximum(present, _CALMEST * usual))
    return result


def _first(past: Panel, count: int) -> Ints:
    """The places of the first `count` values of every series."""
    return spans(past.offsets[:-1], np.minimum(past.lengths, count))
