"""Tables of one series a row, as competitions publish them: read, and written as users have them."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Times = NDArray[np.datetime64]

# The clock that a season stands for: the NumPy unit of its steps, and the newest moment of every series.
CLOCKS = {1: ("Y", "2015"), 4: ("M", "2015-10"), 12: ("M", "2015-12"), 52: ("D", "2015-12-28"), 7: ("D", "2015-12-28"),
          24: ("h", "2015-12-28T23")}  # fmt: skip
MONTHS_OF_A_QUARTER, DAYS_OF_A_WEEK = 3, 7
ENDS = {"Y": "-01-01", "M": "-01", "h": ":00"}  # that make a date or a moment of a NumPy unit
FIRST = np.datetime64("1600", "Y")  # the oldest year that a table may mean; some series of M4 have 835 years
MISSING = {"", "NA"}
LEAST = 2  # horizons that a series of a validation must have: the last is forecast, the rest is learned from


@dataclass(frozen=True, eq=False)
class Wide:
    """Series whose last steps are kept apart; all of them end at the same moment.

    Attributes:
        ids: (S,)
        past: S arrays of different lengths: what may be learned from, NaN in holes.
        actual: (S, H) what happened then, NaN where nobody knows.
    """

    ids: tuple[str, ...]
    past: tuple[Floats, ...]
    actual: Floats

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def horizon(self) -> int:
        return int(self.actual.shape[1])

    def units(self, season: int) -> Floats:
        """(S,) the mean |y[t] - y[t - season]| of the past: the unit of MASE; NaN where nothing ever changes."""
        changes = [np.abs(values[season:] - values[:-season]) for values in self.past]
        found = [change[~np.isnan(change)] for change in changes]
        return np.array([change.mean() if change.any() else np.nan for change in found])

    def some(self, count: int | None) -> Wide:
        """So many of the series, as far apart as possible; all of them by default."""
        if count is None or count >= len(self):
            return self
        rows = np.linspace(0, len(self) - 1, count).round().astype(int).tolist()
        return Wide(tuple(self.ids[row] for row in rows), tuple(self.past[row] for row in rows), self.actual[rows])

    def earlier(self) -> Wide:
        """The same series a horizon earlier, without those that are then too short: what choices are made by."""
        steps = self.horizon
        rows = [row for row, values in enumerate(self.past) if len(values) >= LEAST * steps]
        if not rows:
            raise SystemExit(f"no series has {LEAST} horizons of {steps} steps, so there is nothing to validate on")
        return Wide(
            tuple(self.ids[row] for row in rows),
            tuple(self.past[row][:-steps] for row in rows),
            np.stack([self.past[row][-steps:] for row in rows]),
        )

    def known(self, there: NDArray[np.bool_]) -> Wide:
        """The same series, of whose future only some steps are looked at: (S, H)."""
        return replace(self, actual=np.where(there, self.actual, np.nan))


def pair(train: Path, test: Path) -> Wide:
    """Two tables with the same series, the second being what came after the first.

    Each row of the first is read from its first number to its last: shorter series are filled up at the end.

    Raises:
        SystemExit: If their series are not the same.
    """
    past, after = _rows(train), _rows(test)
    if list(past) != list(after):
        raise SystemExit(f"{test} has other series than {train}, or in another order")
    if len({len(row) for row in after.values()}) > 1:
        raise SystemExit(f"{test}: not every series has as many steps as the others")
    return Wide(tuple(past), tuple(_begun(row, upto=_last(row)) for row in past.values()), np.stack([*after.values()]))


def held_out(table: Path, steps: int) -> Wide:
    """One table whose columns are moments, whose last steps are kept apart: a row may end in a hole."""
    rows = _rows(table)
    if len({len(row) for row in rows.values()}) > 1:
        raise SystemExit(f"{table}: not every row has as many cells as the others, so columns are no moments")
    past = tuple(_begun(row[:-steps], upto=len(row) - steps) for row in rows.values())
    return Wide(tuple(rows), past, np.stack([row[-steps:] for row in rows.values()]))


def _rows(table: Path) -> dict[str, Floats]:
    opened = gzip.open if table.suffix == ".gz" else open
    with opened(table, "rt", newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    return {
        name: np.array([np.nan if cell in MISSING else float(cell) for cell in cells]) for name, *cells in rows if cells
    }


def _begun(row: Floats, *, upto: int) -> Floats:
    """A row from its first number on."""
    known = np.flatnonzero(~np.isnan(row))
    return row[known[0] : upto] if len(known) else row[:0]


def _last(row: Floats) -> int:
    """Where a row's numbers end."""
    known = np.flatnonzero(~np.isnan(row))
    return int(known[-1]) + 1 if len(known) else 0


def moments(clock: int, count: int, *, ahead: int = 0) -> Times:
    """So many moments of the clock that a season stands for; the newest is the same for all series.

    Args:
        clock: A key of `CLOCKS`.
        count: Of moments.
        ahead: How many of them come after the newest moment of the series.
    """
    unit, newest = CLOCKS[clock]
    each = {4: MONTHS_OF_A_QUARTER, 52: DAYS_OF_A_WEEK}.get(clock, 1)
    return np.asarray(np.datetime64(newest, unit) + each * (np.arange(count) - (count - 1 - ahead)))


def write(wide: Wide, clock: int, place: Path) -> None:
    """The past as a long table, from the year 1600 on: `id,time,value`, an empty cell in a hole."""
    ending, every = ENDS.get(CLOCKS[clock][0], ""), moments(clock, max(map(len, wide.past)))
    stamps = [f"{moment}{ending}" for moment in every[every.astype("datetime64[Y]") >= FIRST]]
    with place.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["id", "time", "value"])
        for name, whole in zip(wide.ids, wide.past, strict=True):
            values = whole[-len(stamps) :]
            cells = ("" if np.isnan(value) else repr(value) for value in values.tolist())
            lines.writerows(zip([name] * len(values), stamps[len(stamps) - len(values) :], cells, strict=True))
