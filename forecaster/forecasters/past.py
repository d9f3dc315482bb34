"""What a graph needs of the past: a newest lookback without a hole, and a way to go on from its own medians."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, Problem, TooShort, quoted

if TYPE_CHECKING:
    from forecaster.series import Floats
    from forecaster.series.panel import Panel

_KEPT = 3  # values before the lookback that carry the whole series' first, lowest and highest value


def check(past: Panel, lookback: int) -> None:
    """Refuse a past from which a graph cannot forecast.

    Raises:
        TooShort: If series have fewer steps than the lookback; all of them at once.
        DataError: If a newest lookback has a hole; the first is named.
    """
    short = np.flatnonzero(past.lengths < lookback)
    if short.size:
        raise TooShort.of([_too_short(past, index, lookback) for index in short.tolist()])
    positions = past.offsets[1:, None] + np.arange(-lookback, 0)
    holes = np.argwhere(np.isnan(past.values[positions]))
    if holes.size:
        series, place = holes[0].tolist()
        step = int(past.last[series]) - lookback + 1 + place
        raise DataError(
            f"series {quoted(past.ids[series])} has no value at {past.clock.label(past.times[step : step + 1])[0]}, "
            f"one of the newest {lookback} steps that a forecast needs",
            hint="fill the hole in the table, or set data.gaps: interpolate",
        )


def _too_short(past: Panel, index: int, lookback: int) -> Problem:
    return Problem(
        f"series {quoted(past.ids[index])} has {past.lengths[index]} steps, but one forecast needs {lookback}",
        "drop the series, or train with a lower window.lookback",
    )


def shortened(past: Panel, lookback: int) -> Panel:
    """The newest lookback of each series, after three values that give it the shift and the floor of the whole.

    A shift is the first value, a floor a share of highest - lowest: with these kept, rolling needs no copy of the past.

    Returns:
        Series of L + 3 steps; their moments are no longer those of the clock.
    """
    parts = []
    for values in past:
        there = values[~np.isnan(values)]
        parts.append(np.concatenate([[there[0], there.min(), there.max()], values[-lookback:]]))
    return replace(
        past,
        values=np.concatenate([np.empty(0), *parts]),
        offsets=np.arange(len(past) + 1, dtype=np.int64) * (lookback + _KEPT),
    )


def extended(known: Panel, medians: Floats) -> Panel:
    """Series of one length with (S, H) forecasts behind them, as if these had happened."""
    values = np.concatenate([known.values.reshape(len(known), -1), medians], axis=1)
    return replace(
        known,
        values=values.ravel(),
        offsets=np.arange(len(known) + 1, dtype=np.int64) * values.shape[1],
    )
