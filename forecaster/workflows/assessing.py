"""A judged network beside the baselines: intervals from the calibration part, scores and verdict from the test part."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.errors import DataError, RunError, quoted
from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.intervals import as_they_passed, calibrate_folds, leave_one_out, with_intervals
from forecaster.evaluation.metrics import scales
from forecaster.evaluation.report import Report, report
from forecaster.evaluation.verdict import best_baseline
from forecaster.forecasters.baselines import Drift, Naive, SeasonalNaive
from forecaster.forecasters.bounds import bounded
from forecaster.forecasters.calibration import Calibration, Wanted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.config.schema import Config
    from forecaster.evaluation.folds import Folds
    from forecaster.evaluation.metrics import Scale
    from forecaster.forecasters.runtime import Graph
    from forecaster.series import Ints
    from forecaster.series.forecast import Forecaster
    from forecaster.series.panel import Panel
    from forecaster.series.parts import Parts

CALIBRATION = "calibration"
_NAMES = {"model", "naive", "seasonal_naive", "drift"}
LEFT_OUT = "test folds, each left out"


@dataclass(frozen=True, eq=False)
class Intervals:
    """What is known of past errors, of the network and of every baseline.

    Attributes:
        calibrations: By the name of the forecaster: from all that has passed, for what is forecast next.
        part: The same from the calibration part alone, for scoring folds that `calibrations` knows; empty without one.
        source: The part that the errors come from: `calibration`, or the test folds themselves.
        baseline: The one that was best in that part, which skill and verdict compare with.
        pace: Steps between the cutoffs of the calibration part.
    """

    calibrations: Mapping[str, Calibration]
    part: Mapping[str, Calibration]
    source: str
    baseline: str
    pace: int = 1

    def to_json(self) -> str:
        """What `calibration.json` holds."""
        stored = {
            "source": self.source,
            "baseline": self.baseline,
            "pace": self.pace,
            "calibrations": {name: one.to_dict() for name, one in self.calibrations.items()},
            "part": {name: one.to_dict() for name, one in self.part.items()},
        }
        return json.dumps(stored, indent=1)

    @classmethod
    def from_json(cls, content: bytes) -> Intervals:
        """Read what `to_json` wrote.

        Raises:
            RunError: If it is something else.
        """
        try:
            stored: dict[str, Any] = json.loads(content)
            made, part = (
                {name: Calibration.from_dict(one) for name, one in stored[key].items()}
                for key in ("calibrations", "part")
            )
            read = cls(made, part, str(stored["source"]), str(stored["baseline"]), int(stored["pace"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RunError(
                f"calibration.json cannot be read ({error})", hint="train the run again", file="calibration.json"
            ) from None
        missing = {*_NAMES, read.baseline} - set(made)
        if missing:
            what = f"calibration.json knows no errors of {quoted(min(missing))}"
            raise RunError(what, hint="train the run again", file="calibration.json")
        return read


@dataclass(frozen=True, eq=False)
class Assessment:
    """What training publishes of a judged network."""

    intervals: Intervals
    folds: Folds
    report: Report


def baselines(season: int) -> tuple[Forecaster, ...]:
    """Naive, seasonal naive and drift; without a season the second repeats the last value too."""
    return Naive(), SeasonalNaive(season), Drift()


def pinball_levels(config: Config) -> tuple[float, ...]:
    """The levels that scores are taken at: the network's; for a point, the ends of the intervals and the median."""
    if config.model.output != "point":
        return config.model.levels
    ends = {round((1 + sign * interval) / 2, 12) for interval in config.evaluation.intervals for sign in (-1, 1)}
    return tuple(sorted(ends | {0.5}))


def wanted_of(config: Config, lookback: int, season: int) -> Wanted:
    """Which intervals and levels a config asks for."""
    return Wanted(config.evaluation.intervals, pinball_levels(config), lookback, season, joint=True)


