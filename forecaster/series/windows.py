"""Which windows there are, where each begins in the flat array, and in which order they are trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints
    from forecaster.series.panel import Panel


@dataclass(frozen=True)
class Window:
    """Sizes in steps: L of the past, H of the future, and how far one window begins after the one before it."""

    lookback: int
    horizon: int
    stride: int = 1

    @property
    def length(self) -> int:
        """L + H."""
        return self.lookback + self.horizon


def cut(panel: Panel, window: Window, *, since: int = 0, before: int | None = None, masked: bool = False) -> Ints:
    """Where the windows begin whose targets lie in `[since, before)`.

    Windows are counted back from the newest step of each series, every `stride` steps, whatever the borders: so the
    newest value is always used, and all parts of a table hold windows of one phase. Ten steps, lookback 4, horizon
    2, stride 3 (`p` past, `f` future, `.` unused):

        step      0 1 2 3 4 5 6 7 8 9
        window 0  . p p p p f f . . .
        window 1  . . . . p p p p f f

    Args:
        panel: The series; a window lies in one of them and touches no NaN. Where holes were filled by what came after
            them, its lookback does not end in one, which would tell of its targets, nor do its targets end in one
            that `before` parts, which would tell of what comes after that.
        window: Sizes and stride.
        since: The first step of the clock that may be a target; the lookback may reach before it.
        before: The step after the last one that may be a target; the end of the clock by default.
        masked: Whether a window may touch NaN, as long as one value of its lookback and one of its targets are there.

    Returns:
        (N,) positions in `panel.values` of each window's first lookback value, rising; empty if there is none.
    """
    end = panel.steps if before is None else before
    top = panel.lengths - window.length  # (S,) where the newest window of each series begins, in its own steps
    highest = np.minimum(top, end - panel.starts - window.length)
    lowest = np.maximum(0, since - panel.starts - window.lookback)
    first = -((highest - top) // window.stride)  # (S,) windows back from the newest
    last = (top - lowest) // window.stride
    counts = np.maximum(0, last - first + 1)
    begins = panel.offsets[:-1] + top - last * window.stride
    ranks = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    positions = np.repeat(begins, counts) + ranks * window.stride
    if masked:
        past = _missing(panel.values, positions, window.lookback) < window.lookback
        fit = past & (_missing(panel.values, positions + window.lookback, window.horizon) < window.horizon)
    else:
        fit = _missing(panel.values, positions, window.length) == 0
        if panel.behind is not None:
            fit &= panel.behind[positions + window.lookback - 1] == 0
            fit &= _next_read(panel.behind, positions + window.length - 1) < _border(panel, positions, end)
    return np.asarray(positions[fit], dtype=np.int64)


def order(seed: int, epoch: int, count: int) -> Ints:
    """The order in which `count` windows are trained on: the same for a seed and an epoch, in any process.

    Returns:
        (N,) a permutation of 0 ... N - 1.
    """
    return np.random.default_rng([seed, epoch]).permutation(count)


def _next_read(behind: Ints, positions: Ints) -> Ints:
    """(N,) the first place, from each on, of a value that was read."""
    read = np.append(np.flatnonzero(behind == 0), behind.size)
    return np.asarray(read[np.searchsorted(read, positions)])


def _border(panel: Panel, positions: Ints, end: int) -> Ints:
    """(N,) the place of step `end` in the series of each position."""
    owner = np.searchsorted(panel.offsets, positions, side="right") - 1
    return np.asarray(panel.offsets[owner] + end - panel.starts[owner])


def _missing(values: Floats, positions: Ints, length: int) -> Ints:
    """(N,) how many of `length` values from each position on are NaN."""
    before = np.concatenate([[0], np.cumsum(np.isnan(values))])
    return np.asarray(before[positions + length] - before[positions])
