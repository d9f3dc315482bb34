"""Intervals as they are applied: how far what happens lies from what is forecast, step by step ahead."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import RunError
from forecaster.forecasters.conformal import MEDIAN, index_of, shape_of
from forecaster.forecasters.dependence import possible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forecaster.forecasters.dependence import Dependence
    from forecaster.series import Floats
    from forecaster.series.forecast import Forecast

_NARROWEST = 0.05  # of a spread: what a network's own half width counts as at least
_LATER = {"own", "dependence", "season", "stretched"}  # keys that a calibration of an earlier version lacks


def half_width(low: Floats, high: Floats, spreads: Floats) -> Floats:
    """(N, H) half of what lies between two levels, in the data's own units; at least a share of (N,) spreads."""
    return np.asarray(np.maximum((high - low) / 2, _NARROWEST * spreads[:, None]))


def distances(low: Floats, high: Floats, spreads: Floats) -> tuple[Floats, Floats]:
    """(N, H) twice: the roots of how far two levels lie below and above the median, times (N,) spreads.

    Geometric means of what the network says of its error and of what the series has shown, in the data's own units.

    Args:
        low: (N, H) a level less the median, at most 0.
        high: The same of the level above it, at least 0.
        spreads: (N,) as `spread` gives it.
    """
    units = spreads[:, None]
    return np.sqrt(np.maximum(-low, _NARROWEST * units) * units), np.sqrt(np.maximum(high, _NARROWEST * units) * units)


