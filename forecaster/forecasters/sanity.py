"""A last look at a forecast before anybody else sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import quoted

if TYPE_CHECKING:
    from forecaster.series import Ints
    from forecaster.series.forecast import Forecast
    from forecaster.series.panel import Panel

FARTHEST = 10  # ranges of the history between its median and a forecast
_ROUNDING = 1e-5  # of the median: a constant series comes out of float32 almost constant


def unusable(forecast: Forecast, panel: Panel) -> str | None:
    """Why a forecast may not be published, or None.

    No number of it may be missing or infinite, and no value further than 10 x (max - min) of its series from the
    median of that series.

    Args:
        forecast: Of S series.
        panel: Their history, the same series in the same order.

    Returns:
        The first reason, naming the series and the time.
    """
    for name, numbers in _parts(forecast):
        wrong = np.argwhere(~np.isfinite(numbers))
        if wrong.size:
            series, step = int(wrong[0][0]), int(wrong[0][1])
            return f"{_place(forecast, panel, series, step)}: the {name} is {numbers[tuple(wrong[0])]}"
    high = np.fmax.reduceat(panel.values, panel.offsets[:-1]) if len(panel) else np.empty(0)
    low = np.fmin.reduceat(panel.values, panel.offsets[:-1]) if len(panel) else np.empty(0)
    far = FARTHEST * (high - low)
    # The median lies between low and high, so nobody has to compute it for values that are far from neither.
    near = (forecast.values >= (high - far)[:, None]) & (forecast.values <= (low + far)[:, None])
    return _too_far(forecast, panel, np.flatnonzero(~near.all(axis=1)))


def _too_far(forecast: Forecast, panel: Panel, suspects: Ints) -> str | None:
    for series in suspects.tolist():
        history = panel.series(series)
        median = float(np.nanmedian(history))
        limit = FARTHEST * float(np.nanmax(history) - np.nanmin(history))
        distance = np.abs(forecast.values[series] - median)
        step = int(np.argmax(distance))
        if distance[step] > limit + _ROUNDING * abs(median):
            return (
                f"{_place(forecast, panel, series, step)}: the forecast is {forecast.values[series, step]:.6g}, "
                f"further than {FARTHEST} x (max - min) = {limit:.6g} from the median {median:.6g} of its history"
            )
    return None


def _place(forecast: Forecast, panel: Panel, series: int, step: int) -> str:
    moment = panel.clock.label(forecast.times[series, step : step + 1])[0]
    return f"series {quoted(forecast.ids[series])} at {moment}"


def _parts(forecast: Forecast) -> tuple[tuple[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]], ...]:
    return (
        ("forecast", forecast.values),
        ("quantile", forecast.quantiles),
        ("lower end", forecast.lower),
        ("upper end", forecast.upper),
    )
