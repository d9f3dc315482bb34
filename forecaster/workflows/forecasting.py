"""A published network asked about the steps after a table's newest row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import UnusableError, quoted
from forecaster.evaluation.folds import rows_of, stacked
from forecaster.forecasters.calibration import Calibrated
from forecaster.forecasters.runtime import Graph
from forecaster.forecasters.sanity import unusable
from forecaster.workflows.assessing import Intervals, baselines
from forecaster.workflows.train import NO_SKILL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.config.schema import Config
    from forecaster.runs.versions import Run
    from forecaster.series.forecast import Forecast, Forecaster
    from forecaster.series.panel import Panel
    from forecaster.workflows.journal import Journal

SECOND = "seasonal_naive"  # who forecasts a series that the network cannot


def forecast_panel(run: Run, config: Config, panel: Panel, horizon: int | None, journal: Journal) -> Forecast:
    """Forecast every series of a panel, with intervals, each step marked with what a reader must know.

    Among several series, one that is too short or has a hole in its newest lookback gets the seasonal naive
    forecast, marked `fallback`; a single one is an error.

    Args:
        run: The run.
        config: Its config.
        panel: What is known.
        horizon: Steps; by default those that the network was trained for.
        journal: Told of every series.

    Raises:
        TooShort: If no series fills the lookback.
        DataError: If every newest lookback has a hole.
        UnusableError: If the forecast is not finite, or absurdly far from the history.
        RunError: If the version is damaged.
    """
    shapes, result = run.manifest.shapes, run.manifest.result
    intervals = Intervals.from_json(run.read("calibration.json"))
    others = {one.name: Calibrated(one, intervals.calibrations[one.name]) for one in baselines(panel.season)}
    steps = horizon or shapes.horizon
    replaced = config.evaluation.on_no_skill == "fallback" and result.verdict in NO_SKILL
    if replaced:
        baseline = result.baseline or SECOND
        journal.choose("forecaster", f"{baseline}: {result.verdict_text}")
        forecast = others[baseline].forecast(panel, steps).marked("fallback")
    else:
        graph = Graph(run.read("model.onnx"), shapes, shapes.scale)
        network = Calibrated(graph, intervals.calibrations[graph.name])
        forecast = _together(network, others[SECOND], panel, steps, journal)
    _refuse_unusable(forecast, panel)
    for name in panel.ids:
        journal.series.setdefault(name, {"status": "fallback" if replaced else "ok", "why": ""})
    return forecast


def mark(forecast: Forecast, run: Run, old: str | None, journal: Journal) -> Forecast:
    """The forecast with what a reader must know of the steps that are still `ok`: too old, or without skill.

    Args:
        forecast: As `forecast_panel` made it.
        run: The run.
        old: Why the newest row is too old; None where it is not.
        journal: Told of both.
    """
    result = run.manifest.result
    if old is not None:
        journal.faults.append(old)
        forecast = forecast.marked("stale")
    if result.verdict in NO_SKILL:
        journal.warn([result.verdict_text])
        forecast = forecast.marked("no skill")
    return forecast


def _together(network: Forecaster, second: Forecaster, panel: Panel, steps: int, journal: Journal) -> Forecast:
    """The network's forecast of every series that it can forecast, the second's of the others."""
    fit = _fit(panel, network.lookback)
    if fit.all() or not fit.any():
        return network.forecast(panel, steps)
    good, bad = np.flatnonzero(fit), np.flatnonzero(~fit)
    rest = panel.select(bad)
    for name, length in zip(rest.ids, rest.lengths.tolist(), strict=True):
        short = f"{length} steps, and a forecast needs {network.lookback}"
        why = short if length < network.lookback else f"a hole in the newest {network.lookback} steps"
        journal.series[name] = {"status": "fallback", "why": why}
        journal.faults.append(f"series {quoted(name)}: {why}; it repeats its last season")
    said = [network.forecast(panel.select(good), steps), second.forecast(rest, steps).marked("fallback")]
    return rows_of(stacked(said), np.argsort(np.concatenate([good, bad])))


def _fit(panel: Panel, lookback: int) -> NDArray[np.bool_]:
    """(S,) whether a series' newest lookback is there, without a hole."""
    whole = [len(values) >= lookback and not np.isnan(values[-lookback:]).any() for values in panel]
    return np.array(whole, dtype=np.bool_)


def _refuse_unusable(forecast: Forecast, panel: Panel) -> None:
    why = unusable(forecast, panel)
    if why is not None:
        raise UnusableError(why, hint="look at the newest rows of the table, or train again; nothing was written")
