"""Everything that the overview shows, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.series import Floats, Ints, Times


@dataclass(frozen=True, eq=False)
class NewestForecast:
    """The newest forecast of the series that is shown.

    Attributes:
        times: (H,) the moments that are forecast.
        values: (H,) the forecast.
        intervals: (I,) the share of the future that each interval should cover, such as 0.8.
        lower: (H, I) the intervals' lower ends.
        upper: (H, I)
        status: (H,) `ok`, or what a reader must know, such as `rolled`; empty where all is `ok`.
    """

    times: Times
    values: Floats
    intervals: tuple[float, ...] = ()
    lower: Floats = field(default_factory=lambda: np.empty((0, 0)))
    upper: Floats = field(default_factory=lambda: np.empty((0, 0)))
    status: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class JudgedFolds:
    """N folds of the series that is shown, oldest first: what was said, and what happened.

    Attributes:
        cutoffs: (N,) the last step that each fold's forecast had seen.
        times: (N, H)
        actual: (N, H)
        model: (N, H) the network's forecast.
        naive: (N, H) the last value repeated.
        lower: (N, H) the lower end of the interval named by `interval`; None where none was calibrated.
        upper: (N, H)
        interval: The share of the future that `lower` and `upper` should hold.
    """

    cutoffs: Ints
    times: Times
    actual: Floats
    model: Floats
    naive: Floats
    lower: Floats | None = None
    upper: Floats | None = None
    interval: float = 0.8


@dataclass(frozen=True, eq=False)
class LossCurves:
    """The losses of one training, an epoch a point.

    Attributes:
        epochs: (E,) counted from 1.
        training: (E,)
        validation: (E,) None where the table was too short for a validation part.
        best: The epoch whose weights were kept.
    """

    epochs: Ints
    training: Floats
    validation: Floats | None
    best: int


@dataclass(frozen=True, eq=False)
class Picture:
    """One series of a run, and how well the run forecasts.

    Attributes:
        title: The run's name.
        series: The id of the series that is shown; empty where the table has only one without a name.
        of: How many series the run has; the errors are over all of them.
        target: The column that is forecast, with its unit where the name has one: it labels the axes.
        verdict: What the skill amounts to, in words.
        times: (T,) the moments of the history, as they should stand on the axis, oldest first.
        values: (T,) NaN where there is no value.
        errors: (H,) of the mean absolute error by step ahead, for `model` and each baseline, over all folds.
    """

    title: str
    series: str
    of: int
    target: str
    verdict: str
    times: Times
    values: Floats
    forecast: NewestForecast | None = None
    folds: JudgedFolds | None = None
    errors: Mapping[str, Floats] = field(default_factory=dict)
    losses: LossCurves | None = None
