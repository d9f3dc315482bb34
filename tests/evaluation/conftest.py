"""Panels and folds small enough to check by hand."""

import numpy as np
import pytest

from forecaster.evaluation.folds import Folds
from forecaster.series.clock import Clock
from forecaster.series.forecast import Forecast
from forecaster.series.panel import Panel


@pytest.fixture
def panel():
    """Builds a panel from the values of its series."""

    def build(*series, starts=None, season=1):
        starts = np.array([0] * len(series) if starts is None else starts)
        lengths = np.array([len(values) for values in series])
        return Panel(
            values=np.concatenate([np.asarray(values, dtype=float) for values in series]),
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            starts=starts,
            ids=tuple("abcdef"[: len(series)]),
            times=np.arange((starts + lengths).max()),
            clock=Clock(kind="step", every=1),
            season=season,
        )

    return build


@pytest.fixture
def folds():
    """Builds folds from the actuals (N, H) and the values of each forecaster."""

    def build(actual, forecasts, *, series=None, cutoffs=None, last=None):
        actual = np.asarray(actual, dtype=float)
        rows, horizon = actual.shape
        series = tuple("a" * rows) if series is None else tuple(series)
        cutoffs = np.arange(rows) * horizon if cutoffs is None else np.asarray(cutoffs)
        times = cutoffs[:, None] + 1 + np.arange(horizon)
        said = {
            name: Forecast(series, cutoffs, times, np.broadcast_to(np.asarray(values, dtype=float), actual.shape))
            for name, values in forecasts.items()
        }
        last = np.zeros(rows) if last is None else np.asarray(last, dtype=float)
        return Folds(series, cutoffs, cutoffs, actual, said, last, np.ones(rows))

    return build
