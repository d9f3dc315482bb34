"""A last look at a forecast before anybody else sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import quoted

if TYPE_CHECKING:
    from forecaster.series import Floats
    from forecaster.series.forecast import Forecast
    from forecaster.series.panel import Panel

FARTHEST = 10  # ranges of the history between its median and a forecast
JUMP = 10  # largest steps of the history between its newest value and the first forecast
_RANGE_SHARE = 0.5  # of the history, that a jump must exceed too: a smooth series has small steps, and turns
_STEPS = 10  # of a history, under which nobody knows how far it jumps
_ROUNDING = 1e-5  # of the median: a constant series comes out of float32 almost constant


def unusable(forecast: Forecast, panel: Panel) -> dict[int, str]:
    """Which series of a forecast may not be published, and why.

    No number of it may be missing or infinite, and no value further than 10 x (max - min) of its series from the
    median of that series. The first step may not be further from the newest value than 10 x the largest step of the
    history and half its range: one alone is what smooth series and coarse ones do.

    Args:
        forecast: Of S series.
        panel: Their history, the same series in the same order.

    Returns:
        By the place of the series, the first reason, naming the series and the time.
    """
    high = np.fmax.reduceat(panel.values, panel.offsets[:-1]) if len(panel) else np.empty(0)
    low = np.fmin.reduceat(panel.values, panel.offsets[:-1]) if len(panel) else np.empty(0)
    far = FARTHEST * (high - low)
    # The median lies between low and high, so nobody has to compute it for values that are far from neither.
    near = (forecast.values >= (high - far)[:, None]) & (forecast.values <= (low + far)[:, None])
    far_off = {int(place): _too_far(forecast, panel, int(place)) for place in np.flatnonzero(~near.all(axis=1))}
    reasons = _jumps(forecast, panel, high - low) | {place: why for place, why in far_off.items() if why is not None}
    for name, numbers in _parts(forecast):
        for place in np.unique(np.argwhere(~np.isfinite(numbers))[:, 0]).tolist():
            step = tuple(np.argwhere(~np.isfinite(numbers[place]))[0])
            reasons[place] = f"{_place(forecast, panel, place, int(step[0]))}: the {name} is {numbers[place][step]}"
    return dict(sorted(reasons.items()))


def _too_far(forecast: Forecast, panel: Panel, series: int) -> str | None:
    history = panel.series(series)
    median = float(np.nanmedian(history))
    limit = FARTHEST * float(np.nanmax(history) - np.nanmin(history))
    distance = np.abs(forecast.values[series] - median)
    step = int(np.argmax(distance))
    if distance[step] <= limit + _ROUNDING * abs(median):
        return None
    return (
        f"{_place(forecast, panel, series, step)}: the forecast is {forecast.values[series, step]:.6g}, "
        f"further than {FARTHEST} x (max - min) = {limit:.6g} from the median {median:.6g} of its history"
    )


def _jumps(forecast: Forecast, panel: Panel, span: Floats) -> dict[int, str]:
    """The series whose first forecast lies beyond all that the history has ever done in one step."""
    newest = panel.values[panel.offsets[1:] - 1]
    jump = np.abs(forecast.values[:, 0] - newest)
    reasons = {}
    for series in np.flatnonzero(jump > _RANGE_SHARE * span).tolist():
        steps = np.abs(np.diff(panel.series(series)))
        steps = steps[np.isfinite(steps)]
        if len(steps) < _STEPS or jump[series] <= JUMP * steps.max() + _ROUNDING * abs(newest[series]):
            continue
        reasons[series] = (
            f"{_place(forecast, panel, series, 0)}: the forecast is {forecast.values[series, 0]:.6g}, a jump of "
            f"{jump[series]:.6g} from the newest value, {newest[series]:.6g}; the largest step ever was "
            f"{steps.max():.6g}, and {JUMP} x that is the most"
        )
    return reasons


def _place(forecast: Forecast, panel: Panel, series: int, step: int) -> str:
    moment = panel.clock.label(forecast.times[series, step : step + 1])[0]
    return f"series {quoted(forecast.ids[series])} at {moment}"


def _parts(forecast: Forecast) -> tuple[tuple[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]], ...]:
    return (
        ("upper end", forecast.upper),
        ("lower end", forecast.lower),
        ("quantile", forecast.quantiles),
        ("forecast", forecast.values),  # the last one is the reason that is told
    )
