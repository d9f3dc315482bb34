"""A run's table read again: the same columns, the same clock, newer rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.errors import RunError
from forecaster.series.tables import Table, read_table

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.config.schema import Config
    from forecaster.runs.versions import Run


def read_again(run: Run, config: Config, path: Path, *, content: bytes | None = None, strict: bool = False) -> Table:
    """A table read as the run's own was.

    Args:
        run: The run.
        config: Its config.
        path: The table.
        content: Its bytes, where it is not a file.
        strict: Whether doubtful input is an error.

    Raises:
        DataError: If the table cannot be read.
        RunError: If its clock is another than the run's.
    """
    data = config.data.model_copy(update={"path": str(path.absolute())})
    table = read_table(data, limit=config.limits.csv_bytes, content=content, strict=strict)
    trained, found = run.clock, table.panel.clock
    if (trained.kind, trained.every) == (found.kind, found.every):
        return table
    if trained.kind == "weekday" and found.daylong:
        # A row on a weekend makes days of business days: read as those, the error names its line.
        read_table(
            data.model_copy(update={"freq": f"{trained.every}b"}), limit=config.limits.csv_bytes, content=content
        )
    raise RunError(
        f"the model expects {trained.describe()} between rows, the file has {found.describe()}",
        hint="name the run of such a table with --run, or train one",
        file=table.file,
    )
