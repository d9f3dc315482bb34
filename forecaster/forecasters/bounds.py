"""What every published number keeps to: a least and a largest value, and whole numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from forecaster.series import Floats
    from forecaster.series.forecast import Forecast


class Limits(Protocol):
    """As `model.bounds`."""

    @property
    def min(self) -> float | None:
        """The least value."""

    @property
    def max(self) -> float | None:
        """The largest value."""

    @property
    def integer(self) -> bool:
        """Whether values are whole numbers."""


def kept(values: Floats, bounds: Limits | None) -> Floats:
    """The nearest numbers that keep to the bounds, which are whole themselves where numbers have to be.

    Rounding and cutting off never change the order of two numbers, which is why they are all it takes: whatever lay
    between the ends of an interval lies between them afterwards. An actual value that keeps to the bounds is not moved
    itself, so an interval that held it still does, and coverage cannot fall; rounding its ends outwards instead would
    make it wider for nothing.

    Args:
        values: Of any shape; missing ones stay missing.
        bounds: None: the numbers as they are.
    """
    if bounds is None:
        return values
    low = -np.inf if bounds.min is None else bounds.min
    high = np.inf if bounds.max is None else bounds.max
    return np.asarray(np.clip(np.rint(values) if bounds.integer else values, low, high) + 0.0)  # no -0


def bounded(forecast: Forecast, bounds: Limits | None) -> Forecast:
    """The forecast with every number of it within the bounds: values, quantiles and intervals.

    The forecast still lies in its intervals, and they in each other.
    """
    if bounds is None:
        return forecast
    return replace(
        forecast,
        values=kept(forecast.values, bounds),
        quantiles=kept(forecast.quantiles, bounds),
        lower=kept(forecast.lower, bounds),
        upper=kept(forecast.upper, bounds),
    )
