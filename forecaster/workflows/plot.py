"""`forecast plot`: a run as a picture, from its saved tables; no network is loaded but to look inside."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import ForecasterError, SystemFault, UsageError, quoted
from forecaster.evaluation.folds import from_csv
from forecaster.runs.ledger import has_ledger, ledger
from forecaster.runs.ledger_entries import newest
from forecaster.runs.published import load_forecast, newest_forecast, place_of
from forecaster.runs.saved import History, history_from_csv, losses_from_csv
from forecaster.series.dialect import listed
from forecaster.store import write_file
from forecaster.workflows.evaluate import chosen_run
from forecaster.workflows.journal import Journal
from forecaster.workflows.names import RUNS, source_of
from forecaster.workflows.tables import read_again
from forecaster.workflows.wall import local

OVERVIEW = "overview"
CACHE = ".cache"  # below the run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from forecaster.evaluation.folds import Folds
    from forecaster.runs.versions import Run
    from forecaster.series import Floats, Times
    from forecaster.series.clock import Clock
    from forecaster.views.picture import JudgedFolds, LossCurves, NewestForecast, Picture


@dataclass(frozen=True)
class Look:
    """What is drawn.

    Attributes:
        kind: `overview`, `memory`, `attention` or `importance`.
        series: Which series of a panel; the first by default.
        window: The moment at which the window ends that is looked into; by default the newest.
    """

    kind: str = "overview"
    series: str | None = None
    window: str | None = None


def plot(
    run: Run | str | None = None,
    look: Look | None = None,
    *,
    runs: Path = RUNS,
    out: Path | None = None,
    journal: Journal | None = None,
) -> Path:
    """Draw a run and give the picture's path.

    Args:
        run: A run, its name, or None for the only one.
        look: What is drawn; the overview by default.
        runs: The folder of all runs.
        out: A .png or .svg; by default RUN.png, or RUN.KIND.png of another kind than the overview.
        journal: Filled in on the way.

    Raises:
        RunError: If the run is missing or damaged.
        UsageError: If there is no such series, window or layer, or the picture's ending is another.
        DataError: If the run's table cannot be read, which only the overview does without.
    """
    look = look or Look()
    opened, journal = chosen_run(run, runs), journal or Journal()
    journal.at(opened.folder)
    journal.run, journal.version = opened.name, opened.version
    kind = "" if look.kind == OVERVIEW else f".{look.kind}"
    place = (out or Path(f"{opened.name}{kind}.png")).absolute()
    with _cached_in(opened.folder):
        content = _drawn(opened, look, place.suffix)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_file(place, content)
    journal.outputs.append(str(place))
    return place


@contextmanager
def _cached_in(folder: Path) -> Iterator[None]:
    """Let Matplotlib keep its list of fonts in the run, or for this once, and never in the user's home."""
    if "MPLCONFIGDIR" in os.environ:
        yield
        return
    with TemporaryDirectory(prefix="forecast-plot-") as temporary:
        os.environ["MPLCONFIGDIR"] = str(folder / CACHE) if os.access(folder, os.W_OK) else temporary
        try:
            yield
        finally:
            del os.environ["MPLCONFIGDIR"]


def _drawn(run: Run, look: Look, suffix: str) -> bytes:
    from forecaster.views.plots import render

    return render(_figure(run, look), suffix)


def _figure(run: Run, look: Look) -> Figure:
    if look.kind == OVERVIEW:
        from forecaster.views.plots import overview

        if look.window is not None:
            raise UsageError("--window belongs to a look inside", hint="add --kind memory or --kind attention")
        return overview(picture_of(run, look.series))
    from forecaster.workflows import inside

    looks = {"memory": inside.memory_of, "attention": inside.attention_of, "importance": inside.importance_of}
    return looks[look.kind](run, look.series, look.window)