@dataclass(frozen=True)
class Calibration:
    """How far what happens lies from what is forecast, for H steps ahead.

    Attributes:
        levels: (Q,) of the forecasts it was made from; (0.5,) for a point.
        lookback: Steps of `spread`.
        intervals: (I,) nominal coverages.
        margins: (H, I) what an interval reaches beyond its pair of levels (less than zero: it ends within): its own
            pair, else the widest within it; to either side of the median where `levels` has none. In spreads.
        pinball_levels: (P,) the levels that scores are taken at.
        offsets: (H, P) quantiles of the signed residuals about the median, in spreads; not used for a level in
            `levels`.
        residuals: N, residuals of one step.
        notes: Where there were too few residuals, in words.
        own: (I,) whether the margins of an interval are in half widths of its pair of levels instead; empty: none is.
        dependence: How the errors of the H steps hang together; empty where nobody asked.
        season: Steps over which `spread` measures changes.
        stretched: (I,) whether an interval reaches from the median by its margins times `distances` instead, whatever
            `own` says; empty: none does.
    """

    levels: tuple[float, ...]
    lookback: int
    intervals: tuple[float, ...]
    margins: tuple[tuple[float, ...], ...]
    pinball_levels: tuple[float, ...]
    offsets: tuple[tuple[float, ...], ...]
    residuals: int
    notes: tuple[str, ...] = ()
    own: tuple[bool, ...] = ()
    dependence: Dependence = ()
    season: int = 1
    stretched: tuple[bool, ...] = ()

    @property
    def horizon(self) -> int:
        """H, the steps ahead that residuals were seen for."""
        return len(self.margins)

    def apply(self, forecast: Forecast, spreads: Floats) -> Forecast:
        """The same forecast with intervals, and with quantiles at the pinball levels.

        A level that the forecaster puts out itself stays as it put it out: pinball loss judges the forecaster,
        coverage judges the published intervals. Intervals hold the median and each other. Beyond step H everything
        keeps the shape it has about the median at H, and grows by sqrt(h / H).

        Args:
            forecast: (S, H') values, and quantiles at `levels` if there is more than one.
            spreads: (S,) as `spread` gives it for each series.

        Raises:
            RunError: If the forecast has other levels.
        """
        if (forecast.levels or (MEDIAN,)) != self.levels:
            raise RunError(
                f"intervals made for the levels {list(self.levels)} meet a forecast with {list(forecast.levels)}",
                hint="train the run again",
            )
        lower, upper = self._ends(forecast, spreads)
        return replace(
            forecast,
            levels=self.pinball_levels,
            quantiles=self._quantiles(forecast, spreads),
            intervals=self.intervals,
            lower=lower,
            upper=upper,
        )

    def _ends(self, forecast: Forecast, spreads: Floats) -> tuple[Floats, Floats]:
        steps, growth = self._steps(forecast.horizon)
        margins = np.asarray(self.margins)[steps]  # (H', I)
        below = np.empty((*forecast.values.shape, len(self.intervals)))
        above = np.empty_like(below)
        for i, interval in enumerate(self.intervals):
            pair = shape_of(self.levels, interval) or (None, None)
            low, high = (self._deviation(forecast, column)[:, steps] for column in pair)
            if self.stretched and self.stretched[i]:
                down, up = distances(low, high, spreads)
                below[..., i], above[..., i] = -margins[:, i] * down, margins[:, i] * up
                continue
            unit = half_width(low, high, spreads) if self.own and self.own[i] else spreads[:, None]
            below[..., i] = low - margins[:, i] * unit
            above[..., i] = high + margins[:, i] * unit
        order = np.argsort(self.intervals)
        below[..., order] = np.minimum.accumulate(np.minimum(below[..., order], 0.0), axis=-1)
        above[..., order] = np.maximum.accumulate(np.maximum(above[..., order], 0.0), axis=-1)
        median = forecast.values[..., None]
        return median + below * growth, median + above * growth

    def _quantiles(self, forecast: Forecast, spreads: Floats) -> Floats:
        steps, growth = self._steps(forecast.horizon)
        offsets = np.asarray(self.offsets).reshape(self.horizon, -1)[steps] * spreads[:, None, None]  # (S, H', P)
        for p, level in enumerate(self.pinball_levels):
            own = index_of(self.levels, level)
            if own is not None:
                offsets[..., p] = self._deviation(forecast, own)[:, steps]
        return np.asarray(forecast.values[..., None] + np.sort(offsets, axis=-1) * growth)

    def _steps(self, horizon: int) -> tuple[list[int], Floats]:
        """Which calibrated step each step ahead follows, and (H', 1) how much wider it is."""
        ahead = np.arange(1, horizon + 1)
        return (np.minimum(ahead, self.horizon) - 1).tolist(), np.sqrt(np.maximum(ahead / self.horizon, 1.0))[:, None]

    @staticmethod
    def _deviation(forecast: Forecast, column: int | None) -> Floats:
        """(S, H') a column of the quantiles, less the median; 0 for none, and for a point."""
        if column is None or not forecast.quantiles.size:
            return np.zeros_like(forecast.values)
        return np.asarray(forecast.quantiles[..., column] - forecast.values)

    def to_dict(self) -> dict[str, object]:
        """What `calibration.json` holds."""
        return {
            "levels": list(self.levels),
            "lookback": self.lookback,
            "intervals": list(self.intervals),
            "margins": [list(row) for row in self.margins],
            "pinball_levels": list(self.pinball_levels),
            "offsets": [list(row) for row in self.offsets],
            "residuals": self.residuals,
            "notes": list(self.notes),
            "own": list(self.own),
            "dependence": [list(row) for row in self.dependence],
            "season": self.season,
            "stretched": list(self.stretched),
        }

    @classmethod
    def from_dict(cls, stored: object) -> Calibration:
        """Read what `to_dict` wrote, now or before there were `own`, `dependence`, `season` and `stretched`.

        Raises:
            RunError: If a key is missing or unknown, or a value is not what `to_dict` writes.
        """
        names = {part.name for part in fields(cls)}
        if not isinstance(stored, dict) or not names - _LATER <= set(stored) <= names:
            raise _damaged("has other keys")
        try:
            calibration = cls(
                levels=_row(stored["levels"]),
                lookback=operator.index(stored["lookback"]),
                intervals=_row(stored["intervals"]),
                margins=tuple(_row(row) for row in stored["margins"]),
                pinball_levels=_row(stored["pinball_levels"]),
                offsets=tuple(_row(row) for row in stored["offsets"]),
                residuals=operator.index(stored["residuals"]),
                notes=tuple(str(note) for note in stored["notes"]),
                own=tuple(_truth(item) for item in stored.get("own", ())),
                dependence=tuple(_row(row) for row in stored.get("dependence", ())),
                season=operator.index(stored.get("season", 1)),
                stretched=tuple(_truth(item) for item in stored.get("stretched", ())),
            )
        except TypeError as error:
            raise _damaged(f"holds something else than numbers ({error})") from None
        calibration._check()
        return calibration

    def _check(self) -> None:
        wide = {len(row) for row in self.margins}, {len(row) for row in self.offsets}
        tall = {len(self.margins), len(self.offsets), len(self.dependence or self.margins)}
        other = any(len(marks) not in {0, len(self.intervals)} for marks in (self.own, self.stretched))
        if wide != ({len(self.intervals)}, {len(self.pinball_levels)}) or len(tall) > 1 or other:
            raise _damaged("has rows of different lengths")
        if self.season < 1:
            raise _damaged(f"has a season of {self.season} steps")
        if not possible(self.dependence):
            raise _damaged("has a dependence between steps that cannot be")


def _row(items: Iterable[object]) -> tuple[float, ...]:
    for item in items:
        if isinstance(item, bool) or not isinstance(item, int | float) or not math.isfinite(item):
            raise TypeError(f"{item!r} is not a finite number")
    return tuple(float(item) for item in items if isinstance(item, int | float))


def _truth(item: object) -> bool:
    if not isinstance(item, bool):
        raise TypeError(f"{item!r} is neither true nor false")
    return item


def _damaged(what: str) -> RunError:
    return RunError(f"the calibration {what}", hint="train the run again, or use --previous", file="calibration.json")
