"""Many series of different lengths on one clock, as one flat array."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.series import Floats, Ints, Times
    from forecaster.series.clock import Clock


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
    """

    values: Floats
    offsets: Ints
    starts: Ints
    ids: tuple[str, ...]
    times: Times
    clock: Clock
    season: int = 1

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

        Series that had not begun by then are absent, and so is every later moment of the clock.
        """
        kept = np.flatnonzero((self.starts <= cutoff) & (self.lengths > 0))
        lengths = np.minimum(self.lengths[kept], cutoff + 1 - self.starts[kept])
        whole = [self.values[self.offsets[i] : self.offsets[i] + n] for i, n in zip(kept, lengths, strict=True)]
        return replace(
            self,
            values=whole[0] if len(whole) == 1 else np.concatenate([np.empty(0), *whole]),
            offsets=np.concatenate([[0], np.cumsum(lengths)]),
            starts=self.starts[kept],
            ids=tuple(self.ids[i] for i in kept),
            times=self.times[: cutoff + 1],
        )

    def select(self, indices: Ints) -> Self:
        """The series at `indices`, in that order."""
        chosen = [self.series(int(i)) for i in indices]
        return replace(
            self,
            values=np.concatenate([np.empty(0), *chosen]),
            offsets=np.concatenate([[0], np.cumsum([len(values) for values in chosen])]).astype(np.int64),
            starts=self.starts[indices],
            ids=tuple(self.ids[int(i)] for i in indices),
        )

    def with_season(self, season: int) -> Self:
        """The same series with another season."""
        return replace(self, season=season)

    def future(self, horizon: int) -> Times:
        """(S, H) the moments after each series' newest value, past the end of the table where need be."""
        after = self.clock.after(self.times, horizon)
        moments = np.concatenate([self.times, after])
        return np.asarray(moments[self.last[:, None] + 1 + np.arange(horizon)])
