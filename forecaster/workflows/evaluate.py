"""`forecast evaluate`: score a run's judged network on its table as it is now."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import RunError, UsageError, about
from forecaster.forecasters.runtime import Graph
from forecaster.runs.versions import Run, only_run, open_run
from forecaster.series.parts import cutoffs_from
from forecaster.series.windows import Window
from forecaster.workflows.assessing import Again, Intervals, reassess
from forecaster.workflows.journal import Journal
from forecaster.workflows.names import RUNS
from forecaster.workflows.tables import read_again

if TYPE_CHECKING:
    from forecaster.evaluation.report import Report
    from forecaster.runs.manifest import Manifest, Moment
    from forecaster.series import Ints
    from forecaster.series.panel import Panel


def evaluate(
    run: Run | str | None = None,
    csv: Path | str | None = None,
    *,
    runs: Path = RUNS,
    folds: int | None = None,
    previous: bool = False,
    journal: Journal | None = None,
) -> Report:
    """Score the judged network of a run beside the baselines, on steps that it has not seen.

    The test part begins at the border in the run's manifest, so rows that came since the training add folds.

    Args:
        run: A run, its name, or None for the only one.
        csv: Another table with the run's columns and clock; by default the one that the run was trained on.
        runs: The folder of all runs.
        folds: Only so many of the newest folds.
        previous: The version before the latest.
        journal: Filled in on the way.

    Raises:
        UsageError: If there are fewer folds than asked for.
        RunError: If the run is missing or damaged, or the table has another clock.
        DataError: If the table cannot be read, or no fold can be scored.
    """
    journal = journal or Journal()
    opened = chosen_run(run, runs, previous=previous)
    journal.folder, journal.run, journal.version = opened.folder.absolute(), opened.name, opened.version
    config, manifest = opened.config(), opened.manifest
    table = read_again(opened, config, Path(csv or config.data.path))
    journal.inputs.append({"file": table.file, "sha256": table.sha256})
    panel = table.panel.with_season(manifest.table.season)
    with about(table.file):
        intervals = opened.parsed("calibration.json", Intervals.from_json)
        again = Again(
            border=_step(panel, manifest.borders.test),
            calibration=_calibration(panel, manifest, intervals.pace),
            test=_cutoffs(panel, manifest, _stride(config.evaluation.stride), folds),
            folds=folds,
        )
        graph = Graph(opened.read("scored.onnx"), manifest.shapes, manifest.shapes.scale)
        report = reassess(graph, panel, config, intervals, again)
    journal.verdict = report.verdict_text
    journal.warn((*table.notes, *report.notes))
    seen = {file: str(newest) for file, newest in manifest.borders.seen.items()}
    return replace(report, run=opened.name, version=opened.version, seen=seen)


def chosen_run(run: Run | str | None, runs: Path, *, previous: bool = False) -> Run:
    """The run that a command means: the one it names, else the only one there is.

    Raises:
        RunError: If there is no such run, or several and none is named.
    """
    if isinstance(run, Run):
        return run
    name = only_run(runs).name if run is None else run
    return open_run(runs, name, previous=previous)


def _stride(resolved: object) -> int:
    return resolved if isinstance(resolved, int) else 1


def _cutoffs(panel: Panel, manifest: Manifest, stride: int, folds: int | None) -> Ints:
    """The cutoffs after the border that the judged network has not seen."""
    border = manifest.borders.test
    window = Window(manifest.shapes.lookback, manifest.shapes.horizon)
    cutoffs = cutoffs_from(panel, window, since=_step(panel, border), stride=stride, folds=None)
    if not len(cutoffs):
        raise RunError(
            f"the judged network has seen everything before {border}, and no {window.horizon} steps come after it",
            hint="give a table with newer rows",
        )
    if folds is not None and folds > len(cutoffs):
        raise UsageError(f"--folds {folds}: there are {len(cutoffs)}", hint=f"ask for at most {len(cutoffs)}")
    return cutoffs


def _calibration(panel: Panel, manifest: Manifest, pace: int) -> Ints:
    """The cutoffs of the calibration part; none where the table no longer holds it."""
    first, last = _step(panel, manifest.borders.calibration), _step(panel, manifest.borders.test)
    cutoffs = np.arange(first - 1, last - manifest.shapes.horizon, pace, dtype=np.int64)
    return cutoffs if first - 1 >= manifest.shapes.lookback - 1 else cutoffs[:0]


def _step(panel: Panel, border: Moment) -> int:
    return int(np.searchsorted(panel.times, np.array(border).astype(panel.times.dtype)))
