"""The records of a table as arrays: moments, series and values, in the order of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import Remedy, quoted, remedy
from forecaster.series.cells import blocks
from forecaster.series.extras import Beside, Extras, joined
from forecaster.series.selection import style_of
from forecaster.series.ticks import EPOCHS, is_utc
from forecaster.series.timestamps import STEPS, TimeReader, likely_unit, needs_zone
from forecaster.series.zones import zone_with

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.config.data import DataConfig
    from forecaster.series import Floats, Ints
    from forecaster.series.cells import Block, Columns, Faults, Texts
    from forecaster.series.dialect import Dialect
    from forecaster.series.rawfile import Raw
    from forecaster.series.timestamps import Reading

_LARGE = 8 * 2**20  # bytes from which pandas' start-up is worth its speed
_PARTS = {"year": "%Y", "yr": "%Y", "month": "%m", "mon": "%m", "mo": "%m", "day": "%d", "hour": "%H", "hr": "%H",
          "minute": "%M", "min": "%M", "second": "%S", "sec": "%S"}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rows:
    """A table's records.

    Attributes:
        times: (R,) microseconds or whole numbers.
        form: How the file writes them; empty for whole numbers.
        utc: Whether they are instants of UTC rather than local times.
        counts: Whether they are whole numbers, no moments.
        series: (R,) codes into `ids`.
        ids: The series in the order in which the file first names them; one empty name without an id column.
        values: (R, M) a column a target.
        lines: (R,) where each record begins.
        extras: The covariates.
        complete: Whether the file ends with a line end.
    """

    times: Ints
    form: str
    utc: bool
    counts: bool
    series: Ints
    ids: tuple[str, ...]
    values: Floats
    lines: Ints
    extras: Extras
    complete: bool


def read_rows(raw: Raw, dialect: Dialect, columns: Columns, data: DataConfig, faults: Faults) -> Rows:
    """Read all records.

    Raises:
        DataError: With every record that is ragged, and every cell that is no time, number or name.
    """
    reader = TimeReader(_given_form(data), data.time_unit, " ".join(data.time or ()))
    found = _blocks(raw, dialect, columns, data, faults)
    known: dict[str, int] = {}
    series, values, lines, beside = [], [], [], []
    for block in found:
        beside += [Beside(block.extras, block.lines)] if columns.extras else []
        series.append(_series(block, known, data, faults))
        values.append(block.values)
        lines.append(block.lines)
        if block.times is not None:
            _feed(reader, block, faults, complete=raw.data.endswith(b"\n"))
        faults.stop(at_once=False)
    if not lines:
        faults.add("header but no data rows", "check the export", line=dialect.header_line)
    faults.stop()
    _refuse_stopped(raw, dialect, columns, faults)
    extras = joined(beside, tuple(dialect.names[index] for index in columns.extras), style_of(data), faults)
    faults.stop()
    codes = np.concatenate(series)
    form, utc = STEPS, False
    if data.time is None:
        times = _counted(codes)
    else:
        reading = _settled(reader, data, faults)
        times = np.concatenate(reading.parts)
        if _from_names(data):
            reading.short |= frozenset("mdHMS") - reading.padded
        form, utc = reading.written, is_utc(reading.form) or bool(reading.offsets)
        form = form + _decimals(block) if form == STEPS else form
    return Rows(
        times,
        form,
        utc,
        data.time is None or reader.readings[0].form == STEPS,
        codes,
        tuple(known) or ("",),
        np.concatenate(values),
        np.concatenate(lines),
        extras,
        raw.data.endswith(b"\n"),
    )


def _counted(codes: Ints) -> Ints:
    """(R,) the place of each record within its series."""
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], codes[order])
    steps = np.empty(len(codes), dtype=np.int64)
    steps[order] = np.arange(len(codes)) - starts
    return steps


def _decimals(block: Block) -> str:
    """What follows the whole numbers of a time column: ".0" where they are written with a point."""
    last = "" if block.times is None else block.times.distinct[-1]
    return last[last.index(".") :] if "." in last else ""


def _blocks(raw: Raw, dialect: Dialect, columns: Columns, data: DataConfig, faults: Faults) -> Sequence[Block]:
    style = style_of(data)
    if len(raw.data) >= _LARGE:
        from forecaster.series.tables_large import large_blocks

        whole = large_blocks(raw, dialect, columns, style)
        if whole is not None:
            return whole
    return blocks(raw, dialect, columns, style, faults)  # type: ignore[return-value]


def _given_form(data: DataConfig) -> str | None:
    """The form the config says, or the one that the names of several columns say: [year, month, day, hour]."""
    if not _from_names(data):
        return data.time_format
    return " ".join(_PARTS[name.strip().casefold()] for name in data.time or ())


def _from_names(data: DataConfig) -> bool:
    names = [name.strip().casefold() for name in data.time or ()]
    return data.time_format is None and len(names) > 1 and all(name in _PARTS for name in names)


def _series(block: Block, known: dict[str, int], data: DataConfig, faults: Faults) -> Ints:
    if block.ids is None:
        return np.zeros(len(block.lines), dtype=np.int64)
    for code, text in enumerate(block.ids.distinct):
        if text == "":
            for row in np.flatnonzero(block.ids.codes == code):
                line = int(block.lines[row])
                faults.add("the series has no name", "fill the cell", line=line, subject=f"column {data.id}")
    codes: Ints = np.array([known.setdefault(text, len(known)) for text in block.ids.distinct], dtype=np.int64)
    return np.asarray(codes[block.ids.codes])


def _feed(reader: TimeReader, block: Block, faults: Faults, *, complete: bool) -> None:
    times: Texts = block.times  # type: ignore[assignment]
    bad = reader.feed(times.distinct, times.codes)
    if bad is None:
        return
    form = reader.readings[0].form if reader.readings else None
    for row in np.flatnonzero(bad[times.codes]):
        text = times.distinct[times.codes[row]]
        last = row == len(times.codes) - 1 and not complete
        faults.add(*_untimely(text, form, given=reader.given, cut_off=last), line=int(block.lines[row]),
                   subject=f"column {reader.name}")  # fmt: skip


def _untimely(text: str, form: str | None, *, given: bool, cut_off: bool) -> tuple[str, str]:
    if not text.strip():
        return "the time is missing", "fill the cell or remove the row"
    if cut_off:
        return (
            f"{quoted(text)} is cut off",
            "the file may still be being written: have the exporter write to a temporary name and rename it",
        )
    if form is None:
        return f"{quoted(text)} reads as no time", "set data.time_format, such as %d/%m/%Y, or name another column"
    if form in EPOCHS or form == STEPS:
        kind = "number since 1970" if form else "whole number, as the others are"
        return f"{quoted(text)} is not a {kind}", "correct the cell"
    source = "data.time_format says" if given else "the other rows are"
    return f"{quoted(text)} is not a time of the form {form}, as {source}", "correct the cell or remove the row"


def _settled(reader: TimeReader, data: DataConfig, faults: Faults) -> Reading:
    subject = f"column {reader.name}"
    both = reader.ambiguous()
    if both is not None:
        what = f"two readings fit every row: {' and '.join(both)}"
        mends = tuple(remedy("data.time_format", form, f"it is {_first_part(form)} first") for form in both)
        hint = f'set data.time_format: "{both[0]}" or "{both[1]}"'
        faults.add(what, hint, subject=subject, remedies=mends)
    reading = reader.finish()
    if needs_zone(reading) and data.timezone is None:
        ahead = sorted(reading.offsets)
        what = f"the times carry offsets to UTC ({len(ahead)} of them)"
        zone = zone_with(reading.offsets)
        mends = (remedy("data.timezone", zone, "the times are local to it"),)
        faults.add(what, f"set data.timezone, such as {zone}", subject=subject, remedies=mends)
    _check_numbers(reading, data, faults, subject)
    faults.stop()
    return reading


def _first_part(form: str) -> str:
    """What a form of dates begins with, in words."""
    return {"%d": "the day", "%m": "the month"}.get(form[:2], "the year")


def _check_numbers(reading: Reading, data: DataConfig, faults: Faults, subject: str) -> None:
    if reading.form not in EPOCHS and reading.form != STEPS:
        return
    values = np.concatenate(reading.parts) // EPOCHS.get(reading.form, 1)
    unit = likely_unit(values)
    if unit is None or unit == data.time_unit:
        return
    shown = f"{int(values[0])} is a time in {unit} since 1970, as the range of the column (1990 to 2100) says"
    instead = (("data.time_format", None),) if data.time_format is not None else ()
    mends = (Remedy((*instead, ("data.time_unit", unit))),)
    faults.add(shown, f"set data.time_unit: {unit}", subject=subject, remedies=mends)


def _refuse_stopped(raw: Raw, dialect: Dialect, columns: Columns, faults: Faults) -> None:
    """A file without a line end whose last row stops at a delimiter or in a number is still being written."""
    last = len(dialect.names) - 1
    if raw.data.endswith(b"\n"):
        return
    start = max(raw.data.rfind(dialect.delimiter.encode()), raw.data.rfind(b"\n")) + 1
    cell = raw.data[start:].decode("utf-8", "replace")
    numeric = last in {*columns.targets, *columns.numeric}
    if numeric and cell.rstrip('"').endswith((".", ",", "e", "E", "-", "+")):
        what = f"{quoted(cell)} stops in the middle of a number"
    elif last > 0 and not cell.strip() and last in {*columns.targets, *columns.extras, *columns.time, columns.id}:
        what = "the last line stops before its last cell, and has no line end"
    else:
        return
    hint = (
        "the file may still be being written: have the exporter write to a temporary name and rename it, or end the "
        "last line"
    )
    line = raw.data.count(b"\n") + 1
    faults.add(what, hint, line=line, subject=f"column {dialect.names[-1]}")
    faults.stop()
