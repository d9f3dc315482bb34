"""A challenger from fresh weights, once the forecast is out: where the network is old, or errs more than it did."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import ForecasterError, LockedError
from forecaster.runs.ledger import ledger
from forecaster.runs.ledger_trainings import last_training, note_training
from forecaster.runs.versions import open_run
from forecaster.series.ticks import lasting
from forecaster.workflows.challenge import challenge
from forecaster.workflows.noticing import is_own
from forecaster.workflows.score import live
from forecaster.workflows.train import holding

if TYPE_CHECKING:
    from forecaster.runs.versions import Run
    from forecaster.series.panel import Panel
    from forecaster.series.tables import Table
    from forecaster.workflows.training import Session

KIND = "retrain"


def retrain_if_due(run: Run, table: Table, session: Session, *, now: datetime) -> None:
    """Honour the config's `retrain`; the forecast is out, so that nothing here keeps it back.

    Another process at work on the run puts it off until the next night; a training that cannot be made is a fault,
    and is tried again after the same time as one that could.

    Args:
        run: The version that has just forecast.
        table: As it was read for that, whole.
        session: The circumstances.
        now: With a zone.
    """
    journal, why = session.journal, None
    if not is_own(run, table):
        return
    try:
        why = due(run, table, now)
        if why is None:
            return
        if session.late:
            journal.warn(["the network is due to be trained anew, but --time-limit was reached"])
            return
        with holding(session, run.name):
            opened = open_run(session.runs, run.name)
            if opened.version == run.version:
                done = challenge(opened, table, session, warm=False)
                if done.trained:  # else the next nights bring what the two can meet on
                    _note(done.run, now, "published" if done.published else "kept", f"{why}; {done.why}")
                journal.choose("retrain", f"{why}; {done.why}")
    except LockedError:
        journal.warn(["the network is due to be trained anew, but another process is at work on the run"])
    except ForecasterError as error:
        journal.faults.append(f"the network is due to be trained anew, and could not be: {error.lines()[0]}")
        if why is not None:
            with suppress(ForecasterError):  # a ledger that cannot be written has been told of already
                _note(run, now, "failed", f"{why}; {error.lines()[0]}")


def due(run: Run, table: Table, now: datetime) -> str | None:
    """Why a network is to be trained anew; None if it is not."""
    rule, since = run.config().retrain, _since(run)
    if rule.every is not None:
        age = now - since
        if age >= timedelta(microseconds=lasting(rule.every)):
            return f"the last training was {age.days} days ago; retrain.every is {rule.every}"
    if rule.if_drift and now - since >= _reach(table.panel, run.manifest.shapes.horizon):
        report = live(run, table)
        return report.because if report.retrain else None
    return None


def _since(run: Run) -> datetime:
    """When the version was made, or the last challenger was tried where that is later."""
    created = datetime.fromisoformat(run.manifest.created)
    with ledger(run.folder) as book:
        tried = last_training(book, kind=KIND)
    return created if tried is None else max(created, tried.moment)


def _reach(panel: Panel, horizon: int) -> timedelta:
    """How long a drift that a challenger did not mend is left alone: a horizon, and at least a day."""
    moments = panel.times[[max(0, panel.steps - 1 - horizon), -1]]
    if moments.dtype.kind != "M":
        return timedelta(days=1)
    return max(timedelta(days=1), timedelta(microseconds=int(np.diff(moments.astype(np.int64))[0])))


def _note(run: Run, now: datetime, outcome: str, why: str) -> None:
    """Enter an attempt. One that a signal ended is none: the next night begins it again, or goes on with it."""
    version = run.version if outcome == "published" else None
    with ledger(run.folder) as book:
        note_training(book, kind=KIND, outcome=outcome, version=version, why=why, at=now)
