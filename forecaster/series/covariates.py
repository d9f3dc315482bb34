"""What stands beside the values of a panel: covariates of the past, those known ahead, and those of a whole series."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints, Singles

    Real = TypeVar("Real", Floats, Singles)


def pieces(values: Floats, begins: Ints, lengths: Ints) -> Floats:
    """Parts of a flat array one after another, a view where there is but one.

    Args:
        values: (ΣT, ...)
        begins: (S,) where each part begins.
        lengths: (S,) its steps.
    """
    parts = [values[begin : begin + length] for begin, length in zip(begins.tolist(), lengths.tolist(), strict=True)]
    return parts[0] if len(parts) == 1 else np.concatenate([values[:0], *parts])


def spans(begins: Ints, lengths: Ints) -> Ints:
    """(Σ lengths,) `lengths` places one after another from each of `begins` on."""
    before = np.cumsum(lengths) - lengths
    return np.asarray(np.repeat(begins - before, lengths) + np.arange(lengths.sum()))


def carried(values: Real, offsets: Ints) -> Real:
    """The values with every hole filled by the one before it in its series; what no value is before stays NaN.

    Args:
        values: (ΣT,)
        offsets: (S + 1,) where each series begins, and where the last one ends.
    """
    gone = np.isnan(values)
    if not gone.any():
        return values
    last = np.maximum.accumulate(np.where(gone, -1, np.arange(len(values))))
    begins = np.repeat(offsets[:-1], np.diff(offsets))
    return np.where(last >= begins, values[last], values)


@dataclass(frozen=True, eq=False)
class Covariates:
    """The covariates of S series; the value of a category is its code, and NaN stands where there is none.

    Attributes:
        past: (ΣT, Cp) beside the panel's values.
        known: (ΣK, Ck) each series from its first step on, at least to its newest value.
        offsets: (S + 1,) where each series begins in `known`, and where the last one ends.
        static: (S, Cs)
        past_names: The columns of `past`.
        known_names: Those of `known`.
        static_names: Those of `static`.
        categories: The texts that the codes of a column mean; a column that is not here has numbers.
        repeated: Columns of `known` whose values of the future are their last one, so that none stands there.
        calendar: What the network is told of each moment, such as `hour`; `auto` is resolved.
        settled: (S,) steps of `known` up to each series' newest value in the table: what is missing among them is a
            fact, and what is missing after them has to be filled in. None: all has to.
    """

    past: Floats
    known: Floats
    offsets: Ints
    static: Floats
    past_names: tuple[str, ...] = ()
    known_names: tuple[str, ...] = ()
    static_names: tuple[str, ...] = ()
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()
    calendar: tuple[str, ...] = ()
    settled: Ints | None = None

    @property
    def repeats(self) -> tuple[int, ...]:
        """The places of `repeated` among the columns of `known`."""
        return tuple(place for place, name in enumerate(self.known_names) if name in self.repeated)

    def until(self, kept: Ints, begins: Ints, lengths: Ints) -> Self:
        """What was known when some series had `lengths` steps; the known ones stay whole, for they are known ahead.

        Args:
            kept: (S',) places of the series that had begun.
            begins: (S',) where each begins in the panel's values.
            lengths: (S',) its steps by then.
        """
        chosen = self._chosen(kept)
        return replace(chosen, past=pieces(self.past, begins, lengths), known=chosen.hidden(lengths))

    def select(self, indices: Ints, begins: Ints, lengths: Ints) -> Self:
        """Those of the series at `indices`, in that order; (S',) `begins` and `lengths` as in `until`."""
        return replace(self._chosen(indices), past=pieces(self.past, begins, lengths))

    def beside(self, lengths: Ints) -> Ints:
        """(ΣT,) the row of `known` beside each value of series with so many steps, (S,)."""
        return spans(self.offsets[:-1], lengths)

    def extended(self, lengths: Ints, count: int) -> Self:
        """The covariates of series that go on for `count` steps: past ones repeat their last value.

        Args:
            lengths: (S,) steps of each series so far.
            count: Further steps.
        """
        ends = np.cumsum(lengths)
        rows = spans(ends - lengths, lengths + count)
        past = self.past[np.minimum(rows, np.repeat(ends - 1, lengths + count))]
        sizes = np.maximum(np.diff(self.offsets), lengths + count)
        places = spans(self.offsets[:-1], sizes)
        inside = places < np.repeat(self.offsets[1:], sizes)
        known = np.full((len(places), self.known.shape[1]), np.nan)
        known[inside] = self.known[places[inside]]
        return replace(self, past=past, known=known, offsets=np.concatenate([[0], np.cumsum(sizes)]))

    def _chosen(self, indices: Ints) -> Self:
        if np.array_equal(indices, np.arange(len(self.static))):
            return self
        sizes = np.diff(self.offsets)[indices]
        return replace(
            self,
            known=pieces(self.known, self.offsets[:-1][indices], sizes),
            offsets=np.concatenate([[0], np.cumsum(sizes)]),
            static=self.static[indices],
            settled=None if self.settled is None else self.settled[indices],
        )

    def hidden(self, lengths: Ints) -> Floats:
        """`known` without what its repeated columns hold after (S,) `lengths` steps of each series."""
        if not self.repeats:
            return self.known
        sizes = np.diff(self.offsets)
        steps = np.arange(len(self.known)) - np.repeat(self.offsets[:-1], sizes)
        known = self.known.copy()
        known[np.ix_(np.flatnonzero(steps >= np.repeat(lengths, sizes)), np.array(self.repeats))] = np.nan
        return known
