"""Tables on disk to panels, and forecasts back to tables: the door to reading and writing CSV.

`rawfile` reads bytes, `dialect` finds delimiter and header, `cells` (or, for large files, `tables_large`) cuts the
records into columns, `timestamps` reads the times, `rows` puts them in order, `grid` lays them on a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from forecaster.config.quantities import parse_span
from forecaster.series.cells import Faults
from forecaster.series.dialect import sniff
from forecaster.series.grid import Holes, holes, lay
from forecaster.series.profile import ColumnProfile, Profile, profile
from forecaster.series.rawfile import read_raw
from forecaster.series.rows import read_rows
from forecaster.series.selection import select
from forecaster.series.templates import template
from forecaster.series.ticks import MICROSECONDS, lasting
from forecaster.series.writing import OUR_COLUMNS, Layout, refuse_ours, write_forecast

if TYPE_CHECKING:
    from forecaster.config.data import DataConfig
    from forecaster.series.panel import Panel

__all__ = [
    "OUR_COLUMNS",
    "ColumnProfile",
    "Holes",
    "Layout",
    "Profile",
    "Table",
    "ahead_of",
    "holes",
    "profile",
    "read_table",
    "stale",
    "template",
    "write_forecast",
]
LIMIT = 2 * 2**30


@dataclass(frozen=True, eq=False)
class Table:
    """A file that has become a panel.

    Attributes:
        panel: Its series, by id and target in the order in which the file first names them.
        layout: How forecasts from it are written.
        notes: What was sorted, dropped or filled, one sentence each.
        sha256: Of the file's bytes.
        rows: Records in the file.
        file: The path for messages.
        empty: Series without a single number; they are not in the panel.
    """

    panel: Panel
    layout: Layout
    notes: tuple[str, ...]
    sha256: str
    rows: int
    file: str
    empty: tuple[str, ...] = ()


def read_table(data: DataConfig, *, limit: int = LIMIT, content: bytes | None = None, strict: bool = False) -> Table:
    """Read a table, and refuse whatever allows two readings.

    Args:
        data: Where the table lies (an absolute path) and how to read it.
        limit: The most bytes that are read, also after unpacking.
        content: The bytes of a table that came through a pipe.
        strict: Whether a last value out of all proportion is an error and not a note.

    Raises:
        DataError: If the table cannot become a panel, with every line that is in the way.
        ConfigError: If the config names an encoding, a zone, a form of time or a step that does not exist.
    """
    raw = read_raw(data.path, limit=limit, encoding=data.encoding, content=content)
    dialect = sniff(raw.data, skip=data.skip_lines, file=raw.file)
    refuse_ours(dialect.names, raw.file)
    faults = Faults(raw.file)
    columns, notes = select(raw, dialect, data)
    rows = read_rows(raw, dialect, columns, data, faults)
    targets = tuple(dialect.names[index] for index in columns.targets)
    layout = Layout(
        tuple(dialect.names[index] for index in columns.time),
        None if columns.id is None else dialect.names[columns.id],
        targets,
        dialect.delimiter,
        data.decimal,
        data.thousands,
        data.past,
        tuple(known.column for known in data.known),
        data.static,
        dialect.names,
    )
    laid = lay(rows, targets, data, file=raw.file, strict=strict)
    return Table(laid.panel, layout, (*notes, *laid.notes), raw.sha256, len(rows.lines), raw.file, laid.empty)


def stale(panel: Panel, max_age: str, now: datetime) -> str | None:
    """Whether the newest row is older than `max_age`, in words; None if it is fresh, or the clock counts steps.

    Args:
        panel: The series.
        max_age: A span such as 3d; months are 30 days, business days as the calendar has them.
        now: With a zone.
    """
    clock = panel.clock
    if clock.kind == "step" or not len(panel.times):
        return None
    newest = panel.times[-1:]
    moment = int(clock.instants(newest)[0])
    today = round((now.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)
    count, unit = parse_span(max_age)
    if unit == "b":
        days = np.array([moment, today]).astype("datetime64[us]").astype("datetime64[D]")
        age, most = int(np.busday_count(days[0], days[1])), count
    else:
        age, most = today - moment, lasting(max_age)
    if age <= most:
        return None
    elapsed = age if unit == "b" else (today - moment) // MICROSECONDS["d"]
    words = f"{elapsed} business days" if unit == "b" else _age(today - moment)
    return f"last row ({clock.label(newest)[0]}) is {words} old; max_age is {max_age}"


def ahead_of(panel: Panel, now: datetime) -> str | None:
    """Whether the newest row lies in the future, in words; None if it does not, or the clock counts steps.

    A row may be labelled by the end of its step, and in a zone that is ahead of ours: one step and a day are allowed.

    Args:
        panel: The series.
        now: With a zone.
    """
    clock = panel.clock
    if clock.kind == "step" or not len(panel.times):
        return None
    ends = clock.instants(np.concatenate([panel.times[-1:], clock.after(panel.times, 1)]))
    today = round((now.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6)
    ahead = int(ends[0]) - today
    if ahead <= int(ends[1] - ends[0]) + MICROSECONDS["d"]:
        return None
    return f"the newest row ({clock.label(panel.times[-1:])[0]}) lies {_age(ahead)} ahead of now"


def _age(microseconds: int) -> str:
    for unit, name in (("d", "day"), ("h", "hour"), ("min", "minute"), ("s", "second")):
        count = microseconds // MICROSECONDS[unit]
        if count >= 1:
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "under a second"
