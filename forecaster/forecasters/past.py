"""What a graph needs of the past: a newest lookback, and a way to go on from its own medians."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, Problem, TooShort, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.series import Singles
    from forecaster.series.panel import Panel

_LANDMARKS = 3  # first, lowest and highest value


def check(past: Panel, lookback: int, *, masked: bool = False) -> None:
    """Refuse a past from which a graph cannot forecast.

    Args:
        past: What is known.
        lookback: L.
        masked: Whether the graph is told which values are missing, so that one of each lookback suffices.

    Raises:
        TooShort: If series have fewer steps than the lookback; all of them at once.
        DataError: If a newest lookback has a hole, or where they are masked nothing else; the first is named.
    """
    short = np.flatnonzero(past.lengths < lookback)
    if short.size:
        raise TooShort.of([_too_short(past, index, lookback) for index in short.tolist()])
    gone = np.isnan(past.values[past.offsets[1:, None] + np.arange(-lookback, 0)])
    if masked:
        empty = np.flatnonzero(gone.all(axis=1))
        if empty.size:
            raise DataError(
                f"series {quoted(past.ids[int(empty[0])])} has no value in the newest {lookback} steps that a forecast "
                "needs",
                hint="drop the series, or give newer rows",
            )
        return
    holes = np.argwhere(gone)
    if holes.size:
        series, place = holes[0].tolist()
        step = int(past.last[series]) - lookback + 1 + place
        raise DataError(
            f"series {quoted(past.ids[series])} has no value at {past.clock.label(past.times[step : step + 1])[0]}, "
            f"one of the newest {lookback} steps that a forecast needs",
            hint="fill the hole in the table, or set data.gaps: interpolate",
        )


def _too_short(past: Panel, index: int, lookback: int) -> Problem:
    return Problem(
        f"series {quoted(past.ids[index])} has {past.lengths[index]} steps, but one forecast needs {lookback}",
        "drop the series, or train with a lower window.lookback",
    )


def landmarks(past: Panel) -> Panel:
    """Three values of each series that give it the shift and the floor of the whole: first, lowest and highest.

    A shift is the first value, a floor a share of highest - lowest: so rolling needs no copy of the past.

    Returns:
        Series of 3 steps; their moments are no longer those of the clock.
    """
    parts = []
    for values in past:
        there = values[~np.isnan(values)]
        parts.append(np.array([there[0], there.min(), there.max()]))
    return replace(
        past,
        values=np.concatenate([np.empty(0), *parts]),
        offsets=np.arange(len(past) + 1, dtype=np.int64) * _LANDMARKS,
        starts=np.zeros(len(past), dtype=np.int64),
        covariates=None,
        behind=None,
    )


def moved(inputs: Mapping[str, Singles], newer: Mapping[str, Singles]) -> dict[str, Singles]:
    """The inputs of windows that end some steps later, as if what was forecast for these had happened.

    Args:
        inputs: By name, as `newest` gives them: windows of L steps, `known` (N, L + H', Ck) with all that is ahead.
        newer: The inputs of the new steps alone: `window` (N, H) and `present`, and the `floor` with them.

    Returns:
        The same inputs: covariates of the past repeat their last value, the known ones go on.
    """
    steps = newer["window"].shape[1]
    later = {**inputs, "floor": newer["floor"]}
    for name in ("window", "present"):
        if name in inputs:
            later[name] = np.concatenate([inputs[name], newer[name]], axis=1)[:, steps:]
    if "past" in inputs:
        last = np.repeat(inputs["past"][:, -1:], steps, axis=1)
        later["past"] = np.concatenate([inputs["past"], last], axis=1)[:, steps:]
    if "known" in inputs:
        later["known"] = inputs["known"][:, steps:]
    return later


def fed(inputs: Mapping[str, Singles], steps: int) -> dict[str, Singles]:
    """The inputs with only `steps`, L + H, of what is known: what one call of the graph takes."""
    return {name: values[:, :steps] if name == "known" else values for name, values in inputs.items()}
