"""A published network asked about the steps after a table's newest row."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import UnusableError, quoted
from forecaster.evaluation.folds import rows_of, stacked
from forecaster.forecasters.bounds import bounded
from forecaster.forecasters.calibration import Calibrated
from forecaster.forecasters.runtime import Graph
from forecaster.forecasters.sanity import unusable
from forecaster.workflows.assessing import Intervals, baselines
from forecaster.workflows.names import NO_SKILL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.config.schema import Config
    from forecaster.runs.manifest import Moment
    from forecaster.runs.versions import Run
    from forecaster.series import Floats, Ints
    from forecaster.series.forecast import Forecast
    from forecaster.series.panel import Panel
    from forecaster.workflows.journal import Journal

SECOND = "seasonal_naive"  # who forecasts a series that the network cannot
BATCH = 1000  # series that are forecast at once where the time is limited
LATE = "--time-limit was reached"
JUDGED, DEPLOYED = "scored.onnx", "model.onnx"


@dataclass(frozen=True, eq=False)
class Beside:
    """What a baseline said the same night: its name, and (S, H) values."""

    baseline: str
    values: Floats


@dataclass(frozen=True, eq=False)
class Answer:
    """A forecast, and who gave it.

    Attributes:
        forecast: Of every series of the panel.
        givers: Which series each forecaster answered for, by their places in the panel.
    """

    forecast: Forecast
    givers: tuple[tuple[Calibrated, Ints], ...]

    def paths(self, panel: Panel, count: int, seed: int) -> Floats:
        """(S, P, H) joint paths of the future, by whoever gave the forecast; the same seed gives the same ones.

        Raises:
            DataError: If there are no intervals.
            RunError: If the version does not say how errors hang together.
        """
        horizon = self.forecast.horizon
        paths = np.empty((len(panel), count, horizon))
        for giver, places in self.givers:
            paths[places] = giver.paths(panel.select(places), horizon, count, seed)
        return paths


def forecast_panel(
    run: Run, config: Config, panel: Panel, horizon: int | None, journal: Journal, *, deadline: float | None = None
) -> Answer:
    """Forecast every series of a panel, with intervals, each step marked with what a reader must know.

    A constant series is forecast as that constant. Among several series, one that the network cannot forecast (it is
    too short, has a hole in its newest lookback, or the forecast is absurd) gets the seasonal naive forecast, marked
    `fallback`; where none is left it is an error. So do those that are left when the time is up.

    Args:
        run: The run.
        config: Its config.
        panel: What is known.
        horizon: Steps; by default those that the network was trained for.
        journal: Told of every series.
        deadline: The `time.monotonic()` after which the network forecasts no further batch of series.

    Raises:
        TooShort: If no series fills the lookback.
        DataError: If every newest lookback has a hole.
        UnusableError: If every forecast is not finite, or absurdly far from the history.
        RunError: If the version is damaged.
    """
    shapes, result = run.manifest.shapes, run.manifest.result
    intervals = run.parsed("calibration.json", Intervals.from_json)
    bounds = config.model.bounds
    others = {one.name: Calibrated(one, intervals.calibrations[one.name], bounds) for one in baselines(panel.season)}
    steps = horizon or shapes.horizon
    if config.evaluation.on_no_skill == "fallback" and result.verdict in NO_SKILL:
        baseline = result.baseline or SECOND
        journal.choose("forecaster", f"{baseline}: {result.verdict_text}")
        _note_all(journal, panel, "fallback", result.verdict_text)
        said = others[baseline].forecast(panel, steps).marked("fallback")
        return Answer(said, ((others[baseline], np.arange(len(panel))),))
    graph = Graph(run.read(network_of(run, panel)), shapes, shapes.scale)
    asked = _Asked(Calibrated(graph, intervals.calibrations[graph.name], bounds), others, shapes.scale, steps, deadline)
    return asked.of(panel, journal)


def network_of(run: Run, panel: Panel) -> str:
    """The graph that answers: the judged one where the panel ends before what the deployed one has seen."""
    return JUDGED if _unseen(run, panel, DEPLOYED) else DEPLOYED


def compared(run: Run, config: Config, panel: Panel, horizon: int) -> Beside:
    """What the baseline that the report compares with says of the same steps, within the same bounds."""
    others = {one.name: one for one in baselines(panel.season)}
    baseline = others.get(run.manifest.result.baseline or SECOND, others[SECOND])
    return Beside(baseline.name, bounded(baseline.forecast(panel, horizon), config.model.bounds).values)


def known_later(run: Run, panel: Panel) -> bool:
    """Whether the deployed network, and the intervals, have learned from rows after the panel's end.

    The judged network may answer then, honestly; but nobody was told so that night.
    """
    return _unseen(run, panel, DEPLOYED) is not None


def hindsight(run: Run, panel: Panel) -> str | None:
    """Why a forecast knows what it should not: the network that answers was trained on later rows."""
    later = _unseen(run, panel, network_of(run, panel))
    if later is None:
        return None
    newest = panel.clock.label(panel.times[-1:])[0]
    return f"the forecast is as of {newest}, but its network has learned from rows up to {later}"


def _unseen(run: Run, panel: Panel, file: str) -> Moment | None:
    """The newest moment that a network has seen, where the panel ends before it."""
    seen = run.manifest.borders.seen[file]
    return seen if panel.times[-1] < np.array(seen).astype(panel.times.dtype) else None


@dataclass(frozen=True)
class _Asked:
    """A network, those that step in for it, how many steps are wanted, and until when."""

    network: Calibrated
    others: Mapping[str, Calibrated]
    scale: str
    steps: int
    deadline: float | None

    def of(self, panel: Panel, journal: Journal) -> Answer:
        """The forecast of every series, by whoever can give one."""
        reasons = _before(panel, self.network, self.scale)
        long = panel.lengths >= self.network.lookback
        still = [place for place, values in enumerate(panel) if long[place] and _constant(values)]
        still = [place for place in still if place not in reasons]
        able = [place for place in range(len(panel)) if place not in reasons and place not in still]
        parts: list[tuple[Calibrated, list[int], Forecast]] = []
        if able or not still:
            parts.append((self.network, *self._by_network(panel, able, reasons)))
        if still:
            naive = self.others["naive"]
            parts.append((naive, still, naive.forecast(panel.select(np.array(still)), self.steps)))
        if reasons:
            rest, second = sorted(reasons), self.others[SECOND]
            said = second.forecast(panel.select(np.array(rest)), self.steps).marked("fallback")
            parts.append((second, rest, said))
        self._tell(panel, reasons, still, journal)
        places = np.concatenate([np.array(part, dtype=np.int64) for _, part, _ in parts])
        whole = rows_of(stacked([said for _, _, said in parts]), np.argsort(places))
        return Answer(whole, tuple((giver, np.array(part)) for giver, part, _ in parts))

    def _by_network(self, panel: Panel, able: list[int], reasons: dict[int, str]) -> tuple[list[int], Forecast]:
        """The network's forecasts that may be published; the reasons for the others are added."""
        if not able:
            self.network.unbounded(panel, self.steps)  # which says why it cannot
        size = len(able) if self.deadline is None else BATCH
        places: list[int] = []
        parts: list[Forecast] = []
        for first in range(0, len(able), max(1, size)):
            batch = able[first : first + size]
            if first and self.deadline is not None and time.monotonic() >= self.deadline:
                reasons.update(dict.fromkeys(able[first:], LATE))
                break
            good, said = self._batch(panel.select(np.array(batch)), batch, reasons)
            places += good
            parts += [said] if good else []
        if not places:
            raise UnusableError(
                next(reasons[place] for place in able if place in reasons),
                hint="look at the newest rows of the table, or train again; nothing was written",
            )
        return places, bounded(stacked(parts), self.network.bounds)

    def _batch(self, chosen: Panel, places: list[int], reasons: dict[int, str]) -> tuple[list[int], Forecast]:
        said = self.network.unbounded(chosen, self.steps)
        absurd = unusable(said, chosen)  # before the bounds, which would hide it
        reasons.update({places[place]: why for place, why in absurd.items()})
        good = [place for place in range(len(chosen)) if place not in absurd]
        return [places[place] for place in good], rows_of(said, np.array(good, dtype=np.int64))

    @staticmethod
    def _tell(panel: Panel, reasons: Mapping[int, str], still: list[int], journal: Journal) -> None:
        for place, name in enumerate(panel.ids):
            if place in reasons:
                journal.series[name] = {"status": "fallback", "why": reasons[place]}
                if reasons[place] != LATE:
                    journal.faults.append(f"series {quoted(name)}: {reasons[place]}; it repeats its last season")
            else:
                why = "it never changes, so neither does its forecast" if place in still else ""
                journal.series[name] = {"status": "ok", "why": why}
        late = sum(why == LATE for why in reasons.values())
        if late:
            journal.faults.append(f"{LATE}: {late} of {len(panel)} series repeat their last season")


