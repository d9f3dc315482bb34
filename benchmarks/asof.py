"""A table as it was at an earlier moment: the same file with the rows that had been written by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.cells import Faults
from forecaster.series.choice import choose
from forecaster.series.dialect import sniff
from forecaster.series.rawfile import read_raw
from forecaster.series.rows import read_rows
from forecaster.series.selection import select
from forecaster.series.tables import LIMIT, read_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.wide import Floats
    from forecaster.config.data import DataConfig
    from forecaster.config.schema import Config
    from forecaster.series import Ints
    from forecaster.series.panel import Panel


@dataclass(frozen=True, eq=False)
class Whole:
    """A table with all its rows.

    Attributes:
        config: What is chosen for it.
        panel: Its series, with every hole open.
        lines: Of the file, the header first.
        begins: (R,) the line in which each record begins, from 0.
        moments: (R,) of each record, in microseconds, or its step.
    """

    config: Config
    panel: Panel
    lines: tuple[bytes, ...]
    begins: Ints
    moments: Ints

    @property
    def values(self) -> Floats:
        """(S, K) NaN where a series has no value."""
        found = np.full((len(self.panel), self.panel.steps), np.nan)
        for row, (start, values) in enumerate(zip(self.panel.starts.tolist(), self.panel, strict=True)):
            found[row, start : start + len(values)] = values
        return found

    def upto(self, step: int, place: Path) -> Path:
        """Write the table as it was at a step of the panel's clock: its rows in their order, up to that moment."""
        kept = self.moments <= np.int64(self.panel.times[step].astype(np.int64))
        ends = np.append(self.begins[1:], len(self.lines))
        head = self.lines[: self.begins[0]]
        rows = [b"\n".join(self.lines[self.begins[row] : ends[row]]) for row in np.flatnonzero(kept).tolist()]
        place.write_bytes(b"\n".join([*head, *rows]) + b"\n")
        return place


def whole(table: Path, changes: Sequence[str]) -> Whole:
    """Read a table as the automatic choice does.

    Raises:
        ForecasterError: If it is refused.
    """
    config = choose(table, overrides=changes).config
    panel = read_table(config.data.model_copy(update={"gaps": "mask"})).panel
    lines, begins, moments = _records(config.data, panel)
    return Whole(config, panel, lines, begins, moments)


def _records(data: DataConfig, panel: Panel) -> tuple[tuple[bytes, ...], Ints, Ints]:
    raw = read_raw(data.path, limit=LIMIT, encoding=data.encoding)
    dialect = sniff(raw.data, skip=data.skip_lines, file=raw.file)
    columns, _ = select(raw, dialect, data)
    rows = read_rows(raw, dialect, columns, data, Faults(raw.file))
    moments = rows.times if panel.clock.kind == "step" else panel.clock.moments(rows.times, utc=rows.utc)
    return tuple(raw.data.removesuffix(b"\n").split(b"\n")), rows.lines - 1, moments
