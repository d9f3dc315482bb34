"""What a reader of the results should know of the series: constant ones, and newest values out of all proportion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, Problem, quoted

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints
    from forecaster.series.panel import Panel

_HISTORY = 10  # values before the last one, under which nothing is said
_ROWS = 5  # newest values that may have slipped together
_NEWEST = 1000  # values of a series that are looked at
_RANGES = 5  # times the range of the history by which a last value must miss it
_FACTOR = 100.0  # or, of positive values, the factor


def oddities(panel: Panel, last_lines: Ints, *, file: str, strict: bool) -> list[str]:
    """Notes on constant series and on units that slipped in the newest rows.

    Args:
        panel: The series.
        last_lines: (S,) the line of each series' newest value.
        file: The path for messages.
        strict: Whether a slipped unit is an error.

    Raises:
        DataError: If `strict`, and newest values are out of all proportion.
    """
    low = np.fmin.reduceat(panel.values, panel.offsets[:-1])
    high = np.fmax.reduceat(panel.values, panel.offsets[:-1])
    constant = np.flatnonzero((low == high) & (panel.lengths > 1))
    notes = []
    if len(constant):
        more = f" and {len(constant) - 1} more" if len(constant) > 1 else ""
        notes.append(f"series {quoted(panel.ids[int(constant[0])])}{more} is constant: {low[constant[0]]:g}")
    problems = [
        Problem(_told(panel, series, count), "check its unit", file, int(last_lines[series]))
        for series in _suspects(panel)
        for count in [_slipped_rows(panel, series)]
        if count
    ]
    if strict and problems:
        raise DataError.of(problems)
    return notes + [f"line {problem.line}: {problem.what}" for problem in problems[:3]]


def _told(panel: Panel, series: int, count: int) -> str:
    latest = panel.series(series)[-count:]
    named = f"series {quoted(panel.ids[series])}"
    if count == 1:
        return f"the last value of {named}, {latest[0]:g}, is out of all proportion to those before it"
    ends = f"{np.nanmin(latest):g} to {np.nanmax(latest):g}"
    return f"the last {count} values of {named}, {ends}, are out of all proportion to those before them"


def _suspects(panel: Panel) -> list[int]:
    """The series of whose newest values one lies beyond all those before them: nothing else is out of proportion."""
    parts = np.empty(2 * len(panel), dtype=np.int64)
    parts[::2], parts[1::2] = panel.offsets[:-1], np.maximum(panel.offsets[1:] - _ROWS, panel.offsets[:-1])
    low, high = np.fmin.reduceat(panel.values, parts), np.fmax.reduceat(panel.values, parts)
    beyond = (high[1::2] > high[::2]) | (low[1::2] < low[::2])
    return [int(series) for series in np.flatnonzero(beyond & (panel.lengths > _HISTORY))]


def _slipped_rows(panel: Panel, series: int) -> int:
    """How many of the newest values have slipped together; 0 if none."""
    values = panel.series(series)[-_NEWEST:]
    for count in range(1, _ROWS + 1):
        history, latest = values[:-count], values[-count:]
        if np.isfinite(latest[-1]) and all(_slipped(history, float(value)) for value in latest[np.isfinite(latest)]):
            return count
    return 0


def _slipped(history: Floats, last: float) -> bool:
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
