"""A repaired copy of a table: in order, without repetitions, with the holes filled that the config fills.

Every series keeps its places in the file, and every cell that is not filled keeps its bytes, so that the copy differs
from the original in nothing but what is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.errors import DataError
from forecaster.series.cells import Faults
from forecaster.series.dialect import sniff
from forecaster.series.grid import in_order, laid_out
from forecaster.series.placing import stepped, with_covariates
from forecaster.series.rawfile import read_raw
from forecaster.series.recordtext import texts, with_cells
from forecaster.series.rows import read_rows
from forecaster.series.selection import select
from forecaster.series.tables import read_table
from forecaster.series.trimming import trim
from forecaster.series.writing import cells_of, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecaster.config.data import DataConfig
    from forecaster.series import Ints
    from forecaster.series.cells import Columns
    from forecaster.series.dialect import Dialect
    from forecaster.series.ordering import Ordered
    from forecaster.series.panel import Panel
    from forecaster.series.placing import Laying
    from forecaster.series.rawfile import Raw
    from forecaster.series.rows import Rows
    from forecaster.series.tables import Table


@dataclass(frozen=True)
class Repaired:
    """The bytes of a copy, its rows and those of the original, and what was done, one sentence each."""

    content: bytes
    rows: int
    before: int
    notes: tuple[str, ...]


def repaired(data: DataConfig, *, limit: int) -> Repaired:
    """A copy of a table that reads as the same panel, and without a word.

    Args:
        data: Where the table lies and how to read it; `gaps` and `duplicates` say what is filled and merged.
        limit: The most bytes that are read.

    Raises:
        DataError: If the table cannot become a panel, or the copy would not become the same one.
    """
    raw = read_raw(data.path, limit=limit, encoding=data.encoding)
    dialect = sniff(raw.data, skip=data.skip_lines, file=raw.file)
    columns, _ = select(raw, dialect, data)
    rows = read_rows(raw, dialect, columns, data, Faults(raw.file))
    table = read_table(data, limit=limit)
    for bare in (True, False):
        # A row without a value at the end may say that the clock has weekends: then it has to stay.
        lines = _Mended(raw, dialect, columns, rows, data, table, bare).whole()
        content = _copy(raw, dialect, lines)
        if table.sha256 == raw.sha256 and _reads_as(content, table.panel, data):
            return Repaired(content, len(lines), table.rows, table.notes)
    raise DataError(
        "a repaired copy would not read as the table does",
        hint="mend the rows that `forecast check` names by hand",
        file=raw.file,
    )


def _copy(raw: Raw, dialect: Dialect, lines: Sequence[str]) -> bytes:
    body = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")
    return raw.as_on_disk(raw.data[: dialect.body] + body)


def _reads_as(content: bytes, panel: Panel, data: DataConfig) -> bool:
    try:
        again = read_table(data, limit=len(content), content=content).panel
    except DataError:
        return False
    return (
        (panel.ids, panel.clock) == (again.ids, again.clock)
        and np.array_equal(panel.times, again.times)
        and np.array_equal(panel.offsets, again.offsets)
        and np.array_equal(panel.starts, again.starts)
        and np.array_equal(panel.values, again.values, equal_nan=True)
    )


class _Hole(NamedTuple):
    """A value that was filled in: of which id, at which step, of which target."""

    code: int
    step: int
    target: int
    value: float


@dataclass(frozen=True, eq=False)
class _Mended:
    """A file, and what it was read as; `bare` leaves rows without a value out at the ends."""

    raw: Raw
    dialect: Dialect
    columns: Columns
    rows: Rows
    data: DataConfig
    table: Table
    bare: bool

    def whole(self) -> list[str]:
        """The records of the copy, one text each."""
        if self.data.resample is not None:
            return self._sorted(in_order(self.rows, self.data, self.raw.file)[0], {}, {})
        laying, _, _ = laid_out(self.rows, self.data, self.raw.file)
        records = laying.records
        changes = self._merged(records)
        places = {key: row for row, key in enumerate(zip(records.series.tolist(), laying.steps.tolist(), strict=True))}
        missing: dict[tuple[int, int], dict[str, str]] = {}
        for hole in self._holes(laying):
            column = self.columns.targets[hole.target]
            row = places.get((hole.code, hole.step))
            if row is not None:
                changes.setdefault(row, {})[column] = self._number(hole.value)
            else:
                cells = missing.setdefault((hole.code, hole.step), {})
                cells[self.dialect.names[column]] = self._number(hole.value)
        added: dict[int, list[str]] = {}
        for (code, step), cells in sorted(missing.items()):
            low, high = np.searchsorted(records.series, [code, code + 1])
            before = int(low + np.searchsorted(laying.steps[low:high], step)) - 1
            added.setdefault(before, []).append(self._row(code, step, laying, cells))
        return self._sorted(records, changes, added)

    def _sorted(self, records: Ordered, changes: dict[int, dict[int, str]], added: dict[int, list[str]]) -> list[str]:
        """Records in the order of time, each series in the places that its rows have in the file.

        Args:
            records: (R,) sorted by series and time.
            changes: Of some of them, the new text of cells, by column.
            added: Whole rows that follow some of them.
        """
        kept = self._wanted(records) if self.bare else np.arange(len(records))
        own, slots = records.series[kept], np.argsort(self.rows.series, kind="stable")
        rank = np.arange(len(kept)) - np.searchsorted(own, own)  # among the rows of its series
        places = slots[np.searchsorted(self.rows.series[slots], own) + rank]
        known = dict(zip(self.rows.lines.tolist(), texts(self.raw.data, self.rows.lines), strict=True))
        found = []
        for row in kept[np.argsort(places)].tolist():
            text = known[int(records.lines[row])]
            found.append(with_cells(text, self.dialect.delimiter, changes[row]) if row in changes else text)
            found += added.get(row, [])
        return found

    def _wanted(self, records: Ordered) -> Ints:
        """The rows that say something, or stand between such."""
        there = np.asarray(~np.isnan(records.values).all(axis=1))
        rank = np.arange(len(there))
        first = np.full(len(self.rows.ids), len(there))
        last = np.full(len(self.rows.ids), -1)
        np.minimum.at(first, records.series[there], rank[there])
        np.maximum.at(last, records.series[there], rank[there])
        return np.flatnonzero((rank >= first[records.series]) & (rank <= last[records.series]))

    def _merged(self, records: Ordered) -> dict[int, dict[int, str]]:
        """The cells whose value is not that of the row any more, because several rows became one."""
        before = with_covariates(self.rows, self.data)[np.searchsorted(self.rows.lines, records.lines)]
        other = (before != records.values) & ~(np.isnan(before) & np.isnan(records.values))
        changes: dict[int, dict[int, str]] = {}
        for row, place in np.argwhere(other).tolist():
            name = self._names[place]
            column = self.columns.targets[place] if place < len(self.columns.targets) else self._column(name)
            value = float(records.values[row, place])
            texts_of = self.rows.extras.categories.get(name) if place >= len(self.columns.targets) else None
            changes.setdefault(row, {})[column] = self._number(value) if texts_of is None else texts_of[int(value)]
        return changes

    def _holes(self, laying: Laying) -> Iterator[_Hole]:
        names = tuple(self.dialect.names[index] for index in self.columns.targets)
        ahead = bool(self.data.known)
        trimmed = trim(
            laying.records, laying.steps, self.rows.ids, names, id_column=self.data.id, file=self.raw.file, ahead=ahead
        )
        for place in np.flatnonzero(np.isnan(trimmed.values) & ~np.isnan(self.table.panel.values)).tolist():
            series = int(np.searchsorted(trimmed.offsets, place, side="right")) - 1
            code = int(trimmed.codes[series])
            step = int(trimmed.starts[series] + place - trimmed.offsets[series])
            name = trimmed.ids[series].removeprefix(f"{self.rows.ids[code]}/") if self.data.id else trimmed.ids[series]
            target = names.index(name) if len(names) > 1 else 0
            yield _Hole(code, step, target, float(self.table.panel.values[place]))

    def _row(self, code: int, step: int, laying: Laying, cells: dict[str, str]) -> str:
        """A row for a step that has none."""
        clock, layout = self.table.panel.clock, self.table.layout
        label = clock.label(laying.moments[step : step + 1])[0]
        times = cells_of(label, len(layout.time), clock.form) if layout.time else []
        known = {**dict(zip(layout.time, times, strict=True)), **cells}
        known |= {self.data.id.strip(): self.rows.ids[code]} if self.data.id else {}
        nothing = "" if "" in self.data.missing or not self.data.missing else self.data.missing[0]
        return line_of([known.get(name, nothing) for name in self.dialect.names], self.dialect.delimiter)[:-1]

    @property
    def _names(self) -> tuple[str, ...]:
        return (*(self.dialect.names[index] for index in self.columns.targets), *stepped(self.data))

    def _column(self, name: str) -> int:
        return self.dialect.names.index(name.strip())

    def _number(self, value: float) -> str:
        """A number that reads back as the same bits."""
        if np.isnan(value):
            return "" if "" in self.data.missing or not self.data.missing else self.data.missing[0]
        return repr(value).removesuffix(".0").replace(".", self.data.decimal)
