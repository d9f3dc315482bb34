"""`forecast plot`: a run as a picture, from its saved tables; no network is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import UsageError, quoted
from forecaster.evaluation.folds import from_csv
from forecaster.runs.published import load_forecast, newest_forecast
from forecaster.runs.saved import History, history_from_csv, losses_from_csv
from forecaster.series.clock import Clock
from forecaster.store import write_file
from forecaster.workflows.evaluate import chosen_run
from forecaster.workflows.names import RUNS

if TYPE_CHECKING:
    from forecaster.evaluation.folds import Folds
    from forecaster.runs.versions import Run
    from forecaster.series import Times
    from forecaster.views.picture import JudgedFolds, LossCurves, NewestForecast, Picture


def plot(
    run: Run | str | None = None, *, runs: Path = RUNS, out: Path | None = None, series: str | None = None
) -> Path:
    """Draw the overview of a run and give the picture's path.

    Args:
        run: A run, its name, or None for the only one.
        runs: The folder of all runs.
        out: A .png or .svg; RUN.png by default.
        series: Which series of a panel; the first by default.

    Raises:
        RunError: If the run is missing or damaged.
        UsageError: If there is no such series, or the picture's ending is another.
    """
    from forecaster.views.plots import overview, render

    opened = chosen_run(run, runs)
    place = (out or Path(f"{opened.name}.png")).absolute()
    content = render(overview(picture_of(opened, series)), place.suffix)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_file(place, content)
    return place


def picture_of(run: Run, series: str | None = None) -> Picture:
    """Everything that the overview shows of a run, from its files.

    Raises:
        RunError: If a file is missing or damaged.
        UsageError: If there is no such series.
    """
    from forecaster.views.picture import Picture

    history = history_from_csv(run.read("history.csv").decode())
    chosen = series or history.ids[0]
    if chosen not in history.ids:
        known = ", ".join(quoted(name) for name in history.ids[:5])
        raise UsageError(f"--series {quoted(chosen)}: no such series", hint=f"choose one of {known}")
    report = run.report()
    index, clock = history.ids.index(chosen), Clock.from_dict(run.manifest.table.clock)
    return Picture(
        title=run.name,
        series=chosen if len(history.ids) > 1 else "",
        of=len(history.ids),
        target=_target(run, history),
        verdict=report.verdict_text,
        times=_times(history.times[index], clock),
        values=history.values[index],
        forecast=_forecast(run, chosen, clock),
        folds=_folds(from_csv(run.read("folds.csv").decode()), chosen),
        errors={
            name: np.array([np.nan if step[name]["mae"] is None else step[name]["mae"] for step in report.by_step])
            for name in report.metrics
        },
        losses=_losses(run),
    )


def _target(run: Run, history: History) -> str:
    targets = run.config().data.target
    return targets[0] if len(targets) == 1 and targets[0] != "*" else history.ids[0]


def _times(labels: tuple[str, ...], clock: Clock) -> Times:
    """Labels as they stand on the axis: the user's own local times."""
    parsed = np.array([clock.parse(label) for label in labels])
    return parsed if clock.kind == "step" else parsed.astype("datetime64[us]")


def _forecast(run: Run, series: str, clock: Clock) -> NewestForecast | None:
    from forecaster.views.picture import NewestForecast

    path = newest_forecast(run.folder)
    newest = None if path is None else load_forecast(path)
    if newest is None or series not in newest.ids:
        return None
    index = newest.ids.index(series)
    return NewestForecast(
        times=_times(newest.times[index], clock),
        values=newest.values[index],
        intervals=newest.intervals,
        lower=newest.lower[index],
        upper=newest.upper[index],
        status=newest.status[index],
    )


def _folds(folds: Folds, series: str) -> JudgedFolds:
    from forecaster.views.picture import JudgedFolds

    own = folds.rows(np.array([i for i, name in enumerate(folds.series) if name == series], dtype=np.int64))
    said = own.forecasts["model"]
    return JudgedFolds(
        cutoffs=own.cutoffs,
        times=own.times,
        actual=own.actual,
        model=said.values,
        naive=own.forecasts["naive"].values,
        lower=said.lower[..., 0] if said.intervals else None,
        upper=said.upper[..., 0] if said.intervals else None,
        interval=said.intervals[0] if said.intervals else 0.8,
    )


def _losses(run: Run) -> LossCurves:
    from forecaster.views.picture import LossCurves

    losses = losses_from_csv(run.read("losses.csv").decode())
    judged = not np.isnan(losses.validation).all()
    best = int(np.nanargmin(losses.validation)) if judged else len(losses.epochs) - 1
    return LossCurves(losses.epochs, losses.training, losses.validation if judged else None, int(losses.epochs[best]))
