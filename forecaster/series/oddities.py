"""What a reader of the results should know of the series: constant ones, and last values out of all proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, Problem, quoted

if TYPE_CHECKING:
    from forecaster.series import Ints
    from forecaster.series.panel import Panel

_HISTORY = 10  # values before the last one, under which nothing is said
_NEWEST = 1000  # values of a series that are looked at
_RANGES = 5  # times the range of the history by which a last value must miss it
_FACTOR = 100.0  # or, of positive values, the factor


def oddities(panel: Panel, last_lines: Ints, *, file: str, strict: bool) -> list[str]:
    """Notes on constant series and on units that slipped in the last row.

    Args:
        panel: The series.
        last_lines: (S,) the line of each series' newest value.
        file: The path for messages.
        strict: Whether a slipped unit is an error.

    Raises:
        DataError: If `strict`, and a last value is out of all proportion.
    """
    ends = panel.offsets[1:]
    low = np.fmin.reduceat(panel.values, panel.offsets[:-1])
    high = np.fmax.reduceat(panel.values, panel.offsets[:-1])
    constant = np.flatnonzero((low == high) & (panel.lengths > 1))
    notes = []
    if len(constant):
        more = f" and {len(constant) - 1} more" if len(constant) > 1 else ""
        notes.append(f"series {quoted(panel.ids[int(constant[0])])}{more} is constant: {low[constant[0]]:g}")
    slipped = [series for series in np.flatnonzero(panel.lengths > _HISTORY).tolist() if _slipped(panel, series)]
    problems = [
        Problem(
            f"the last value of series {quoted(panel.ids[series])}, {panel.values[ends[series] - 1]:g}, is out of all "
            "proportion to those before it",
            "check its unit",
            file,
            int(last_lines[series]),
        )
        for series in slipped
    ]
    if strict and problems:
        raise DataError.of(problems)
    return notes + [f"line {problem.line}: {problem.what}" for problem in problems[:3]]


def _slipped(panel: Panel, series: int) -> bool:
    values = panel.series(series)
    history, last = values[-_NEWEST:-1], values[-1]
    if np.count_nonzero(np.isfinite(history)) < _HISTORY:
        return False
    low, high = float(np.nanmin(history)), float(np.nanmax(history))
    beyond = max(low - last, last - high, 0.0)
    if beyond == 0.0 or high == low:
        return False
    if beyond > _RANGES * (high - low):
        return True
    if low <= 0 or last <= 0:
        return False
    factor = max(low / last, last / high)
    return bool(factor > _FACTOR and factor > (high / low) ** 2)
