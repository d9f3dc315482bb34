"""`forecast check --fix`: a repaired copy of a table, never the table itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from forecaster.errors import UsageError, quoted
from forecaster.series.repairing import repaired
from forecaster.store import write_file

if TYPE_CHECKING:
    from forecaster.config.schema import Config

_SHOWN = 10  # notes


def repair(config: Config, out: Path) -> list[str]:
    """Write the copy, whole or not at all, and say what was done.

    Raises:
        UsageError: If the copy would lie where the table lies.
        DataError: If the table cannot become a panel.
    """
    table, place = Path(config.data.path), out.absolute()
    refuse_original(table, place)
    done = repaired(config.data, limit=config.limits.csv_bytes)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_file(place, done.content)
    rows = f"{done.rows} rows" if done.rows == done.before else f"{done.rows} rows for {done.before}"
    more = [f"and {len(done.notes) - _SHOWN} more notes"] if len(done.notes) > _SHOWN else []
    return [f"{place}: written, {rows}", *(f"note      {note}" for note in done.notes[:_SHOWN]), *more]


def refuse_original(table: Path, out: Path) -> None:
    """Refuse to write over the table, also by way of a link.

    Raises:
        UsageError: If both are one file.
    """
    same = out.exists() and table.exists() and out.samefile(table)
    if same or out.resolve() == table.resolve():
        raise UsageError(f"--fix {quoted(out)} is the table itself", hint="give the copy a name of its own")
