"""Tables of one series a row, as competitions publish them: read, written as users have them, and scored."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from forecaster.series.forecast import Forecast

    Floats = NDArray[np.float64]

LEVELS = (0.1, 0.5, 0.9)
INTERVAL = 0.8
# The clock that a season stands for: the NumPy unit of its steps, and the newest moment of every series.
CLOCKS = {1: ("Y", "2015"), 4: ("M", "2015-10"), 12: ("M", "2015-12"), 52: ("D", "2015-12-28"), 7: ("D", "2015-12-28"),
          24: ("h", "2015-12-28T23")}  # fmt: skip
MONTHS_OF_A_QUARTER, DAYS_OF_A_WEEK = 3, 7
ENDS = {"Y": "-01-01", "M": "-01", "h": ":00"}  # that make a date or a moment of a NumPy unit


@dataclass(frozen=True, eq=False)
class Wide:
    """Series whose last steps are kept apart.

    Attributes:
        ids: (S,)
        past: S arrays of different lengths: what may be learned from, NaN in holes.
        actual: (S, H) what happened then, NaN where nobody knows.
    """

    ids: tuple[str, ...]
    past: tuple[Floats, ...]
    actual: Floats

    @property
    def horizon(self) -> int:
        return int(self.actual.shape[1])

    def units(self, season: int) -> Floats:
        """(S,) the mean |y[t] - y[t - season]| of the past: the unit of MASE."""
        return np.array([np.nanmean(np.abs(values[season:] - values[:-season])) for values in self.past])


@dataclass(frozen=True)
class Scores:
    """Of the forecasts of all series: of each series, then the mean over series; WQL and coverage pooled."""

    smape: float
    mase: float
    wql: float
    coverage: float


def pair(train: Path, test: Path) -> Wide:
    """Two tables with the same series, the second being what came after the first.

    Raises:
        SystemExit: If their series are not the same.
    """
    past, after = _rows(train), _rows(test)
    if list(past) != list(after):
        raise SystemExit(f"{test} has other series than {train}, or in another order")
    return Wide(tuple(past), tuple(past.values()), np.stack(list(after.values())))


def held_out(table: Path, steps: int) -> Wide:
    """One table, whose last steps are kept apart."""
    rows = _rows(table)
    return Wide(
        tuple(rows), tuple(row[:-steps] for row in rows.values()), np.stack([row[-steps:] for row in rows.values()])
    )


def _rows(table: Path) -> dict[str, Floats]:
    opened = gzip.open if table.suffix == ".gz" else open
    with opened(table, "rt", newline="", encoding="utf-8") as file:
        _, *rows = csv.reader(file)
    return {name: _values(cells) for name, *cells in rows}


def _values(cells: list[str]) -> Floats:
    """The numbers of a row without what is empty at its ends: shorter series are filled up there."""
    values = np.array([float(cell) if cell not in {"", "NA"} else np.nan for cell in cells])
    known = np.flatnonzero(~np.isnan(values))
    return values[known[0] : known[-1] + 1]


def moments(season: int, steps: int) -> list[str]:
    """So many moments of the clock that a season stands for, the newest being the same for all series."""
    unit, newest = CLOCKS[season]
    each = {4: MONTHS_OF_A_QUARTER, 52: DAYS_OF_A_WEEK}.get(season, 1)
    found = np.datetime64(newest, unit) - each * np.arange(steps)[::-1]
    return [f"{moment}{ENDS.get(unit, '')}" for moment in found]


def write(wide: Wide, season: int, place: Path) -> None:
    """The past as a long table: `id,time,value`, an empty cell in a hole."""
    stamps = moments(season, max(map(len, wide.past)))
    with place.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(["id", "time", "value"])
        for name, values in zip(wide.ids, wide.past, strict=True):
            cells = ("" if np.isnan(value) else repr(value) for value in values.tolist())
            lines.writerows(zip([name] * len(values), stamps[-len(values) :], cells, strict=True))


def quantiles_of(forecast: Forecast, ids: tuple[str, ...]) -> Floats:
    """(S, H, Q) what was published at `LEVELS`, in the order of `ids`: the median and the 80 % interval's ends."""
    rows = [forecast.ids.index(name) for name in ids]
    place = forecast.intervals.index(INTERVAL)
    each = (forecast.lower[..., place], forecast.values, forecast.upper[..., place])
    return np.stack(each, axis=-1)[rows]


def scores(wide: Wide, season: int, said: Floats) -> Scores:
    """sMAPE, MASE, weighted quantile loss and the coverage of the 80 % interval.

    Args:
        wide: The series.
        season: Of the MASE's unit.
        said: (S, H, Q) at `LEVELS`.
    """
    low, middle, high = np.moveaxis(said, -1, 0)
    actual, there = wide.actual, ~np.isnan(wide.actual)
    errors, sizes = np.abs(actual - middle), np.abs(actual) + np.abs(middle)
    shares = 200 * errors / np.where(sizes > 0, sizes, 1.0)
    off = actual[..., None] - said
    pinball = np.maximum(np.array(LEVELS) * off, (np.array(LEVELS) - 1) * off)
    inside = ((low <= actual) & (actual <= high))[there]
    return Scores(
        smape=float(np.mean(np.nanmean(shares, axis=1))),
        mase=float(np.mean(np.nanmean(errors, axis=1) / wide.units(season))),
        wql=float(2 * np.mean(np.nansum(pinball, axis=(0, 1))) / np.nansum(np.abs(actual))),
        coverage=float(inside.mean()),
    )


def seasonal_naive(wide: Wide, season: int) -> Floats:
    """(S, H) the newest value of each step of the season; the one before where that is missing."""
    said = np.empty_like(wide.actual)
    for row, values in enumerate(wide.past):
        for step in range(min(season, wide.horizon)):
            same = values[len(values) - season + step :: -season] if len(values) > season - step else values[-1:]
            known = same[~np.isnan(same)]
            said[row, step::season] = known[0] if len(known) else np.nanmean(values)
    return said
