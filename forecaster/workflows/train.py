"""`forecast train`: fit a config to its table, judge the network, and publish a run."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from forecaster.config.durations import seconds_of
from forecaster.errors import ConfigError, UnusableError, about
from forecaster.store import lock, preflight, remove, sweep
from forecaster.workflows.assessing import assess
from forecaster.workflows.fitting import Trained, checkpoints_of, fit_deployed, fit_judged
from forecaster.workflows.generate import ensure_table
from forecaster.workflows.journal import Journal, far
from forecaster.workflows.names import NO_SKILL, RUNS
from forecaster.workflows.preparing import Prepared, prepare, read
from forecaster.workflows.publishing import Candidate, publish_version
from forecaster.workflows.training import Session
from forecaster.workflows.watching import Watch, unwatched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from forecaster.config.schema import Config
    from forecaster.evaluation.report import Report
    from forecaster.runs.versions import Run
    from forecaster.workflows.trials import Budget


@dataclass(frozen=True)
class Story:
    """How a network came about.

    Attributes:
        made: As `Manifest.made`.
        fitted: With the training that the judged network had, where that is not the config's.
        warm: The weights that the deployed network begins with; fresh ones by default.
        notes: For a reader of the manifest.
    """

    made: str = "train"
    fitted: Prepared | None = None
    warm: bytes | None = None
    notes: tuple[str, ...] = ()


TRAINED = Story()


def train(
    config: Config | Path | str,
    *,
    runs: Path = RUNS,
    overrides: Sequence[str] = (),
    budget: float | str | None = None,
    seconds: float | None = None,
    watch: Watch = unwatched,
    journal: Journal | None = None,
) -> Run:
    """Fit `config` to its table, score the network on folds it has not seen, and publish it as a run.

    Args:
        config: A config, or the path of its YAML.
        runs: The folder of all runs.
        overrides: `key=value` of the config, the last word.
        budget: Seconds on two cores, or a length such as `10m`: counted in arithmetic, it buys a comparison of
            variations of the config on the validation part, and more networks of the best.
        seconds: Stop training after so long, and publish the best network so far.
        watch: Called after every epoch.
        journal: Filled in on the way.

    Returns:
        The run, at the version that was published.

    Raises:
        ConfigError: If the config cannot be read or does not fit its table.
        DataError: If the table is not a panel, or is too short for the config.
        UnusableError: If training diverges, or the network has no skill and the config says `on_no_skill: fail`.
        LockedError: If another process is at work on the run.
        SystemFault: If the run cannot be written.
    """
    session = Session(runs, watch=watch, journal=journal or Journal())
    bought = seconds_of(budget) if isinstance(budget, str) else budget
    return train_in(session.limited(seconds), config, overrides=overrides, budget=bought)


def train_in(
    session: Session, config: Config | Path | str, *, overrides: Sequence[str] = (), budget: float | None = None
) -> Run:
    """As `train`, in a session.

    Raises:
        ForecasterError: As `train`.
    """
    journal = session.journal
    with journal.timed("total"):
        resolved = read(config, overrides)
        journal.run = resolved.name
        if ensure_table(resolved):
            journal.choose("data.path", f"written, for there was no {resolved.data.path}")
        with journal.timed("read"), about("config" if resolved is config else str(config), ConfigError):
            prepared = prepare(resolved)
        if budget is None:
            return train_prepared(session, prepared)
        from forecaster.workflows.trials import Budget  # a night of plain forecasts loads nothing of it

        return train_prepared(session, prepared, Budget(budget, resolved))


def train_prepared(session: Session, prepared: Prepared, budget: Budget | None = None) -> Run:
    """Train, judge, train once more on everything, publish: under the run's lock from beginning to end.

    Raises:
        ForecasterError: As `train`.
    """
    note(session.journal, prepared)
    with holding(session, prepared.name):
        story = TRAINED
        if budget is not None:
            from forecaster.workflows.searching import search

            with session.journal.timed("search"):
                bought = search(session, prepared, budget)
            prepared, story = bought.prepared, replace(TRAINED, notes=bought.notes)
        with session.journal.timed("training"):
            judged = fit_judged(prepared, session)
        return finish(session, prepared, judged, story)


def note(journal: Journal, prepared: Prepared) -> None:
    """Tell of the table that a training starts from."""
    journal.inputs.append({"file": prepared.table.file, "sha256": prepared.table.sha256})
    journal.warn((*prepared.table.notes, *prepared.parts.notes))


@contextmanager
def holding(session: Session, name: str) -> Iterator[None]:
    """Hold a run alone, swept and writable.

    Raises:
        LockedError: If another process is at work on it.
        SystemFault: If it cannot be written.
    """
    folder = session.runs / name
    with lock(folder, wait=session.wait):
        sweep(folder)
        if checkpoints_of(session.runs, name).is_dir():
            sweep(checkpoints_of(session.runs, name))
        preflight(folder)
        session.journal.at(folder)
        session.journal.warn(far(folder))
        yield


def finish(session: Session, prepared: Prepared, judged: Trained, story: Story = TRAINED) -> Run:
    """Judge a trained network, train it once more on everything, and publish it; the caller holds the run's lock.

    Raises:
        ForecasterError: As `train`.
    """
    journal = session.journal
    with journal.timed("assessment"):
        assessment = assess(judged.graph, prepared.panel, prepared.config, prepared.parts)
    _refuse_without_skill(prepared.config, assessment.report)
    with journal.timed("refit"):
        deployed = _refit(prepared, judged, session, story)
    run = publish_version(session.runs, prepared, Candidate(judged, deployed, assessment, story.made, story.notes))
    remove(checkpoints_of(session.runs, prepared.name))
    journal.version = run.version
    journal.verdict = assessment.report.verdict_text
    journal.warn(assessment.report.notes)
    if "time" in {judged.fitted.stopped, deployed.fitted.stopped}:
        journal.faults.append("--time-limit was reached: the best network so far was published")
    return run


def _refit(prepared: Prepared, judged: Trained, session: Session, story: Story) -> Trained:
    """The network that is published: the judged one itself without a refit, or where the time is up before it."""
    if not prepared.config.training.refit or judged.fitted.stopped == "time":
        return judged
    return fit_deployed(story.fitted or prepared, judged.fitted.courses, session, warm=story.warm)


def _refuse_without_skill(config: Config, report: Report) -> None:
    if config.evaluation.on_no_skill == "fail" and report.verdict in NO_SKILL:
        raise UnusableError(
            f"{report.verdict_text}, and the config says not to publish such a network",
            hint="change the network, or set evaluation.on_no_skill: warn",
            subject="evaluation.on_no_skill",
        )
