"""`forecast predict --template`: the rows to come, for somebody to say what is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.errors import UsageError, quoted
from forecaster.series.templates import template
from forecaster.store import write_file
from forecaster.workflows.locating import Source, locate
from forecaster.workflows.predict import read_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.workflows.request import Request
    from forecaster.workflows.training import Session


def write_template(csvs: Sequence[str], run: str | None, request: Request, session: Session, *, out: Path) -> None:
    """Write the rows after a table's newest one, with empty cells where something is known ahead.

    Args:
        csvs: One path.
        run: The run's name; by default the one that was trained on the table.
        request: Horizon and cutoff.
        session: Where runs lie.
        out: The file to write.

    Raises:
        UsageError: If there are several tables, or the file is the table.
        RunError: If there is no run.
        DataError: If the table cannot be read.
    """
    if len(csvs) > 1:
        raise UsageError(f"--template with {len(csvs)} tables", hint="write the template of one table at a time")
    source, place = Source(Path(csvs[0])), out.absolute()
    if place.resolve() == source.path_or_name.resolve():
        raise UsageError(f"--template {quoted(out)} is the table itself", hint="write it to another file")
    journal = session.journal
    opened = locate(source, run, session, wanted=request.wanted)
    journal.folder, journal.run, journal.version = opened.folder.absolute(), opened.name, opened.version
    table = read_for(opened, source, request, journal)
    text = template(table.panel, table.layout, request.horizon or opened.manifest.shapes.horizon)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_file(place, text.encode())
    journal.outputs.append(str(place))
