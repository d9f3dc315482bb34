"""Which errors make the intervals of which folds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.evaluation.folds import joined, rows_of, stacked
from forecaster.forecasters.calibration import Calibration, Wanted, calibrate
from forecaster.forecasters.conformal import MEDIAN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.evaluation.folds import Folds
    from forecaster.series import Ints
    from forecaster.series.forecast import Forecast

PACE = 0.02  # of the share missed or held too much, a fold
LEAST_REACH, MOST_REACH = 0.02, 0.99  # beyond, a margin is a single residual
TENTHS = 10  # parts of the series of a single fold


def calibrate_folds(folds: Folds, wanted: Wanted) -> dict[str, Calibration]:
    """A calibration for every forecaster, from its own errors in these folds."""
    return {name: _calibrated(folds, name, wanted) for name in folds.forecasts}


def _calibrated(folds: Folds, name: str, wanted: Wanted) -> Calibration:
    said = folds.forecasts[name]
    forecast = said.quantiles if said.levels else said.values[..., None]
    return calibrate(folds.actual, forecast, said.levels or (MEDIAN,), folds.spreads, wanted)


def with_intervals(folds: Folds, calibrations: Mapping[str, Calibration]) -> Folds:
    """The folds with intervals and quantiles on what every forecaster said."""
    return folds.saying({name: calibrations[name].apply(said, folds.spreads) for name, said in folds.forecasts.items()})


def as_they_passed(calibration: Folds, test: Folds, wanted: Wanted) -> tuple[Folds, dict[str, Calibration]]:
    """The test folds with the intervals that would have been published at each cutoff, and those of the end.

    At every cutoff the residuals are those of the calibration part and of the folds that have passed by then; and the
    share of them that a margin holds moves by `PACE` x what those folds' intervals held too much or too little, which
    brings coverage to its goal however the table changes (adaptive conformal inference: Gibbs and Candes, 2021). No
    interval knows its own fold. `benchmarks/bench_coverage.py` measures it beside intervals that stay as they were.

    Args:
        calibration: As `backtest` made them, without intervals.
        test: The same, later.
        wanted: Which intervals and levels.

    Returns:
        The test folds with intervals, and for every forecaster the calibration that knows all of them.
    """
    folds, calibrations = {}, {}
    for name in test.forecasts:
        ahead = _Adapting(calibration, test, name, wanted)
        folds[name] = ahead.through()
        calibrations[name] = ahead.known(np.arange(len(test)), joint=wanted.joint)
    return test.saying(folds), calibrations


class _Adapting:
    """One forecaster's intervals, fold after fold."""

    def __init__(self, calibration: Folds, test: Folds, name: str, wanted: Wanted) -> None:
        self._parts, self._name, self._wanted = (calibration, test), name, wanted
        self._reaches = np.array(wanted.intervals)
        self._judged: set[int] = set()
        self._held = np.zeros((len(test), len(wanted.intervals)))  # share of each fold's steps inside

    def through(self) -> Forecast:
        """The forecasts of all test folds, each with the intervals of its cutoff."""
        test = self._parts[1]
        groups = [np.flatnonzero(test.cutoffs == cutoff) for cutoff in np.unique(test.cutoffs)]
        said = [self._fold(rows) for rows in groups]
        return rows_of(stacked(said), np.argsort(np.concatenate(groups), kind="stable"))

    def known(self, passed: Ints, *, joint: bool = False) -> Calibration:
        """The calibration that knows the test folds in the rows `passed`; `joint` as in `Wanted`."""
        calibration, test = self._parts
        self._move(passed)
        both = joined(calibration.only(self._name), test.only(self._name).rows(passed))
        reaches = tuple(np.clip(self._reaches, LEAST_REACH, MOST_REACH).tolist())
        return _calibrated(both, self._name, replace(self._wanted, reaches=reaches, joint=joint))

    def _fold(self, rows: Ints) -> Forecast:
        test = self._parts[1]
        passed = np.flatnonzero(test.cutoffs + test.horizon <= test.cutoffs[rows[0]])
        said = self.known(passed).apply(rows_of(test.forecasts[self._name], rows), test.spreads[rows])
        actual = test.actual[rows][..., None]
        self._held[rows] = ((said.lower <= actual) & (actual <= said.upper)).mean(axis=1)
        return said

    def _move(self, passed: Ints) -> None:
        cutoffs = self._parts[1].cutoffs
        for cutoff in np.unique(cutoffs[passed]).tolist():
            if cutoff not in self._judged:
                self._judged.add(cutoff)
                self._reaches += PACE * (np.array(self._wanted.intervals) - self._held[cutoffs == cutoff].mean(axis=0))


def leave_one_out(folds: Folds, wanted: Wanted) -> Folds:
    """The folds with intervals, each fold's from the errors of all others.

    For a table without a calibration part: the published intervals then come from the test folds themselves, and only
    so can their coverage be measured. In a single fold of ten series or more each tenth of them gets intervals from the
    errors of the other nine; one of fewer series gets none.

    Args:
        folds: As `backtest` made them, without intervals.
        wanted: Which intervals and levels.
    """
    groups = folds.cutoffs if folds.count > 1 else np.arange(len(folds)) % TENTHS
    if folds.count == 1 and len(folds) < TENTHS:
        return folds
    parts = []
    for group in np.unique(groups):
        rest, one = np.flatnonzero(groups != group), np.flatnonzero(groups == group)
        calibrations = calibrate_folds(folds.rows(rest), replace(wanted, joint=False))
        parts.append((one, with_intervals(folds.rows(one), calibrations)))
    back = np.argsort(np.concatenate([one for one, _ in parts]), kind="stable")
    return folds.saying(
        {name: rows_of(stacked([part.forecasts[name] for _, part in parts]), back) for name in folds.forecasts}
    )
