"""Holes in series: found, filled where they are short, and described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, quoted, remedy

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints
    from forecaster.series.panel import Panel

SHORT = 3  # steps that `auto` interpolates
FORESEEING = ("auto", "interpolate")  # policies that fill a hole with what came after it, too


@dataclass(frozen=True)
class Holes:
    """The holes of a panel.

    Attributes:
        count: How many there are.
        steps: Missing steps in all of them.
        longest: Steps of the longest.
        series: Its series.
        first: Its first missing moment, as the user's file writes it.
        last: Its last one.
    """

    count: int
    steps: int
    longest: int = 0
    series: str = ""
    first: str = ""
    last: str = ""

    def __str__(self) -> str:
        if not self.count:
            return "no holes"
        one = f"{self.count} hole{'s' if self.count > 1 else ''} of {self.steps} step{'s' if self.steps > 1 else ''}"
        where = self.first if self.first == self.last else f"{self.first} to {self.last}"
        name = f" in series {quoted(self.series)}" if self.series else ""
        return f"{one}, the longest {self.longest} ({where}){name}"


def runs(values: Floats) -> tuple[Ints, Ints]:
    """(J,) where each run of NaN begins in (ΣT,) `values`, and (J,) its length."""
    gone = np.flatnonzero(np.isnan(values))
    first = np.flatnonzero(np.diff(gone, prepend=-2) > 1)
    return gone[first], np.diff(np.append(first, len(gone)))


def holes(panel: Panel, *, newest: int | None = None) -> Holes:
    """The holes that are still open, for messages.

    Args:
        panel: The series.
        newest: Only those that reach into so many of the newest steps of their series.
    """
    starts, lengths = runs(panel.values)
    owner = np.searchsorted(panel.offsets, starts, side="right") - 1
    if newest is not None:
        reach = starts + lengths > panel.offsets[owner + 1] - newest
        starts, lengths, owner = starts[reach], lengths[reach], owner[reach]
    if not len(starts):
        return Holes(0, 0)
    worst = int(np.argmax(lengths))
    series = int(owner[worst])
    step = int(panel.starts[series] + starts[worst] - panel.offsets[series])
    ends = panel.times[[step, step + int(lengths[worst]) - 1]]
    first, last = panel.clock.label(ends)
    name = panel.ids[series] if len(panel) > 1 else ""
    return Holes(len(starts), int(lengths.sum()), int(lengths[worst]), name, first, last)


def behind(values: Floats) -> Ints:
    """(ΣT,) how many steps each lies after the newest value that was read; 0 where one was.

    >>> behind(np.array([1.0, np.nan, np.nan, 4.0])).tolist()
    [0, 1, 2, 0]

    Args:
        values: (ΣT,) series that each begin with a number, their holes open.
    """
    places = np.arange(values.size)
    return places - np.maximum.accumulate(np.where(np.isnan(values), 0, places))


def fill(values: Floats, policy: str) -> tuple[Floats, int, int]:
    """The values with their holes filled as `data.gaps` says.

    Args:
        values: (ΣT,) series that each begin and end with a number.
        policy: `auto`, `interpolate` or `ffill`.

    Returns:
        (ΣT,) the values, the holes that were filled, and their steps.
    """
    starts, lengths = runs(values)
    chosen = lengths <= SHORT if policy == "auto" else np.ones(len(starts), dtype=bool)
    starts, lengths = starts[chosen], lengths[chosen]
    if not len(starts):
        return values, 0, 0
    within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    before = np.repeat(values[starts - 1], lengths)
    share = (within + 1) / np.repeat(lengths + 1, lengths)
    after = before if policy == "ffill" else np.repeat(values[starts + lengths], lengths)
    filled = values.copy()
    filled[np.repeat(starts, lengths) + within] = before + share * (after - before)
    return filled, len(starts), int(lengths.sum())


def filled(panel: Panel, policy: str, file: str) -> tuple[Floats, list[str]]:
    """The panel's values with the holes filled that the policy fills, and what was done, in words; `mask` fills none.

    Raises:
        DataError: Under `error`, if there is a hole.
    """
    before = holes(panel)
    if not before.count:
        return panel.values, []
    if policy == "error":
        raise DataError(
            str(before),
            hint="fill them, or set data.gaps: auto",
            file=file,
            subject="data.gaps",
            remedies=(remedy("data.gaps", "auto"),),
        )
    if policy == "mask":
        return panel.values, [f"{before} {'is' if before.count == 1 else 'are'} left open, for the network to see"]
    values, count, steps = fill(panel.values, policy)
    how = "carried forward" if policy == "ffill" else "interpolated"
    of = f"{steps} missing value{'s' if steps > 1 else ''} in {count} hole{'s' if count > 1 else ''}"
    verb = "was" if steps == 1 else "were"
    notes = [f"{of} {verb} {how}, the first at {_first(panel, values)}"] if count else []
    if count < before.count:
        notes.append(f"{before.count - count} longer than {SHORT} steps stay open: {before}")
    return values, notes


def _first(panel: Panel, values: Floats) -> str:
    place = int(np.flatnonzero(np.isnan(panel.values) & ~np.isnan(values))[0])
    series = int(np.searchsorted(panel.offsets, place, side="right") - 1)
    step = int(panel.starts[series] + place - panel.offsets[series])
    return panel.clock.label(panel.times[step : step + 1])[0]
