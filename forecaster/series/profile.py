"""What a file seems to hold: which columns are times, numbers, names and texts. For the automatic choice."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Literal

from forecaster.errors import DataError, about, quoted, remedy
from forecaster.series.dialect import delimiter_name, looks_like_data, ragged, records, sniff
from forecaster.series.numbers import TWO_READINGS, NumberStyle
from forecaster.series.rawfile import read_raw
from forecaster.series.selection import is_numeric
from forecaster.series.timestamps import reads_as_time
from forecaster.series.writing import refuse_ours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.config.data import DataConfig
    from forecaster.series.dialect import Dialect

MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"})
_ROWS = 200_000  # records that are looked at
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_SAMPLE = 1000
_TITLES = 20  # lines that are looked at where none fits the header
_FEW_NAMES = 2  # rows for each name, on average, from which a column can tell series apart


@dataclass(frozen=True)
class ColumnProfile:
    """One column.

    Attributes:
        name: As in the header.
        kind: What its cells read as.
        form: Of times: how they are written; `s`, `ms` or `us` for numbers since 1970.
        distinct: How many different cells it has.
        empty: How many cells mean that there is no value.
        constant: Whether it is the same in all rows of a series, where there are several.
    """

    name: str
    kind: Literal["time", "number", "text", "empty"]
    form: str | None
    distinct: int
    empty: int
    constant: bool = False


@dataclass(frozen=True)
class Profile:
    """One file.

    Attributes:
        file: The path for messages.
        delimiter: Between fields.
        decimal: In numbers.
        columns: In the order of the header.
        rows: Records.
        time: The column or columns of the time; none where rows can only be counted.
        time_form: How it is written, as far as one column says.
        numbers: Columns of numbers, in order, without those of the time.
        id: The column that tells series apart: times repeat, but not within it.
        texts: Columns that are none of these.
        sha256: Of the file's bytes.
    """

    file: str
    delimiter: str
    decimal: Literal[".", ","]
    columns: tuple[ColumnProfile, ...]
    rows: int
    time: tuple[str, ...] | None
    time_form: str | None
    numbers: tuple[str, ...]
    id: str | None
    texts: tuple[str, ...]
    sha256: str = ""


def profile(
    path: str, *, content: bytes | None = None, limit: int = 2 * 2**30, data: DataConfig | None = None
) -> Profile:
    """Look at a file without a config.

    Args:
        path: An absolute path.
        content: Its bytes, where they came through a pipe.
        limit: The most bytes that are read.
        data: What is known of it already: encoding, lines above the header, how numbers are written.

    Raises:
        DataError: If it is no table, has no header or holds a forecast of ours.
    """
    raw = read_raw(path, limit=limit, encoding=data.encoding if data else "utf-8", content=content)
    dialect = sniff(raw.data, skip=data.skip_lines if data else 0, file=raw.file)
    refuse_ours(dialect.names, raw.file)
    if looks_like_data(dialect.names):
        shown = dialect.delimiter.join(dialect.names)
        raise DataError(f"the first line looks like data: {quoted(shown)}", file=raw.file, line=dialect.header_line,
                        hint="write a header line with the names of the columns above it")  # fmt: skip
    rows = _records(raw.data, dialect)
    if not rows:
        raise _unlike(raw.data, dialect, raw.file)
    cells = [[cell.strip() for cell in column] for column in zip(*rows, strict=True)]
    told = data is not None and (data.decimal != "." or data.thousands is not None)
    decimal = data.decimal if data is not None and told else _decimal(cells, dialect)
    if decimal == "," and not told:
        _refuse_two_readings(dialect.names, cells, raw.file, dialect.header_line)
    style = NumberStyle(decimal, data.thousands if data else None, frozenset(data.missing) if data else MISSING)
    columns = tuple(_column(n, c, style) for n, c in zip(dialect.names, cells, strict=True))
    time = _time(columns)
    numbers = tuple(c.name for c in columns if c.kind == "number" and c.name not in (time or ()) and c.name)
    identity = _identity(columns, cells, time)
    if identity is not None:
        columns = _with_constants(columns, cells, identity)
    texts = tuple(c.name for c in columns if c.kind in ("text", "empty") and c.name != identity)
    count = len(rows) if len(rows) < _ROWS else raw.data.count(b"\n", dialect.body)
    form = next((c.form for c in columns if time == (c.name,)), None)
    return Profile(
        raw.file, dialect.delimiter, decimal, columns, count, time, form,
        tuple(name for name in numbers if name != identity), identity, texts, raw.sha256,
    )  # fmt: skip


def _unlike(data: bytes, dialect: Dialect, file: str) -> DataError:
    """The error of a file of which no line has as many fields as the header: the first of them, or titles above it."""
    stream = io.TextIOWrapper(io.BytesIO(data[dialect.body :]), encoding="utf-8", errors="replace", newline="")
    lines = islice(records(stream, dialect.delimiter, above=dialect.body_line - 1), _TITLES)
    with about(file):
        found = [(record.line, len(record.cells), record.cells) for record in lines]
    line, fields, cells = found[0]
    if fields < len(dialect.names) or len({count for _, count, _ in found}) > 1 or len(found) == 1:
        last = found[-1][0] == line
        error = ragged(cells, dialect, line=line, is_last=last, cut_off=not data.endswith(b"\n"))
        return DataError.of([replace(problem, file=file) for problem in error.problems])
    if looks_like_data(cells):
        return DataError(
            f"{fields} fields, header has {len(dialect.names)} (delimiter {delimiter_name(dialect.delimiter)})",
            hint="a decimal comma or an unquoted comma? export with semicolons, or quote the cell",
            file=file,
            line=line,
        )
    return DataError(
        f"{fields} fields, and {len(dialect.names)} on the line above (delimiter {delimiter_name(dialect.delimiter)})",
        hint=f"if title lines stand above the header, set data.skip_lines: {line - 1}",
        file=file,
        line=line,
        remedies=(remedy("data.skip_lines", line - 1, f"the header stands on line {line}"),),
    )


def _records(data: bytes, dialect: Dialect) -> list[list[str]]:
    stream = io.TextIOWrapper(io.BytesIO(data[dialect.body :]), encoding="utf-8", errors="replace", newline="")
    found: list[list[str]] = []
    try:
        for record in islice(records(stream, dialect.delimiter), _ROWS):
            found += [record.cells] if len(record.cells) == len(dialect.names) else []
    except DataError:
        return found  # reading the whole table says where the quote opened
    return found


def _decimal(cells: Sequence[Sequence[str]], dialect: Dialect) -> Literal[".", ","]:
    """A decimal comma, where some column reads as numbers with it and none that has a point reads without."""
    if dialect.delimiter == ",":
        return "."
    point, comma = NumberStyle(".", None, MISSING), NumberStyle(",", None, MISSING)
    heads = [column[:_SAMPLE] for column in cells]
    only_comma = any(is_numeric(head, comma) and not is_numeric(head, point) for head in heads)
    only_point = any(is_numeric(head, point) and not is_numeric(head, comma) for head in heads)
    return "," if only_comma and not only_point else "."


def _refuse_two_readings(names: Sequence[str], cells: Sequence[Sequence[str]], file: str, header: int) -> None:
    """A comma before three digits in every cell may be a decimal comma or stand between thousands: nobody guesses."""
    for name, column in zip(names, cells, strict=True):
        marked = [cell for cell in column if "," in cell]
        if marked and all(TWO_READINGS.fullmatch(cell) for cell in marked):
            raise DataError(
                f"{quoted(marked[0])} has two readings, a decimal comma and thousands",
                hint="set data.decimal: ',' or data.thousands: ','",
                file=file,
                line=header + 1 + list(column).index(marked[0]),
                subject=f"column {name}",
                remedies=(
                    remedy("data.decimal", ",", "the comma is a decimal one"),
                    remedy("data.thousands", ",", "the comma stands between thousands"),
                ),
            )


def _column(name: str, cells: Sequence[str], style: NumberStyle) -> ColumnProfile:
    filled = [cell for cell in cells if cell not in MISSING]
    distinct = len(set(cells))
    form = _mostly_time(filled, name)
    kind: Literal["time", "number", "text", "empty"] = "text"
    if not filled:
        kind = "empty"
    elif form is not None:
        kind = "time"
    elif is_numeric(cells[:_SAMPLE], style) or (len(cells) > _SAMPLE and is_numeric(cells, style)):
        kind = "number"
    return ColumnProfile(name, kind, form, distinct, len(cells) - len(filled))


def _with_constants(
    columns: tuple[ColumnProfile, ...], cells: Sequence[Sequence[str]], identity: str
) -> tuple[ColumnProfile, ...]:
    place = next(index for index, column in enumerate(columns) if column.name == identity)
    series = columns[place].distinct
    return tuple(
        replace(column, constant=column.distinct <= series and len(set(zip(cells[place], each, strict=True))) == series)
        for column, each in zip(columns, cells, strict=True)
    )


def _mostly_time(filled: Sequence[str], name: str) -> str | None:
    """The form of the first cells; or of all but one in twenty, so that one bad cell is later named with its line."""
    head = filled[:_SAMPLE]
    form = reads_as_time(head, name)
    if form is not None or len(head) < 20:  # noqa: PLR2004
        return form
    counts: dict[str, int] = {}
    for cell in head:
        found = reads_as_time([cell], name)
        if found is not None:
            counts[found] = counts.get(found, 0) + 1
    best = max(counts, key=lambda key: counts[key], default=None)
    return best if best is not None and counts[best] * 20 >= len(head) * 19 else None


def _time(columns: Sequence[ColumnProfile]) -> tuple[str, ...] | None:
    """The time: columns that name its parts, else the first column of times."""
    by_name = {column.name.casefold(): column.name for column in columns if column.kind in ("number", "time")}
    parts = []
    for part in _PARTS:
        if part not in by_name:
            break
        parts.append(by_name[part])
    if len(parts) > 1:
        return tuple(parts)
    return next(((column.name,) for column in columns if column.kind == "time"), None)


def _identity(
    columns: Sequence[ColumnProfile], cells: Sequence[Sequence[str]], time: tuple[str, ...] | None
) -> str | None:
    if time is None:
        return None
    places = [index for index, column in enumerate(columns) if column.name in time]
    moments = list(zip(*(cells[place] for place in places), strict=True))
    if len(set(moments)) * 4 > len(moments) * 3:
        return None
    for index, column in sorted(enumerate(columns), key=lambda item: item[1].kind != "text"):
        least = _FEW_NAMES if column.kind == "text" else 10 * _FEW_NAMES
        few = column.distinct * least <= len(moments) and column.distinct > 1
        whole = column.kind == "text" or all(cell.isdecimal() for cell in cells[index])
        if index in places or column.kind not in ("text", "number") or not few or not whole:
            continue
        if len(set(zip(cells[index], moments, strict=True))) == len(moments):
            return column.name
    return None
