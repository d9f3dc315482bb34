"""Many series of different lengths on one clock, as one flat array."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from forecaster.series.covariates import pieces, spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.series import Floats, Ints, Times
    from forecaster.series.clock import Clock
    from forecaster.series.covariates import Covariates


@dataclass(frozen=True, eq=False)
class Panel:
    """S series; steps are counted on the panel's one clock, so a step is the same moment in every series.

    Attributes:
        values: (ΣT,) the series one after another, oldest value first; NaN where a hole was too long to fill.
        offsets: (S + 1,) where each series begins in `values`, and where the last one ends.
        starts: (S,) the step of each series' first value.
        ids: The name of each series.
        times: (K,) the moment of each step: UTC or local `datetime64[us]` as the clock says, or integers.
        clock: How the steps follow each other, and how their moments are written.
        season: Steps in one cycle; 1 where there is none.
        covariates: What stands beside the values; None where nothing does.
        behind: (ΣT,) how many steps each value lies after the newest one that was read, where holes were filled by what
            came after them; None where none were.
    """

    values: Floats
    offsets: Ints
    starts: Ints
    ids: tuple[str, ...]
    times: Times
    clock: Clock
    season: int = 1
    covariates: Covariates | None = None
    behind: Ints | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def lengths(self) -> Ints:
        """(S,) steps of each series."""
        return np.diff(self.offsets)

    @property
    def last(self) -> Ints:
        """(S,) the step of each series' newest value."""
        return self.starts + self.lengths - 1

    @property
    def steps(self) -> int:
        """K, the steps of the clock."""
        return len(self.times)

    def series(self, index: int) -> Floats:
        """(T,) a view of one series' values."""
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def __iter__(self) -> Iterator[Floats]:
        return (self.series(index) for index in range(len(self)))

    def until(self, cutoff: int) -> Self:
        """What was known at `cutoff`, the last step that may be seen: all that a forecaster receives.

        Series that had not begun by then are absent, and so is every later moment of the clock; one that stands in a
        hole that was filled by what came after it ends before the hole. Covariates that are known ahead stay.
        """
        kept = np.flatnonzero((self.starts <= cutoff) & (self.lengths > 0))
        lengths = np.minimum(self.lengths[kept], cutoff + 1 - self.starts[kept])
        begins, beside, behind = self.offsets[kept], self.covariates, self.behind
        if behind is not None:
            lengths = lengths - behind[begins + lengths - 1]
        return replace(
            self,
            values=pieces(self.values, begins, lengths),
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            starts=self.starts[kept],
            ids=tuple(self.ids[i] for i in kept),
            times=self.times[: cutoff + 1],
            covariates=None if beside is None else beside.until(kept, begins, lengths),
            behind=None if behind is None else behind[spans(begins, lengths)],
        )

    def select(self, indices: Ints) -> Self:
        """The series at `indices`, in that order."""
        chosen = np.asarray(indices, dtype=np.int64)
        begins, lengths, beside = self.offsets[chosen], self.lengths[chosen], self.covariates
        return replace(
            self,
            values=pieces(self.values, begins, lengths),
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            starts=self.starts[chosen],
            ids=tuple(self.ids[int(i)] for i in chosen),
            covariates=None if beside is None else beside.select(chosen, begins, lengths),
            behind=None if self.behind is None else self.behind[spans(begins, lengths)],
        )

    def extended(self, ahead: Floats) -> Self:
        """The series with (S, H) further values each, as if these had happened; past covariates repeat their last."""
        count, lengths, beside = ahead.shape[1], self.lengths, self.covariates
        offsets = np.concatenate([[0], np.cumsum(lengths + count)])
        values = np.empty(offsets[-1])
        values[offsets[1:, None] + np.arange(-count, 0)] = ahead
        values[spans(offsets[:-1], lengths)] = self.values
        more = int((self.last + count + 1).max(initial=0)) - self.steps
        times = np.concatenate([self.times, self.clock.after(self.times, more)]) if more > 0 else self.times
        covariates = None if beside is None else beside.extended(lengths, count)
        return replace(self, values=values, offsets=offsets, times=times, covariates=covariates, behind=None)

    def with_season(self, season: int) -> Self:
        """The same series with another season."""
        return replace(self, season=season)

    def future(self, horizon: int) -> Times:
        """(S, H) the moments after each series' newest value, past the end of the table where need be."""
        after = self.clock.after(self.times, horizon)
        moments = np.concatenate([self.times, after])
        return np.asarray(moments[self.last[:, None] + 1 + np.arange(horizon)])
