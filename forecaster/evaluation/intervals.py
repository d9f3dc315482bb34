"""Which errors make the intervals of which folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.evaluation.folds import rows_of, stacked
from forecaster.forecasters.calibration import Calibration, calibrate
from forecaster.forecasters.conformal import MEDIAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.evaluation.folds import Folds


def calibrate_folds(
    folds: Folds, *, intervals: Sequence[float], pinball_levels: Sequence[float], lookback: int
) -> dict[str, Calibration]:
    """A calibration for every forecaster, from its own errors in these folds (the calibration part).

    Args:
        folds: As `backtest` made them, without intervals.
        intervals: (I,) shares of the future to cover.
        pinball_levels: (P,) levels that scores are taken at: the network's, so that all are scored alike.
        lookback: Of the judged forecaster.
    """
    return {
        name: calibrate(
            folds.actual,
            said.quantiles if said.levels else said.values[..., None],
            said.levels or (MEDIAN,),
            folds.spreads,
            intervals=intervals,
            pinball_levels=pinball_levels,
            lookback=lookback,
        )
        for name, said in folds.forecasts.items()
    }


def with_intervals(folds: Folds, calibrations: Mapping[str, Calibration]) -> Folds:
    """The folds with intervals and quantiles on what every forecaster said."""
    return folds.saying({name: calibrations[name].apply(said, folds.spreads) for name, said in folds.forecasts.items()})


def leave_one_out(folds: Folds, *, intervals: Sequence[float], pinball_levels: Sequence[float], lookback: int) -> Folds:
    """The folds with intervals, each fold's from the errors of all others.

    For a table too short for a calibration part: the published intervals then come from the test folds themselves,
    and only so can their coverage be measured. A single fold gets no intervals.

    Args:
        folds: As `backtest` made them, without intervals.
        intervals: (I,) shares of the future to cover.
        pinball_levels: (P,) levels that scores are taken at.
        lookback: Of the judged forecaster.
    """
    cutoffs = np.unique(folds.cutoffs)
    if len(cutoffs) < 2:  # noqa: PLR2004  (nothing is left of one fold without it)
        return folds
    parts = []
    for cutoff in cutoffs:
        rest, one = np.flatnonzero(folds.cutoffs != cutoff), np.flatnonzero(folds.cutoffs == cutoff)
        calibrations = calibrate_folds(
            folds.rows(rest), intervals=intervals, pinball_levels=pinball_levels, lookback=lookback
        )
        parts.append((one, with_intervals(folds.rows(one), calibrations)))
    back = np.argsort(np.concatenate([one for one, _ in parts]), kind="stable")
    return folds.saying(
        {name: rows_of(stacked([part.forecasts[name] for _, part in parts]), back) for name in folds.forecasts}
    )
