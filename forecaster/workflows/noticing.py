"""What a table holds that a run does not know, or lacks: series that are new or gone, rows of the future, lost rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from forecaster.errors import DataError, quoted
from forecaster.runs.ledger import has_ledger, ledger
from forecaster.runs.ledger_entries import cutoffs
from forecaster.series.tables import ahead_of
from forecaster.workflows.names import source_of

if TYPE_CHECKING:
    from datetime import datetime

    from forecaster.runs.versions import Run
    from forecaster.series import Times
    from forecaster.series.tables import Table
    from forecaster.workflows.journal import Journal

_NAMED = 5  # series that are named


def notice_series(table: Table, run: Run, journal: Journal) -> None:
    """List the series of the training that the table lacks, and those that it has besides; neither is an error."""
    trained = run.manifest.table.series
    if not trained:
        return
    here = {*table.panel.ids, *table.empty}
    gone = [name for name in trained if name not in here]
    journal.series.update({name: {"status": "skipped", "why": "it is gone from the table"} for name in gone})
    known = set(trained)
    new = [name for name in table.panel.ids if name not in known]
    for names, what in ((gone, "gone since the training"), (new, "new since the training")):
        if names:
            verb = "is" if len(names) == 1 else "are"
            shown = ", ".join(map(quoted, names[:_NAMED])) + (" ..." if len(names) > _NAMED else "")
            journal.warn([f"{len(names)} series {verb} {what}: {shown}"])


def notice_future(table: Table, now: datetime, journal: Journal, *, strict: bool) -> None:
    """Say so where the newest row lies in the future: somebody mistyped its date.

    Raises:
        DataError: If `strict`.
    """
    words = ahead_of(table.panel, now)
    if words is None:
        return
    if strict:
        raise DataError(words, hint="correct its date, or leave out --strict", file=table.file)
    journal.warn([words])


def is_own(run: Run, table: Table) -> bool:
    """Whether a table is the one that the run was trained on, under the same name or another date.

    A run that is named serves any table with its columns and clock; only its own changes it.
    """
    here, recorded = Path(table.file), Path(run.manifest.table.path)
    same = source_of(table.file) == source_of(str(recorded))
    return same and (here.resolve().parent == recorded.parent or not (here.exists() and recorded.exists()))


def notice_shrunk(table: Table, run: Run, now: datetime, journal: Journal, *, strict: bool) -> bool:
    """Whether rows are gone that the run has forecast from, or was trained on: a fault, told in the results.

    Rows of the future do not count: once a mistyped date is mended, nothing is missing.

    Raises:
        DataError: If `strict`.
    """
    if not is_own(run, table):
        return False
    panel = table.panel
    last = panel.times[-1:]
    seen = [int(np.array(run.manifest.table.newest).astype(last.dtype).astype(np.int64))]
    if has_ledger(run.folder):
        with ledger(run.folder) as book:
            seen += cutoffs(book, source_of(table.file))
    moments = cast("Times", np.array(seen).astype(last.dtype))
    if last.dtype.kind == "M":
        moments = moments[panel.clock.instants(moments) <= now.timestamp() * 1e6]
    lost = moments[np.greater(moments, last)]
    if not lost.size:
        return False
    here, there = panel.clock.label(last)[0], panel.clock.label(lost.max(keepdims=True))[0]
    what = f"the newest row is {here}, and the run has seen {there}: rows are missing from the table"
    if strict:
        raise DataError(what, hint="export it whole, or leave out --strict", file=table.file)
    journal.faults.append(what)
    return True
