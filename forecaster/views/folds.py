"""Folds against what happened, so drawn that a copy of yesterday is seen to be one.

On the values themselves a copy of yesterday looks like a perfect forecast, one step late. So below them stands what is
left of both once the naive forecast is taken away: a network that copies it lies on zero, however good it looked above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.views.style import LOOKS, explain, name_steps, name_values, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecaster.series import Floats, Ints, Times
    from forecaster.views.picture import JudgedFolds

SHOWN = 120  # steps: more, and one step ahead can no longer be told from the next
LEAST = 3  # folds, however long the horizon
FEW = 60  # steps that are drawn with a marker each


def draw_folds(values: Axes, rest: Axes, folds: JudgedFolds, target: str) -> None:
    """Draw the newest folds that do not overlap: in `values` as they are, in `rest` less the naive forecast.

    Args:
        values: The upper panel, in the data's own units.
        rest: The lower one, with the same horizontal axis.
        folds: At least one.
        target: The column that is forecast.
    """
    rows = newest_apart(folds)
    _draw_interval(values, folds, rows)
    for name, lines in {"naive": folds.naive, "actual": folds.actual, "model": folds.model}.items():
        _draw_lines(values, name, folds.times[rows], lines[rows])
        if name != "naive":
            _draw_lines(rest, name, folds.times[rows], (lines - folds.naive)[rows])
    naive = LOOKS["naive"]
    rest.axhline(0, color=naive.colour, linestyle=naive.line, zorder=1.5)
    name_values(values, plain(target))
    rest.set_title("Both less the naive forecast: a copy of it lies on the dashed line", fontsize=10, weight="normal")
    name_values(rest, "difference")
    name_steps(rest, folds.times[rows])
    values.tick_params(axis="x", labelbottom=False)
    values.xaxis.get_offset_text().set_visible(False)
    explain(values, _title(folds, rows), tuple(LOOKS[name].label for name in ("actual", "model", "naive")))


def _title(folds: JudgedFolds, rows: Ints) -> str:
    count, horizon = len(folds.cutoffs), folds.model.shape[1]
    which = f"{len(rows)} of {count} folds" if len(rows) < count else f"{count} fold{'s' if count > 1 else ''}"
    return f"Test: {which}, {horizon} step{'s' if horizon > 1 else ''} ahead"


def _draw_lines(axes: Axes, name: str, times: Times, lines: Floats) -> None:
    """The actual values are the thickest, so that a good forecast lies on them and does not hide them."""
    look = LOOKS[name]
    moments, joined = _joined(times, lines)
    marker = look.marker if joined.size <= FEW and name == "model" else ""
    axes.plot(
        moments, joined, color=look.colour, linestyle=look.line, marker=marker, markersize=3,
        linewidth=2.4 if name == "actual" else 1.3, label=look.label,
    )  # fmt: skip


def newest_apart(folds: JudgedFolds) -> Ints:
    """The rows of the newest folds whose horizons do not overlap, oldest first, and no more than can be read."""
    horizon = folds.model.shape[1]
    most = max(LEAST, SHOWN // horizon)
    rows: list[int] = []
    for row in range(len(folds.cutoffs) - 1, -1, -1):
        if len(rows) < most and (not rows or folds.cutoffs[rows[-1]] - folds.cutoffs[row] >= horizon):
            rows.append(row)
    return np.asarray(rows[::-1], dtype=np.int64)


def _draw_interval(axes: Axes, folds: JudgedFolds, rows: Ints) -> None:
    if folds.lower is None or folds.upper is None:
        return
    label = f"{100 * folds.interval:.4g} % interval"
    times, lower = _joined(folds.times[rows], folds.lower[rows])
    _, upper = _joined(folds.times[rows], folds.upper[rows])
    axes.fill_between(times, lower, upper, color="#cfe3f1", linewidth=0, label=label)


def _joined(times: Times, lines: Floats) -> tuple[Times, Floats]:
    """N folds as one line: broken between two folds (by a NaN) unless a fold is a single step."""
    if lines.shape[1] == 1:
        return times[:, 0], lines[:, 0]
    gap = np.full((len(lines), 1), np.nan)
    return np.concatenate([times, times[:, -1:]], axis=1).ravel(), np.concatenate([lines, gap], axis=1).ravel()
