"""The records of a CSV as blocks of columns: times and ids as codes into their texts, values as numbers."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, Problem, quoted
from forecaster.series.dialect import Dialect, Record, ragged, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from forecaster.errors import Remedy
    from forecaster.series import Floats, Ints
    from forecaster.series.numbers import NumberStyle
    from forecaster.series.rawfile import Raw

_ROWS = 1 << 16  # records of one block
_ENOUGH = 1000  # problems after which reading stops


@dataclass(frozen=True)
class Columns:
    """Where the columns that are read stand in a record.

    Attributes:
        time: None where rows are counted.
        id: What tells series apart.
        targets: What is forecast.
        extras: Covariates.
        numeric: Those of the covariates that seem to have numbers.
    """

    time: tuple[int, ...]
    id: int | None
    targets: tuple[int, ...]
    extras: tuple[int, ...] = ()
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Texts:
    """A column of texts: (N,) codes into the distinct ones."""

    codes: Ints
    distinct: Sequence[str]


@dataclass(frozen=True)
class Block:
    """Some records in a row.

    Attributes:
        times: None where rows are counted.
        ids: None where there is no id column.
        values: (N, M) one column a target; NaN where a cell is missing.
        lines: (N,) the line on which each record begins.
        extras: The covariates, as texts or (N,) as numbers.
    """

    times: Texts | None
    ids: Texts | None
    values: Floats
    lines: Ints
    extras: tuple[Texts | Floats, ...] = ()


class Faults:
    """The problems of one file, gathered until they are worth stopping for."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def add(
        self,
        what: str,
        hint: str,
        *,
        line: int | None = None,
        subject: str | None = None,
        remedies: Sequence[Remedy] = (),
    ) -> None:
        """One more problem."""
        self.problems.append(Problem(what, hint, self.file, line, None, subject, tuple(remedies)))

    def take(self, error: DataError) -> None:
        """The problems of an error that knows no file."""
        self.problems.extend(replace(problem, file=self.file) for problem in error.problems)

    def stop(self, *, at_once: bool = True) -> None:
        """Raise what there is; unless `at_once`, only when it is plenty.

        Raises:
            DataError: With all problems in the order of their lines.
        """
        if self.problems and (at_once or len(self.problems) >= _ENOUGH):
            raise DataError.of(sorted(self.problems, key=lambda problem: problem.line or 0))


def blocks(raw: Raw, dialect: Dialect, columns: Columns, style: NumberStyle, faults: Faults) -> Iterator[Block]:
    """Read record by record: exact about every line, and good for small files and for those with faults.

    Raises:
        DataError: If a record is ragged or a cell no number: all of them at the end, each with its line.
    """
    cut_off = not raw.data.endswith(b"\n")
    found = _whole(raw, dialect, faults, cut_off=cut_off)
    while chunk := list(islice(found, _ROWS)):
        yield _block(chunk, columns, dialect, style, faults)
        faults.stop(at_once=False)
    faults.stop()


def body_of(raw: Raw, dialect: Dialect) -> io.BytesIO:
    """What follows the header, without a copy of it: gigabytes are not held twice."""
    stream = io.BytesIO(raw.data)
    stream.seek(dialect.body)
    return stream


def _whole(raw: Raw, dialect: Dialect, faults: Faults, *, cut_off: bool) -> Iterator[Record]:
    """The records with as many fields as the header; the others become problems."""
    stream = io.TextIOWrapper(body_of(raw, dialect), encoding="utf-8", errors="surrogatepass", newline="")
    fields = len(dialect.names)
    last = raw.data.count(b"\n") + 1
    try:
        for record in records(stream, dialect.delimiter, above=dialect.body_line - 1):
            if len(record.cells) == fields:
                yield record
                continue
            is_last = record.last_line >= last
            faults.take(ragged(record.cells, dialect, line=record.line, is_last=is_last, cut_off=cut_off))
            faults.stop(at_once=False)
    except DataError as error:
        faults.take(error)
        faults.stop()


def _block(chunk: Sequence[Record], columns: Columns, dialect: Dialect, style: NumberStyle, faults: Faults) -> Block:
    rows = [record.cells for record in chunk]
    lines = np.array([record.line for record in chunk], dtype=np.int64)
    values = np.empty((len(rows), len(columns.targets)))
    for place, column in enumerate(columns.targets):
        cells = [row[column] for row in rows]
        values[:, place], bad = style.read(cells)
        for index in bad:
            what, hint, mends = style.explain(cells[index])
            name, line = f"column {dialect.names[column]}", int(lines[index])
            faults.add(f"{quoted(cells[index])} {what}", hint, line=line, subject=name, remedies=mends)
    times = _times(rows, columns.time) if columns.time else None
    ids = None if columns.id is None else _texts(row[columns.id].strip() for row in rows)
    extras = tuple(_texts(row[column].strip() for row in rows) for column in columns.extras)
    return Block(times, ids, values, lines, extras)


def _times(rows: Sequence[Sequence[str]], columns: Sequence[int]) -> Texts:
    if len(columns) == 1:
        only = columns[0]
        return _texts(row[only].strip() for row in rows)
    return _texts(" ".join([row[column].strip() for column in columns]) for row in rows)


def _texts(cells: Iterable[str]) -> Texts:
    known: dict[str, int] = {}
    codes = [known.setdefault(cell, len(known)) for cell in cells]
    return Texts(np.array(codes, dtype=np.int64), list(known))
