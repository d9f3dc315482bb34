"""A training as the files of one version."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecaster.config.reading import to_yaml
from forecaster.errors import SystemFault
from forecaster.evaluation.folds import moments
from forecaster.forecasters.runtime import Graph
from forecaster.runs.manifest import Borders, Hashes, Manifest, Moment, Result, TableMark
from forecaster.runs.saved import History, Losses, history_to_csv, losses_to_csv
from forecaster.runs.versions import Run, next_version, publish, stem_of
from forecaster.store import digest
from forecaster.workflows.machine import cpu, versions

if TYPE_CHECKING:
    from forecaster.series.panel import Panel
    from forecaster.training.loop import Fitted
    from forecaster.workflows.assessing import Assessment
    from forecaster.workflows.fitting import Trained
    from forecaster.workflows.preparing import Prepared

_HORIZONS = 10  # of history that a version keeps for its picture


@dataclass(frozen=True, eq=False)
class Candidate:
    """A training that may be published.

    Attributes:
        judged: The network that was scored.
        deployed: The one that forecasts.
        assessment: What came of the scoring.
        made: As `Manifest.made`.
        notes: More for a reader of the manifest.
    """

    judged: Trained
    deployed: Trained
    assessment: Assessment
    made: str = "train"
    notes: tuple[str, ...] = ()


def publish_version(runs: Path, prepared: Prepared, candidate: Candidate) -> Run:
    """Write, verify and publish one version; the caller holds the run's lock.

    Raises:
        SystemFault: If it cannot be written, or what is read back is not what was written.
    """
    judged, deployed, assessment = candidate.judged, candidate.deployed, candidate.assessment
    version = next_version(runs / prepared.name)
    borders = _borders(prepared, refit=deployed is not judged)
    seen = {file: str(newest) for file, newest in borders.seen.items()}
    report = replace(assessment.report, run=prepared.name, version=version, seen=seen)
    config = to_yaml(prepared.config).encode()
    files = {
        "config.yaml": config,
        "weights.safetensors": deployed.weights,
        "scored.safetensors": judged.weights,
        "model.onnx": deployed.onnx,
        "scored.onnx": judged.onnx,
        "calibration.json": assessment.intervals.to_json().encode(),
        "losses.csv": _losses(judged.fitted).encode(),
        "report.json": report.to_json().encode(),
        "folds.csv": assessment.folds.to_csv().encode(),
        "history.csv": _history(prepared).encode(),
    }
    manifest = _manifest(prepared, candidate, borders, digest(config))

    def verify(folder: Path) -> None:
        _check_read_back(folder / "model.onnx", prepared, deployed)

    return publish(runs, prepared.name, files, manifest, verify=verify, version=version)


def moment(panel: Panel, step: int) -> Moment:
    """The moment of a step, as the manifest keeps it: ISO text, or the step of an integer clock."""
    times = panel.times[[step]]
    return moments(times)[0] if times.dtype.kind == "M" else int(times[0])


def _check_read_back(file: Path, prepared: Prepared, deployed: Trained) -> None:
    inputs, said = deployed.compared
    graph = Graph(file.read_bytes(), prepared.mark, prepared.config.model.scale)
    if not np.array_equal(graph.raw(inputs), said):
        raise SystemFault(
            "the graph that was read back forecasts something else than the one that was written",
            hint="look at the disk and the memory, then run again",
            file=file,
        )


def _manifest(prepared: Prepared, candidate: Candidate, borders: Borders, config_hash: str) -> Manifest:
    config, deployed = prepared.config, candidate.deployed
    return Manifest(
        run=prepared.name,
        hashes=Hashes(config=config_hash, data=prepared.table.sha256),
        table=_table(prepared),
        borders=borders,
        steps=deployed.fitted.steps,
        kernel=deployed.fitted.kernel,
        seed=config.training.seed,
        versions=versions(),
        cpu=cpu(),
        shapes=prepared.mark,
        result=_result(candidate.assessment),
        notes=(*candidate.notes, *prepared.table.notes, *prepared.parts.notes),
        made=candidate.made,
    )


def _table(prepared: Prepared) -> TableMark:
    path, layout, panel = Path(prepared.config.data.path), prepared.table.layout, prepared.panel
    return TableMark(
        path=str(path.resolve()),
        stem=stem_of(path),
        columns=(*layout.time, *([layout.id] if layout.id else []), *layout.targets),
        layout=layout.to_dict(),
        clock=panel.clock.to_dict(),
        season=panel.season,
        rows=prepared.table.rows,
        newest=moment(panel, -1),
        series=panel.ids if len(panel) > 1 else (),
    )


def _borders(prepared: Prepared, *, refit: bool) -> Borders:
    parts, panel = prepared.parts, prepared.panel
    newest = moment(panel, parts.calibration - 1)
    return Borders(
        validation=moment(panel, parts.validation),
        calibration=moment(panel, parts.calibration),
        test=moment(panel, parts.test),
        refit=refit,
        seen={"scored.onnx": newest, "model.onnx": moment(panel, -1) if refit else newest},
    )


def _result(assessment: Assessment) -> Result:
    report, baseline = assessment.report, assessment.intervals.baseline
    return Result(
        verdict=report.verdict,
        verdict_text=report.verdict_text,
        skill=report.skill,
        mae=report.metrics["model"]["mae"],
        baseline=baseline,
        baseline_mae=report.metrics[baseline]["mae"],
        folds=report.folds,
    )


def _losses(fitted: Fitted) -> str:
    rows = fitted.losses
    return losses_to_csv(
        Losses(
            epochs=np.array([loss.epoch for loss in rows]),
            steps=np.array([loss.steps for loss in rows]),
            training=np.array([loss.training for loss in rows]),
            validation=np.array([np.nan if loss.validation is None else loss.validation for loss in rows]),
        )
    )


def _history(prepared: Prepared) -> str:
    """The last ten horizons of every series, or two lookbacks where those are longer."""
    panel = prepared.panel
    kept = max(_HORIZONS * prepared.window.horizon, 2 * prepared.window.lookback)
    times, values = [], []
    for index, series in enumerate(panel):
        values.append(series[-kept:])
        first = int(panel.last[index]) + 1 - len(values[-1])
        times.append(tuple(panel.clock.label(panel.times[first : first + len(values[-1])])))
    return history_to_csv(History(panel.ids, tuple(times), tuple(values)))