def assess(judged: Graph, panel: Panel, config: Config, parts: Parts) -> Assessment:
    """Ask the judged network and the baselines at every cutoff, and say what it amounts to.

    Args:
        judged: The network that has seen neither the calibration nor the test part.
        panel: The whole table.
        config: Resolved.
        parts: With the cutoffs of both.

    Raises:
        DataError: If no fold of the test part can be scored.
    """
    others, wanted = baselines(panel.season), wanted_of(config, judged.lookback, panel.season)
    tested = backtest(judged, panel, parts.folds, judged.horizon, others, season=wanted.season)
    units = scales(panel.until(parts.test - 1))
    past = _scored(judged, panel, parts.calibration_cutoffs, others, wanted.season)
    if past is None:
        intervals = Intervals(calibrate_folds(tested, wanted), {}, LEFT_OUT, best_baseline(tested, units))
        tested = leave_one_out(tested, wanted)
    else:
        part = calibrate_folds(past, wanted)
        tested, calibrations = as_they_passed(past, tested, wanted)
        pace = int(np.diff(parts.calibration_cutoffs).min(initial=tested.horizon))
        intervals = Intervals(calibrations, part, CALIBRATION, best_baseline(past, units), pace)
    tested = _within(tested, config)
    told = _report(tested, units, intervals, judged.name, _foresight(panel), tested.count)
    return Assessment(intervals, tested, told)


@dataclass(frozen=True, eq=False)
class Again:
    """Where a published network is scored once more.

    Attributes:
        border: The first step that it has not seen and was not calibrated on.
        calibration: The cutoffs of the calibration part; empty where the table no longer holds it.
        test: All cutoffs since the border.
        folds: How many of the newest are reported; None for all.
    """

    border: int
    calibration: Ints
    test: Ints
    folds: int | None


def reassess(judged: Graph, panel: Panel, config: Config, intervals: Intervals, again: Again) -> Report:
    """Score a published network on the table as it is now, as `assess` did then.

    Args:
        judged: The network.
        panel: The table as it is now.
        config: Resolved.
        intervals: Those that were published.
        again: Where.

    Raises:
        DataError: If no fold can be scored.
    """
    season = intervals.calibrations[judged.name].season
    others, wanted = baselines(panel.season), wanted_of(config, judged.lookback, season)
    tested = backtest(judged, panel, again.test, judged.horizon, others, season=season)
    past = _scored(judged, panel, again.calibration, others, season) if intervals.source == CALIBRATION else None
    notes: tuple[str, ...] = ()
    if intervals.source == LEFT_OUT:
        tested = leave_one_out(tested, wanted)
    elif past is None:
        tested = with_intervals(tested, intervals.part)
        notes = ("the table no longer holds the calibration part: its intervals are scored as they were then",)
    else:
        tested, _ = as_they_passed(past, tested, wanted)
    units, passed = scales(panel.until(again.border - 1)), tested.count
    if again.folds is not None:
        newest = np.unique(tested.cutoffs)[-again.folds :]
        tested = tested.rows(np.flatnonzero(np.isin(tested.cutoffs, newest)))
    return _report(_within(tested, config), units, intervals, judged.name, (*notes, *_foresight(panel)), passed)


def _within(tested: Folds, config: Config) -> Folds:
    """What would have been published: every number within the bounds."""
    return tested.saying({name: bounded(said, config.model.bounds) for name, said in tested.forecasts.items()})


def _foresight(panel: Panel) -> tuple[str, ...]:
    """A note on covariates whose future nobody can have known as exactly as a backtest does."""
    beside = panel.covariates
    told = () if beside is None else tuple(name for name in beside.known_names if name not in beside.repeated)
    if not told:
        return ()
    return (
        f"every fold was told what {', '.join(map(quoted, told[:5]))} came to be over its horizon, as if known ahead",
    )


def _report(
    tested: Folds,
    units: Mapping[str, Scale],
    intervals: Intervals,
    name: str,
    notes: Sequence[str],
    passed: int,
) -> Report:
    """The report of some of the folds; intervals were made among `passed` of them."""
    source = _source(intervals.source, passed if tested.forecasts[name].intervals else 0)
    notes = (*notes, *intervals.calibrations[name].notes, *source)
    return replace(report(tested, units, intervals.baseline, notes=notes), intervals_from=intervals.source)


def _scored(judged: Graph, panel: Panel, cutoffs: Ints, others: Sequence[Forecaster], season: int) -> Folds | None:
    """The folds of the calibration part; None where there are none, or holes leave none."""
    if not len(cutoffs):
        return None
    try:
        return backtest(judged, panel, cutoffs, judged.horizon, others, season=season)
    except DataError:  # every fold touches a hole: as on a table too short for the part
        return None


def _source(source: str, covered: int) -> tuple[str, ...]:
    """Where intervals without a calibration part come from, and so many folds that tell their coverage."""
    if source == CALIBRATION:
        return ()
    if covered > 1:
        score = "the coverage of each is that of intervals made without it"
    elif covered:
        score = "the coverage is that of intervals for each tenth of the series made from the rest"
    else:
        score = "one fold of few series tells no coverage"
    return (f"there is no calibration part: the published intervals come from the test folds, and {score}",)
