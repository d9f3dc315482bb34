"""How much a series moves: the unit in which errors of different series and times can be pooled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.series import Floats
    from forecaster.series.panel import Panel

_CALMEST = 0.1  # of a series' usual step: a lull does not shrink its intervals further
_FLAT = 1e-12  # spread of a series that never moved, relative to its size


def spread(past: Panel, lookback: int) -> Floats:
    """How much each series moves: what residuals are divided by, so that series and calm and wild times can be pooled.

    The geometric mean of two mean absolute steps: that of all the past, and that of the newest `lookback`. All the
    past alone cannot follow a price's volatility, and the newest alone follows it too far; between the two, interval
    scores were the best or near it on oil prices, exchange rates, electricity load and CO2. Residuals of logarithms
    were tried too: never clearly narrower, and their upper ends exploded.

    Args:
        past: What was known at the cutoff.
        lookback: Newest steps that are the present.

    Returns:
        (S,) in the data's own units, above zero.
    """
    filled = np.flatnonzero(past.lengths > 0)
    steps = np.abs(np.diff(past.values, prepend=np.nan))
    steps[past.offsets[:-1][filled]] = np.nan
    known = ~np.isnan(steps)
    begin, end = past.offsets[:-1][filled], past.offsets[1:][filled]
    borders = np.column_stack([begin, np.maximum(begin, end - max(lookback - 1, 1))]).ravel()
    # A first step is never known, so where both borders meet the older part sums to nothing.
    sums = np.add.reduceat(np.where(known, steps, 0.0), borders).reshape(-1, 2)
    counts = np.add.reduceat(known.astype(np.int64), borders).reshape(-1, 2)
    usual = sums.sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
    present = np.where(counts[:, 1] > 0, sums[:, 1] / np.maximum(counts[:, 1], 1), usual)
    sizes = np.abs(np.nan_to_num(past.values[end - 1]))
    result = np.full(len(past), _FLAT)
    result[filled] = np.maximum(np.sqrt(usual * np.maximum(present, _CALMEST * usual)), _FLAT * np.maximum(1.0, sizes))
    return result
