"""The order statistics behind intervals, and which levels belong together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.series import Floats

MEDIAN = 0.5
_ROUNDING = 1e-9  # (1 - 0.8) / 2 is not 0.1 in binary


def index_of(levels: Sequence[float], level: float) -> int | None:
    """Where `level` stands in `levels`, up to rounding; None where it does not."""
    return next((i for i, other in enumerate(levels) if math.isclose(other, level, abs_tol=_ROUNDING)), None)


def pair_of(levels: Sequence[float], interval: float) -> tuple[int, int] | None:
    """Where the two levels stand between which `interval` of the future should lie.

    >>> pair_of((0.1, 0.5, 0.9), 0.8), pair_of((0.1, 0.5, 0.9), 0.95)
    ((0, 2), None)
    """
    low, high = index_of(levels, (1 - interval) / 2), index_of(levels, (1 + interval) / 2)
    return None if low is None or high is None else (low, high)


def shape_of(levels: Sequence[float], interval: float) -> tuple[int, int] | None:
    """The pair of levels that gives an interval its shape: its own, else the widest symmetric pair within it.

    >>> shape_of((0.1, 0.5, 0.9), 0.8), shape_of((0.1, 0.5, 0.9), 0.95), shape_of((0.1, 0.5, 0.9), 0.5)
    ((0, 2), (0, 2), None)
    """
    lows = (low for low in levels if (1 - interval) / 2 - _ROUNDING <= low < MEDIAN)
    pairs = (pair_of(levels, 1 - 2 * low) for low in sorted(lows))
    return next((pair for pair in pairs if pair is not None), None)


def needed(level: float) -> int:
    """The fewest residuals of which an order statistic covers `level`.

    >>> needed(0.8), needed(0.95)
    (4, 19)
    """
    return math.ceil(level / (1 - level) - _ROUNDING)


def upper(residuals: Floats, sizes: Floats, level: float) -> Floats:
    """The value that a new residual stays below with probability `level`, for each step ahead.

    Args:
        residuals: (N, H) signed, in spreads.
        sizes: (H,) what a step's residuals are divided by where all steps are pooled.
        level: Strictly between 0 and 1.

    Returns:
        (H,) the ceil((N + 1) * level)-th smallest; pooled over steps where N is too small; the largest where the
        pool is.
    """
    if len(residuals) >= needed(level):
        rank = _rank(len(residuals), level)
        return np.asarray(np.partition(residuals, rank, axis=0)[rank])
    units = np.where(sizes > 0, sizes, 1.0)
    pool = (residuals / units).ravel()
    rank = _rank(len(pool), level)
    return np.asarray(np.partition(pool, rank)[rank] * units)


def _rank(count: int, level: float) -> int:
    """Position in a rising order, from 0."""
    return min(math.ceil((count + 1) * level - _ROUNDING), count) - 1