def mark(forecast: Forecast, run: Run, panel: Panel, old: Mapping[str, str], journal: Journal) -> Forecast:
    """The forecast with what a reader must know of the steps that are still `ok`.

    Args:
        forecast: As `forecast_panel` made it.
        run: The run.
        panel: What it was made from.
        old: Why the newest row of a series is too old, by its name.
        journal: Told of all.
    """
    if old:
        journal.faults.extend(dict.fromkeys(old.values()))
        forecast = forecast.marked("stale", series=tuple(old))
    later = hindsight(run, panel)
    if later is not None:
        journal.warn([later])
        forecast = forecast.marked("hindsight")
    result = run.manifest.result
    journal.verdict = result.verdict_text
    if result.verdict in NO_SKILL:
        forecast = forecast.marked("no skill")
    return forecast


def _note_all(journal: Journal, panel: Panel, status: str, why: str) -> None:
    journal.series.update({name: {"status": status, "why": why} for name in panel.ids})


def _constant(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> bool:
    return bool(np.nanmin(values) == np.nanmax(values))


def _before(panel: Panel, network: Calibrated, scale: str) -> dict[int, str]:
    """Why the network cannot forecast a series, by its place; empty where a panel has only one, which is an error."""
    if len(panel) == 1:
        return {}
    reasons, lookback = {}, network.lookback
    for place, values in enumerate(panel):
        there = ~np.isnan(values[-lookback:])
        if len(values) < lookback:
            reasons[place] = f"{len(values)} steps, and a forecast needs {lookback}"
        elif not there.any() or not (there.all() or network.masked):
            reasons[place] = f"a hole in the newest {lookback} steps"
        elif scale in {"log", "log_mean"} and (values <= 0).any():
            reasons[place] = f"{int((values <= 0).sum())} values are zero or negative and have no logarithm"
    return {} if len(reasons) == len(panel) else reasons
