"""A challenger meets the network that forecasts now, on steps that neither has seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError
from forecaster.evaluation.backtest import backtest
from forecaster.evaluation.metrics import scales
from forecaster.evaluation.verdict import compare, counted, fold_errors, number
from forecaster.forecasters.runtime import Graph
from forecaster.series.parts import cutoffs_from
from forecaster.store import remove
from forecaster.workflows.fitting import checkpoints_of, fit_judged
from forecaster.workflows.forecasting import DEPLOYED, JUDGED
from forecaster.workflows.preparing import prepare_table
from forecaster.workflows.train import Story, finish, note

if TYPE_CHECKING:
    from forecaster.runs.versions import Run
    from forecaster.series import Floats, Ints
    from forecaster.series.panel import Panel
    from forecaster.series.tables import Table
    from forecaster.workflows.preparing import Prepared
    from forecaster.workflows.training import Session

SHARE = 0.2  # of the updates of a training from fresh weights
LEAST = 50  # updates
SLOWER = 0.3  # times the learning rate: what was learned is bent, not thrown away
WEIGHTS = {JUDGED: "scored.safetensors", DEPLOYED: "weights.safetensors"}


@dataclass(frozen=True)
class Outcome:
    """What became of a challenger.

    Attributes:
        run: The run, at the version that forecasts from now on.
        published: Whether that is the challenger.
        why: In a sentence.
        trained: Whether there was a challenger at all: there is none before the two have steps to meet on.
    """

    run: Run
    published: bool
    why: str
    trained: bool = True


@dataclass(frozen=True, eq=False)
class Arena:
    """Where the two meet: cutoffs that lie after all that either has learned from.

    Attributes:
        cutoffs: (F,) rising.
        since: The first step that neither has seen.
        missing: Rows that are still missing for a first fold; 0 where there is one.
    """

    cutoffs: Ints
    since: int
    missing: int


def challenge(run: Run, table: Table, session: Session, *, warm: bool) -> Outcome:
    """Train a challenger on the table as it is now, and publish it if it is no worse; the caller holds the run's lock.

    Args:
        run: The version that forecasts now.
        table: With newer rows.
        session: The circumstances.
        warm: Whether the challenger begins with the run's weights and a fifth of the updates; else it is trained anew.

    Raises:
        ForecasterError: As `train`.
    """
    config = run.config().model_copy(update={"name": run.name})
    if not Path(config.data.path).exists():
        config = config.model_copy(update={"data": config.data.model_copy(update={"path": table.file})})
    prepared = prepare_table(config, table)
    note(session.journal, prepared)
    arena = arena_of(run, prepared)
    always = config.retrain.promote == "always"
    if not len(arena.cutoffs) and not always:
        return Outcome(run, published=False, why=_too_few(run, prepared, arena), trained=False)
    story = Story("update" if warm else "retrain")
    if warm:
        prepared, story = _continued(run, prepared, story)
    with session.journal.timed("training"):
        judged = fit_judged(story.fitted or prepared, session, warm=_weights(run, JUDGED) if story.warm else None)
    won, why = (True, "as retrain.promote: always says") if always else _duel(run, judged.graph, prepared, arena)
    if not won:
        remove(checkpoints_of(session.runs, run.name))
        if judged.fitted.stopped == "time":
            session.journal.faults.append(f"--time-limit was reached: the challenger was cut short, and is {why}")
        return Outcome(run, published=False, why=why)
    published = finish(session, prepared, judged, replace(story, notes=(f"{story.made} of {run.version}: {why}",)))
    return Outcome(published, published=True, why=why)


def arena_of(run: Run, prepared: Prepared) -> Arena:
    """The folds that neither the network that forecasts now nor one that is trained now has seen."""
    panel, window, parts = prepared.panel, prepared.window, prepared.parts
    since = max(_after(panel, run, DEPLOYED), parts.calibration)
    cutoffs = cutoffs_from(panel, window, since=since, stride=parts.stride, folds=None)
    return Arena(cutoffs, since, 0 if len(cutoffs) else since + window.horizon - panel.steps)


def _after(panel: Panel, run: Run, file: str) -> int:
    """The first step after all that a network of the run has seen; the table's end where that lies before it."""
    seen = np.array(run.manifest.borders.seen[file]).astype(panel.times.dtype)
    return int(np.searchsorted(panel.times, seen, side="right"))


