"""Which columns of a file are read: those the config names, or every one with numbers."""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING

from forecaster.errors import DataError, quoted, remedy
from forecaster.series.cells import Columns
from forecaster.series.dialect import column_index, listed, looks_like_data, records
from forecaster.series.numbers import NumberStyle
from forecaster.series.timestamps import reads_as_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.config.data import DataConfig
    from forecaster.series.dialect import Dialect
    from forecaster.series.rawfile import Raw

EVERY = "*"
_SAMPLE = 200  # records from which a column's kind is read
_SAMPLE_BYTES = 1 << 20


def style_of(data: DataConfig) -> NumberStyle:
    """How the config says numbers are written."""
    return NumberStyle(data.decimal, data.thousands, frozenset(text.strip() for text in data.missing))


def sample(raw: Raw, dialect: Dialect, most: int = _SAMPLE) -> list[list[str]]:
    """The first records with as many fields as the header; ragged ones are left for the reader to report."""
    head = raw.data[dialect.body : dialect.body + _SAMPLE_BYTES].decode("utf-8", "ignore")
    whole = head if len(raw.data) <= dialect.body + _SAMPLE_BYTES else head[: head.rfind("\n") + 1]
    found: list[list[str]] = []
    try:
        for record in islice(records(io.StringIO(whole, newline=""), dialect.delimiter), most):
            found += [record.cells] if len(record.cells) == len(dialect.names) else []
    except DataError:
        return found  # a quote left open: the reader of all records says where
    return found


def select(raw: Raw, dialect: Dialect, data: DataConfig) -> tuple[Columns, list[str]]:
    """The places of the columns that the config names, and notes on those left out.

    Raises:
        DataError: If a column is missing or stands there twice, if a column that reads as times is not used, or if
            no column has numbers.
    """
    time = tuple(column_index(dialect, name, "data.time", raw.file) for name in data.time or ())
    identity = None if data.id is None else column_index(dialect, data.id, "data.id", raw.file)
    rows = sample(raw, dialect)
    used = {*time, *(() if identity is None else (identity,))}
    extras = _extras(dialect, data, raw.file)
    notes: list[str] = []
    if data.target == (EVERY,):
        targets, notes = _numeric(rows, dialect, {*used, *extras}, style_of(data), raw.file)
    else:
        targets = tuple(column_index(dialect, name, "data.target", raw.file) for name in data.target)
    _refuse_overlap(used, targets, dialect, raw.file)
    if not time:
        _refuse_unused_time(rows, dialect, {*used, *targets, *extras}, raw.file)
    numeric = {index for index in extras if is_numeric([row[index] for row in rows], style_of(data))}
    return Columns(time, identity, targets, extras, frozenset(numeric)), notes


def _extras(dialect: Dialect, data: DataConfig, file: str) -> tuple[int, ...]:
    """The places of the covariates: those of the past, those known ahead, those of a whole series."""
    named = {"data.past": data.past, "data.known": [known.column for known in data.known], "data.static": data.static}
    return tuple(column_index(dialect, name, key, file) for key, names in named.items() for name in names)


def _refuse_overlap(used: set[int], targets: Sequence[int], dialect: Dialect, file: str) -> None:
    both = [index for index in targets if index in used]
    if both:
        raise DataError(
            f"column {quoted(dialect.names[both[0]])} is both a target and the time or the id",
            hint="name another column in data.target",
            file=file,
            line=dialect.header_line,
            subject="data.target",
        )


def _numeric(
    rows: Sequence[Sequence[str]], dialect: Dialect, used: set[int], style: NumberStyle, file: str
) -> tuple[tuple[int, ...], list[str]]:
    rest = [index for index in range(len(dialect.names)) if index not in used and dialect.names[index]]
    if looks_like_data(dialect.names):
        column_index(dialect, EVERY, "data.target", file)
    for index in rest:
        column_index(dialect, dialect.names[index], "data.target", file)
    numeric = [index for index in rest if is_numeric([row[index] for row in rows], style)]
    if not numeric:
        raise DataError(
            f"no column has numbers; the columns are {listed(dialect.names)}",
            hint="check data.decimal and data.thousands",
            file=file,
            subject="data.target",
        )
    left = [dialect.names[index] for index in rest if index not in numeric]
    return tuple(numeric), [f"columns without numbers are left out: {listed(left)}"] if left else []


def is_numeric(cells: Sequence[str], style: NumberStyle) -> bool:
    """Whether a column is one of numbers: nearly every cell is one, or means that there is none."""
    values, bad = style.read(cells)
    numbers = int((values == values).sum())  # noqa: PLR0124  (NaN is not equal to itself)
    return numbers > 0 and len(bad) * 20 <= numbers


def _refuse_unused_time(rows: Sequence[Sequence[str]], dialect: Dialect, used: set[int], file: str) -> None:
    for index, name in enumerate(dialect.names):
        cells = [row[index].strip() for row in rows]
        form = reads_as_time(cells, name) if index not in used else None
        if form is not None:
            raise DataError(
                f"column {quoted(name)} reads as times ({quoted(cells[0])}), and data.time is not set",
                hint=f"set data.time: {name}",
                file=file,
                line=dialect.body_line,
                subject="data.time",
                remedies=(remedy("data.time", name),),
            )
