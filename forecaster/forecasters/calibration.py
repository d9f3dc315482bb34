"""Intervals that cover what they promise: the sizes of past errors, by step ahead (split-conformal prediction)."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, RunError
from forecaster.forecasters.conformal import MEDIAN, index_of, needed, shape_of, upper
from forecaster.forecasters.spread import spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from forecaster.series import Floats
    from forecaster.series.forecast import Forecast, Forecaster
    from forecaster.series.panel import Panel

__all__ = ["Calibrated", "Calibration", "Wanted", "calibrate", "spread"]


@dataclass(frozen=True)
class Calibration:
    """How far what happens lies from what is forecast, in spreads, for H steps ahead.

    Attributes:
        levels: (Q,) of the forecasts it was made from; (0.5,) for a point.
        lookback: Steps of `spread`.
        intervals: (I,) nominal coverages.
        margins: (H, I) what an interval reaches beyond its pair of levels (less than zero: it ends within): its own
            pair, else the widest within it; to either side of the median where `levels` has none.
        pinball_levels: (P,) the levels that scores are taken at.
        offsets: (H, P) quantiles of the signed residuals about the median; not used for a level in `levels`.
        residuals: N, residuals of one step.
        notes: Where there were too few residuals, in words.
    """

    levels: tuple[float, ...]
    lookback: int
    intervals: tuple[float, ...]
    margins: tuple[tuple[float, ...], ...]
    pinball_levels: tuple[float, ...]
    offsets: tuple[tuple[float, ...], ...]
    residuals: int
    notes: tuple[str, ...] = ()

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
        margins = np.asarray(self.margins)[steps] * spreads[:, None, None]  # (S, H', I)
        below, above = np.empty_like(margins), np.empty_like(margins)
        for i, interval in enumerate(self.intervals):
            low, high = shape_of(self.levels, interval) or (None, None)
            below[..., i] = self._deviation(forecast, low)[:, steps] - margins[..., i]
            above[..., i] = self._deviation(forecast, high)[:, steps] + margins[..., i]
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
        }

    @classmethod
    def from_dict(cls, stored: object) -> Calibration:
        """Read what `to_dict` wrote.

        Raises:
            RunError: If a key is missing or unknown, or a value is not what `to_dict` writes.
        """
        if not isinstance(stored, dict) or set(stored) != {part.name for part in fields(cls)}:
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
            )
        except TypeError as error:
            raise _damaged(f"holds something else than numbers ({error})") from None
        wide = {len(row) for row in calibration.margins}, {len(row) for row in calibration.offsets}
        tall = {len(calibration.margins), len(calibration.offsets)}
        if wide != ({len(calibration.intervals)}, {len(calibration.pinball_levels)}) or len(tall) > 1:
            raise _damaged("has rows of different lengths")
        return calibration


@dataclass(frozen=True)
class Calibrated:
    """A forecaster whose forecasts carry intervals."""

    inner: Forecaster
    calibration: Calibration

    @property
    def name(self) -> str:
        """As the forecaster within."""
        return self.inner.name

    @property
    def lookback(self) -> int:
        """As the forecaster within."""
        return self.inner.lookback

    def forecast(self, past: Panel, horizon: int) -> Forecast:
        """Forecast, then say how sure that is.

        Raises:
            TooShort: As the forecaster within.
            DataError: As the forecaster within.
            RunError: If the calibration was made for other levels.
        """
        return self.calibration.apply(self.inner.forecast(past, horizon), spread(past, self.calibration.lookback))


@dataclass(frozen=True)
class Wanted:
    """What a calibration is asked for.

    Attributes:
        intervals: (I,) shares of the future to cover.
        pinball_levels: (P,) levels that scores are taken at.
        lookback: What `spread` was called with.
        reaches: (I,) the shares of the residuals that the margins hold: those of `intervals` by default, others where
            past intervals have held too much or too little.
    """

    intervals: tuple[float, ...]
    pinball_levels: tuple[float, ...]
    lookback: int
    reaches: tuple[float, ...] | None = None


def calibrate(
    actual: Floats, forecast: Floats, levels: Sequence[float], spreads: Floats, wanted: Wanted
) -> Calibration:
    """Learn from N forecasts of the past how far off they were, step by step ahead.

    With levels (1 - interval) / 2 and (1 + interval) / 2 in the forecast the residuals are those of conformalized
    quantile regression, max(low - y, y - high) (Romano, Patterson and Candes, 2019); without them those of the widest
    pair within, so that of two intervals the larger is the wider one at every step; without any |y - median|.
    The margin is the ceil((N + 1) * interval)-th smallest of N, which covers at least that share of exchangeable
    residuals. A step with too few of them (N < interval / (1 - interval)) pools all steps, each divided by its own
    mean |y - median|; with still too few the largest is taken, and `notes` says so.

    Args:
        actual: (N, H) what happened.
        forecast: (N, H, Q) what was said.
        levels: (Q,) the median among them.
        spreads: (N,) as `spread` gave it at each cutoff.
        wanted: Which intervals and levels.

    Raises:
        DataError: If N is 0.
    """
    if not len(actual):
        raise DataError("0 residuals to make intervals from", hint="give evaluation.calibration at least one cutoff")
    middle = index_of(levels, MEDIAN)
    median = forecast[..., 0 if middle is None else middle]
    residuals = (actual - median) / spreads[:, None]
    sizes = np.abs(residuals).mean(axis=0)  # (H,)
    margins = np.empty((actual.shape[1], len(wanted.intervals)))
    for i, (interval, reach) in enumerate(zip(wanted.intervals, wanted.reaches or wanted.intervals, strict=True)):
        pair = shape_of(levels, interval)
        low, high = (forecast[..., pair[0]], forecast[..., pair[1]]) if pair else (median, median)
        margins[:, i] = upper(np.maximum(low - actual, actual - high) / spreads[:, None], sizes, reach)
    offsets = np.empty((actual.shape[1], len(wanted.pinball_levels)))
    for p, level in enumerate(wanted.pinball_levels):
        sign = np.sign(level - MEDIAN)
        offsets[:, p] = sign * np.maximum(upper(sign * residuals, sizes, max(level, 1 - level)), 0.0) if sign else 0.0
    return Calibration(
        levels=tuple(levels),
        lookback=wanted.lookback,
        intervals=wanted.intervals,
        margins=tuple(map(tuple, margins.tolist())),
        pinball_levels=wanted.pinball_levels,
        offsets=tuple(map(tuple, offsets.tolist())),
        residuals=len(actual),
        notes=tuple(_notes(wanted, len(actual), actual.size)),
    )


def _notes(wanted: Wanted, count: int, pooled: int) -> Iterator[str]:
    for interval, reach in zip(wanted.intervals, wanted.reaches or wanted.intervals, strict=True):
        name, least = f"the {100 * interval:g} % interval", needed(reach)
        if pooled < least:
            yield f"{name} is the largest of {pooled} residuals, of which {least} are needed"
        elif count < least:
            yield f"{name} pools all steps ahead: each has {count} residuals, of which {least} are needed"


def _row(items: Iterable[object]) -> tuple[float, ...]:
    for item in items:
        if isinstance(item, bool) or not isinstance(item, int | float) or not math.isfinite(item):
            raise TypeError(f"{item!r} is not a finite number")
    return tuple(float(item) for item in items if isinstance(item, int | float))


def _damaged(what: str) -> RunError:
    return RunError(f"the calibration {what}", hint="train the run again, or use --previous", file="calibration.json")
