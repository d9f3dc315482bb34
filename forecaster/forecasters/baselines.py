"""The forecasts that any network must beat: the last value, the last season, the straight line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, quoted
from forecaster.series.forecast import Forecast

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints
    from forecaster.series.panel import Panel


@dataclass(frozen=True)
class Naive:
    """Every step ahead is the last value; a hole at the end is looked through."""

    name: str = "naive"
    lookback: int = 1

    def forecast(self, past: Panel, horizon: int) -> Forecast:
        """Repeat each series' last value `horizon` times.

        Raises:
            DataError: If a series has no value at all.
        """
        newest = past.values[_ends(past)[1]]
        return _said(past, np.repeat(newest[:, None], horizon, axis=1))


@dataclass(frozen=True)
class SeasonalNaive:
    """Every step ahead is the value of the same phase in the last season.

    Where that value is missing, the season before it speaks; where no season does, the last value.

    Attributes:
        season: Steps in one cycle; 1 makes it the naive forecast.
    """

    season: int
    name: str = "seasonal_naive"

    @property
    def lookback(self) -> int:
        """One season."""
        return self.season

    def forecast(self, past: Panel, horizon: int) -> Forecast:
        """Repeat each series' last season.

        Raises:
            DataError: If a series has no value at all.
        """
        ahead = np.arange(1, horizon + 1)
        newest = past.values[_ends(past)[1]]
        back = ahead - self.season * -(-ahead // self.season)  # (H,) from -season + 1 to 0
        places = past.offsets[1:, None] - 1 + back  # (S, H)
        values = _valued(past, places)
        older = np.isnan(values)
        while older.any():
            places = places - self.season
            values = np.where(older, _valued(past, places), values)
            older = np.isnan(values) & (places >= past.offsets[:-1, None])
        return _said(past, np.where(np.isnan(values), newest[:, None], values))


@dataclass(frozen=True)
class Drift:
    """The straight line through a series' first and last value, continued."""

    name: str = "drift"
    lookback: int = 2

    def forecast(self, past: Panel, horizon: int) -> Forecast:
        """Continue each series' line; a single value is repeated.

        Raises:
            DataError: If a series has no value at all.
        """
        first, last = _ends(past)
        slope = (past.values[last] - past.values[first]) / np.maximum(last - first, 1)
        ahead = past.offsets[1:, None] - 1 - last[:, None] + np.arange(1, horizon + 1)
        return _said(past, past.values[last][:, None] + slope[:, None] * ahead)


def _ends(past: Panel) -> tuple[Ints, Ints]:
    """Where each series' first and last real value lie in the flat array, (S,) each."""
    real = np.flatnonzero(~np.isnan(past.values))
    first = np.searchsorted(real, past.offsets[:-1])
    after = np.searchsorted(real, past.offsets[1:])
    empty = np.flatnonzero(first == after)
    if len(empty):
        name = quoted(past.ids[int(empty[0])])
        raise DataError(f"series {name} has no number to forecast from", hint="drop it, or fill it")
    return real[first], real[after - 1]


def _valued(past: Panel, places: Ints) -> Floats:
    """The values at `places` of the flat array, (S, H); NaN where a place lies before its series."""
    inside = places >= past.offsets[:-1, None]
    return np.where(inside, past.values[np.where(inside, places, 0)], np.nan)


def _said(past: Panel, values: Floats) -> Forecast:
    return Forecast(ids=past.ids, cutoffs=past.last, times=past.future(values.shape[1]), values=values)