def _too_few(run: Run, prepared: Prepared, arena: Arena) -> str:
    new = prepared.panel.steps - _after(prepared.panel, run, DEPLOYED)
    return (
        f"{counted(new, 'step')} came after what {run.version} has learned from, and a comparison of "
        f"{counted(prepared.window.horizon, 'step')} needs {arena.missing} more; nothing was trained"
    )


def _continued(run: Run, prepared: Prepared, story: Story) -> tuple[Prepared, Story]:
    """The same network with the run's weights to begin with, where these have not seen what it will be judged on."""
    panel, seen = prepared.panel, np.array(run.manifest.borders.seen[DEPLOYED])
    unfair = _after(panel, run, JUDGED) > prepared.parts.calibration or panel.times[-1] < seen.astype(panel.times.dtype)
    if unfair or WEIGHTS[JUDGED] not in run.manifest.files:
        why = "they have seen part of what it is judged on" if unfair else "this version does not hold them"
        return prepared, replace(story, notes=(f"trained from fresh weights: {why}",))
    told = prepare_table(prepared.config, prepared.table, run.manifest.shapes.channels)
    return told, replace(story, fitted=_shortened(told), warm=_weights(run, DEPLOYED))


def _weights(run: Run, network: str) -> bytes:
    return run.read(WEIGHTS[network])


def _shortened(prepared: Prepared) -> Prepared:
    """With a fifth of the updates, at a lower rate."""
    from forecaster.training.schedules import course_of, optimizer_of, options_of

    training = prepared.config.training
    steps = max(LEAST, round(SHARE * course_of(training, len(prepared.training)).total))
    options, name = options_of(training), optimizer_of(training)
    slower = options.model_copy(update={"learning_rate": SLOWER * options.learning_rate})
    optimizer = training.optimizer.model_copy(update={name: slower})
    shorter = training.model_copy(update={"steps": steps, "epochs": None, "optimizer": optimizer})
    return replace(prepared, config=prepared.config.model_copy(update={"training": shorter}))


def _duel(run: Run, challenger: Graph, prepared: Prepared, arena: Arena) -> tuple[bool, str]:
    """Whether the challenger is no worse, and the figures.

    The test is that of the verdict: worse is a challenger whose mean error is significantly above the champion's. Too
    few folds for a test are compared by their means.
    """
    shapes = run.manifest.shapes
    champion = Graph(run.read(DEPLOYED), shapes, shapes.scale)
    try:
        (old, cutoffs), (new, _) = (_errors(graph, prepared.panel, arena) for graph in (champion, challenger))
    except DataError as error:
        return False, f"no fold can be compared: {error.problems[0].what}"
    horizon = prepared.window.horizon
    word = compare(new, old, cutoffs, horizon)[0]
    few = word == "too few folds"
    won = bool(new.mean() <= old.mean()) if few else word != "worse"
    said = {"better": "better than", "no better": "no worse than", "worse": "worse than"}.get(
        word, "on average no worse than" if won else "on average worse than"
    )
    unit = "MAE" if len(prepared.panel) == 1 else "MASE"
    return won, (
        f"{said} {run.version} on {counted(len(cutoffs), 'fold')} that neither has seen "
        f"({unit} {number(float(new.mean()))} against {number(float(old.mean()))})"
    )


def _errors(graph: Graph, panel: Panel, arena: Arena) -> tuple[Floats, Ints]:
    folds = backtest(graph, panel, arena.cutoffs, graph.horizon)
    return fold_errors(folds, scales(panel.until(arena.since - 1)), graph.name)
