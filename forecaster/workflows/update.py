"""`forecast update`: online learning, and a new version only where it is no worse than the one that forecasts now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.errors import DataError, about
from forecaster.runs.versions import open_run
from forecaster.workflows.challenge import Outcome, challenge
from forecaster.workflows.evaluate import chosen_run
from forecaster.workflows.journal import Journal
from forecaster.workflows.names import RUNS
from forecaster.workflows.tables import read_again
from forecaster.workflows.train import holding
from forecaster.workflows.training import Session
from forecaster.workflows.watching import Watch, unwatched

if TYPE_CHECKING:
    from forecaster.runs.versions import Run


def update(
    run: Run | str | None = None,
    csv: Path | str | None = None,
    *,
    runs: Path = RUNS,
    seconds: float | None = None,
    watch: Watch = unwatched,
    journal: Journal | None = None,
) -> Outcome:
    """Train a run's network further on the newer rows of its table, and publish it if it is no worse.

    The challenger begins with the run's weights and makes a fifth of a training's updates. It meets the network that
    forecasts now on folds that neither has seen; unless it is significantly worse there, it is trained further on the
    whole table and published. The version before it stays.

    Args:
        run: A run, its name, or None for the only one.
        csv: Another table with the run's columns and clock; by default the one that the run was trained on.
        runs: The folder of all runs.
        seconds: Stop training after so long.
        watch: Called after every epoch.
        journal: Filled in on the way.

    Raises:
        RunError: If the run is missing or damaged, or the table has another clock.
        DataError: If the table cannot be read, or is too short.
        UnusableError: If training diverges.
        LockedError: If another process is at work on the run.
        SystemFault: If the run cannot be written.
    """
    session = Session(runs, watch=watch, journal=journal or Journal()).limited(seconds)
    return update_in(session, run, csv)


def update_in(session: Session, run: Run | str | None, csv: Path | str | None) -> Outcome:
    """As `update`, in a session.

    Raises:
        ForecasterError: As `update`.
    """
    journal = session.journal
    named = chosen_run(run, session.runs)
    journal.folder, journal.run, journal.version = named.folder.absolute(), named.name, named.version
    with journal.timed("total"), holding(session, named.name):
        opened = open_run(session.runs, named.name)  # as it is now that nobody else is at work on it
        config = opened.config()
        path = Path(csv or config.data.path)
        with journal.timed("read"):
            table = read_again(opened, config, path)
        with about(path.absolute(), DataError):
            outcome = challenge(opened, table, session, warm=True)
    journal.choose("version", outcome.why)
    return outcome
