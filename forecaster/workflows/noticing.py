"""What a table holds that the training did not know: series that are new or gone, and rows of the future."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.errors import DataError, quoted
from forecaster.series.tables import ahead_of

if TYPE_CHECKING:
    from datetime import datetime

    from forecaster.runs.versions import Run
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
