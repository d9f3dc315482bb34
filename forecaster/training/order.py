"""Which windows each update learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.windows import order

if TYPE_CHECKING:
    from forecaster.series import Ints


class Batches:
    """An endless row of batches: pass after pass over all windows, each in its own order.

    Where the windows do not fill the last batch of a pass, it is filled with the first ones of that pass, so that
    every batch has one shape.

    Args:
        seed: Of the order.
        starts: (N,) where the windows begin.
        size: Windows in a batch, at most N.
    """

    def __init__(self, seed: int, starts: Ints, size: int) -> None:
        self._seed, self._starts, self._size = seed, starts, size
        self._each = -(-len(starts) // size)  # batches in a pass
        self._number, self._pass = -1, np.empty((0, size), dtype=np.int64)

    def rows(self, first: int, last: int) -> Ints:
        """The batches from number `first` up to, without, `last`.

        Returns:
            (last - first, size) where the windows begin.
        """
        found = []
        while first < last:
            number, begin = divmod(first, self._each)
            end = min(self._each, begin + last - first)
            found.append(self._of(number)[begin:end])
            first += end - begin
        return np.concatenate(found)

    def _of(self, number: int) -> Ints:
        if number != self._number:
            shuffled = self._starts[order(self._seed, number, len(self._starts))]
            self._pass = np.resize(shuffled, (self._each, self._size))
            self._number = number
        return self._pass