def picture_of(run: Run, series: str | None = None) -> Picture:
    """Everything that the overview shows of a run, from its files, and from its table where it still lies there.

    Raises:
        RunError: If a file is missing or damaged.
        UsageError: If there is no such series.
    """
    from forecaster.views.picture import Picture

    history = run.parsed("history.csv", lambda content: history_from_csv(content.decode()))
    chosen = series or history.ids[0]
    if chosen not in history.ids:
        known = listed(history.ids)
        raise UsageError(f"--series {quoted(chosen)}: no such series", hint=f"choose one of {known}")
    report, clock = run.report(), run.clock
    times, values = _now(run, chosen, len(history.values[history.ids.index(chosen)])) or _then(history, chosen, clock)
    return Picture(
        title=run.name,
        series=chosen if len(history.ids) > 1 else "",
        of=len(history.ids),
        target=_target(run, history),
        verdict=report.verdict_text,
        times=local(times, clock),
        values=values,
        forecast=_forecast(run, chosen, clock),
        folds=_folds(run.parsed("folds.csv", lambda content: from_csv(content.decode())), chosen, clock),
        errors={
            name: np.array([np.nan if step[name]["mae"] is None else step[name]["mae"] for step in report.by_step])
            for name in report.metrics
        },
        losses=_losses(run),
    )


def _now(run: Run, series: str, count: int) -> tuple[Times, Floats] | None:
    """The newest values of a series in the run's table; None where the table is gone or has become another one."""
    config = run.config()
    try:
        panel = read_again(run, config, Path(config.data.path)).panel
    except ForecasterError:
        return None
    if series not in panel.ids:
        return None
    index = panel.ids.index(series)
    values = panel.series(index)[-count:]
    last = int(panel.last[index])
    return panel.times[last + 1 - len(values) : last + 1], values


def _then(history: History, series: str, clock: Clock) -> tuple[Times, Floats]:
    """The newest values as they were when the run was trained."""
    index = history.ids.index(series)
    return _times(history.times[index], clock), history.values[index]


def _target(run: Run, history: History) -> str:
    targets = run.config().data.target
    return targets[0] if len(targets) == 1 and targets[0] != "*" else history.ids[0]


def _times(labels: tuple[str, ...], clock: Clock) -> Times:
    parsed = np.array([clock.parse(label) for label in labels])
    return parsed if clock.kind == "step" else parsed.astype("datetime64[us]")


def _forecast(run: Run, series: str, clock: Clock) -> NewestForecast | None:
    from forecaster.views.picture import NewestForecast

    path, sha256 = _newest(run)
    saved = None if path is None else load_forecast(path, sha256)
    if saved is None or series not in saved.ids:
        return None
    index = saved.ids.index(series)
    return NewestForecast(
        times=local(_times(saved.times[index], clock), clock),
        values=saved.values[index],
        intervals=saved.intervals,
        lower=saved.lower[index],
        upper=saved.upper[index],
        status=saved.status[index],
    )


def _newest(run: Run) -> tuple[Path | None, str | None]:
    """The published forecast with the latest cutoff, and its SHA-256; by name where no ledger may be read."""
    last, folder = None, run.folder
    if has_ledger(folder):
        with suppress(SystemFault), ledger(folder) as book:
            last = newest(book, source_of(run.manifest.table.path))
    return (newest_forecast(folder), None) if last is None else (place_of(folder, last.entry.file), last.entry.sha256)


def _folds(folds: Folds, series: str, clock: Clock) -> JudgedFolds:
    from forecaster.views.picture import JudgedFolds

    own = folds.rows(np.array([i for i, name in enumerate(folds.series) if name == series], dtype=np.int64))
    said = own.forecasts["model"]
    return JudgedFolds(
        cutoffs=own.cutoffs,
        times=local(own.times, clock),
        actual=own.actual,
        model=said.values,
        naive=own.forecasts["naive"].values,
        lower=said.lower[..., 0] if said.intervals else None,
        upper=said.upper[..., 0] if said.intervals else None,
        interval=said.intervals[0] if said.intervals else 0.8,
    )


def _losses(run: Run) -> LossCurves:
    from forecaster.views.picture import LossCurves

    losses = run.parsed("losses.csv", lambda content: losses_from_csv(content.decode()))
    judged = not np.isnan(losses.validation).all()
    best = int(np.nanargmin(losses.validation)) if judged else len(losses.epochs) - 1
    return LossCurves(losses.epochs, losses.training, losses.validation if judged else None, int(losses.epochs[best]))
