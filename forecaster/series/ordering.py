"""Records in order: sorted by series and time, equal ones dropped, several at one time made one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.series import Floats, Ints


@dataclass(frozen=True, eq=False)
class Ordered:
    """Records sorted by series, then time.

    Attributes:
        series: (R,) codes, rising.
        times: (R,) rising within a series.
        values: (R, M)
        lines: (R,) where each record begins in the file.
    """

    series: Ints
    times: Ints
    values: Floats
    lines: Ints

    def __len__(self) -> int:
        return len(self.times)

    def at(self, chosen: Ints | NDArray[np.bool_]) -> Ordered:
        """Some of the records."""
        return Ordered(self.series[chosen], self.times[chosen], self.values[chosen], self.lines[chosen])

    @property
    def repeats(self) -> NDArray[np.bool_]:
        """(R,) whether a record has the series and the time of the one before it."""
        same = np.zeros(len(self), dtype=bool)
        same[1:] = (self.series[1:] == self.series[:-1]) & (self.times[1:] == self.times[:-1])
        return same


def sort(records: Ordered) -> tuple[Ordered, list[str]]:
    """Sort records that stand in the order of the file, and say so where times were not rising."""
    if (np.diff(records.series) < 0).any():
        records = records.at(np.argsort(records.series, kind="stable"))
    inside = records.series[1:] == records.series[:-1]
    steps = np.where(inside, np.diff(records.times), 0)
    falls = np.flatnonzero(steps < 0)
    if not len(falls):
        return records, []
    line = int(records.lines[falls[0] + 1])
    verb = "is" if len(falls) == 1 else "are"
    if (steps > 0).any():
        seen = f"rows are not in order of time ({len(falls)} {verb} older than the one before, first at line {line})"
    else:
        seen = f"rows come newest first (line {line} is older than the one before it)"
    return records.at(np.lexsort((records.times, records.series))), [f"{seen}; they were sorted"]


def drop_equal(records: Ordered) -> tuple[Ordered, list[str]]:
    """Drop records that repeat the one before them in series, time and values."""
    again = np.flatnonzero(records.repeats)
    if not len(again):
        return records, []
    here, before = records.values[again], records.values[again - 1]
    equal = again[((here == before) | (np.isnan(here) & np.isnan(before))).all(axis=1)]
    if not len(equal):
        return records, []
    kept = np.ones(len(records), dtype=bool)
    kept[equal] = False
    first = int(records.lines[equal].min())
    verb = "was" if len(equal) == 1 else "were"
    word = "row that repeats" if len(equal) == 1 else "rows that repeat"
    return records.at(kept), [f"{len(equal)} {word} another {verb} dropped (first at line {first})"]


def merge(records: Ordered, by: str | Sequence[str]) -> Ordered:
    """One record for each series and time.

    Args:
        records: Sorted.
        by: `last`, `first`, `mean`, `sum`, `min` or `max` of those values that are there; one for all columns, or
            (M,) one for each.
    """
    starts = np.flatnonzero(~records.repeats)
    if len(starts) == len(records):
        return records
    if isinstance(by, str):
        return replace(records.at(starts), values=_merged(records.values, starts, by))
    columns = [_merged(records.values[:, [place]], starts, one) for place, one in enumerate(by)]
    return replace(records.at(starts), values=np.concatenate(columns, axis=1))


def join_agreeing(records: Ordered) -> tuple[Ordered, int]:
    """Join records of one series and time of which no value contradicts another, and how many were joined.

    So a row that says what is known ahead may stay beside the one that says later what happened.
    """
    starts = np.flatnonzero(~records.repeats)
    if len(starts) == len(records):
        return records, 0
    group = np.cumsum(~records.repeats) - 1
    high, low = (ufunc.reduceat(records.values, starts, axis=0) for ufunc in (np.fmax, np.fmin))
    agreed = ((high == low) | np.isnan(high)).all(axis=1)
    first = np.zeros(len(records), dtype=bool)
    first[starts] = True
    values = records.values.copy()
    values[starts[agreed]] = high[agreed]
    kept = first | ~agreed[group]
    return replace(records, values=values).at(kept), int((~kept).sum())


def _merged(values: Floats, starts: Ints, by: str) -> Floats:
    """(J, M) one row for those from each start on."""
    known = ~np.isnan(values)
    counts = np.add.reduceat(known, starts, axis=0, dtype=np.int64)
    if by in ("last", "first"):
        merged = _edge(values, known, starts, last=by == "last")
    elif by in ("min", "max"):
        merged = (np.fmin if by == "min" else np.fmax).reduceat(values, starts, axis=0)
    else:
        sums = np.add.reduceat(np.where(known, values, 0.0), starts, axis=0)
        merged = sums / np.maximum(counts, 1) if by == "mean" else sums
    return np.where(counts > 0, merged, np.nan)


def _edge(values: Floats, known: NDArray[np.bool_], starts: Ints, *, last: bool) -> Floats:
    places = np.arange(len(values))[:, None]
    if last:
        chosen = np.maximum.reduceat(np.where(known, places, -1), starts, axis=0)
    else:
        chosen = np.minimum.reduceat(np.where(known, places, len(values)), starts, axis=0)
    return np.take_along_axis(values, np.clip(chosen, 0, len(values) - 1), axis=0)
