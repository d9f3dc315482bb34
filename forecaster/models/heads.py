"""What turns the summary of a window into its forecast: all steps at once, in levels that cannot cross."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.models.backend import ops

if TYPE_CHECKING:
    from forecaster.models.sizes import Shapes


def levels_apart(raw: Any, median: int) -> Any:
    """Levels that rise: the median is free, every other one lies a positive increment further out.

    Args:
        raw: (N, H, Q) any numbers.
        median: The place of level 0.5 among the Q.

    Returns:
        (N, H, Q) that never falls along its last axis.
    """
    middle, above = raw[..., median : median + 1], raw[..., median + 1 :]
    parts = [middle]
    if median:
        below = ops.cumsum(ops.softplus(ops.flip(raw[..., :median], axis=-1)), axis=-1)
        parts.insert(0, middle - ops.flip(below, axis=-1))
    if above.shape[-1]:
        parts.append(middle + ops.cumsum(ops.softplus(above), axis=-1))
    return ops.concatenate(parts, axis=-1) if len(parts) > 1 else middle


def forecast_of(summary: Any, dense: Any, shapes: Shapes) -> Any:
    """(N, H, Q) in scaled units.

    Args:
        summary: (N, units) the state after the last layer.
        dense: The layer that puts out H times Q numbers.
        shapes: The horizon and the levels.
    """
    raw = ops.reshape(dense(summary), (-1, shapes.horizon, len(shapes.levels)))
    return levels_apart(raw, shapes.median)


def seasonal_naive(scaled: Any, shapes: Shapes) -> Any:
    """(N, H, 1) the value one season before each step, or two where one is still ahead of the cutoff, and so on.

    Args:
        scaled: (N, L) the lookback.
        shapes: The lookback, the horizon and the season, which is at most the lookback.
    """
    season = shapes.season or 1
    past = [shapes.lookback + step - season * (step // season + 1) for step in range(shapes.horizon)]
    return ops.expand_dims(ops.take(scaled, past, axis=1), -1)
