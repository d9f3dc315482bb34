"""What a network looks at: how far back a nudge is felt, and what a forecast loses without each of its inputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from forecaster.forecasters.conformal import MEDIAN
from forecaster.series.calendar import features_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from forecaster.forecasters.runtime import Graph
    from forecaster.series import Floats, Ints, Singles
    from forecaster.series.panel import Panel

    Score = Callable[[Floats], float]
    Inputs = Mapping[str, Singles]


def reach(graph: Graph, past: Panel) -> Floats:
    """How much the forecast moves when one step of the past is nudged: how far back the memory reaches.

    Every step of the newest window is raised by one mean |step| of that window, one at a time, in the units in which
    the graph takes its window (logarithms for `scale: log`).

    Args:
        graph: The network.
        past: One series or several.

    Returns:
        (L,) the oldest step first: the mean |change| of the median over the horizon and the series, in nudges; NaN
        where no series has a value at that step.

    Raises:
        TooShort: If a series has fewer steps than the lookback.
        DataError: If a newest lookback cannot be forecast from.
    """
    inputs, _ = graph.inputs(past)
    window, middle = inputs["window"], graph.levels.index(MEDIAN)
    sizes = np.maximum(np.abs(np.diff(window, axis=1)).mean(axis=1, keepdims=True), inputs["floor"])[:, 0]
    before, found = graph.raw(inputs)[..., middle], np.empty((len(window), graph.lookback))
    for step in range(graph.lookback):
        nudged = window.copy()
        nudged[:, step] += sizes
        after = graph.raw({**inputs, "window": nudged})[..., middle]
        real = nudged[:, step] - window[:, step]  # what float32 has left of the nudge
        found[:, step] = np.abs(after - before).mean(axis=1) / np.where(real > 0, real, np.nan)
    there = inputs.get("present", np.ones_like(window)) > 0
    counts = (there & ~np.isnan(found)).sum(axis=0)
    sums = np.where(there, np.nan_to_num(found), 0.0).sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


@dataclass(frozen=True, eq=False)
class Asked:
    """N windows that a graph was asked from.

    Attributes:
        inputs: By name, (N, ...) each.
        shifts: (N,) for `Graph.restored`.
    """

    inputs: Inputs
    shifts: Floats


def asked(graph: Graph, panel: Panel, series: Sequence[str], cutoffs: Ints) -> Asked:
    """What a graph is fed at some cutoffs; the known covariates of the future are those of the table.

    Args:
        graph: The network.
        panel: The whole table.
        series: (N,) the id of each row, as `Folds.series` has them.
        cutoffs: (N,) the last step of each row that may be seen.

    Raises:
        TooShort: If a series has fewer steps than the lookback.
        DataError: If a lookback cannot be forecast from.
    """
    rows, parts, shifts = [], [], []
    for cutoff in np.unique(cutoffs).tolist():
        there = np.flatnonzero(cutoffs == cutoff)
        past = panel.until(cutoff)
        places = {name: place for place, name in enumerate(past.ids)}
        inputs, shift = graph.inputs(past.select(np.array([places[series[int(row)]] for row in there])))
        rows.append(there)
        parts.append(inputs)
        shifts.append(shift)
    back = np.argsort(np.concatenate(rows), kind="stable")
    joined = {name: np.concatenate([part[name] for part in parts])[back] for name in parts[0]}
    return Asked(joined, np.concatenate(shifts)[back])


@dataclass(frozen=True)
class Importance:
    """What a forecast loses without one of its inputs.

    Attributes:
        name: A covariate, a feature of the calendar, `series`, or a block of lags such as `lags 1 to 24`.
        kind: `past`, `known`, `static`, `series` or `lags`.
        share: How much larger the error is, as a share of what it is; below 0 the forecast is better without.
        spread: The standard deviation of `share` over the shuffles.
    """

    name: str
    kind: str
    share: float
    spread: float


@dataclass(frozen=True)
class Shuffling:
    """How inputs are taken away.

    Attributes:
        blocks: Into how many blocks of equal length the lookback is parted.
        repeats: How often each input is shuffled.
        seed: Of the shuffling.
    """

    blocks: int = 8
    repeats: int = 5
    seed: int = 0


def importance(graph: Graph, rows: Asked, score: Score, shuffling: Shuffling | None = None) -> tuple[Importance, ...]:
    """Permutation importance (Breiman, 2001; Fisher et al., 2019): the error with one input shuffled among the rows.

    A covariate keeps its course within a window, and every channel of one calendar feature moves together. A block of
    lags keeps its shape relative to its window's mean and deviation, and is moved to those of the window that it is
    put into: otherwise it would mostly tell that series change their level.

    Args:
        graph: The network.
        rows: N windows, as `asked` gives them.
        score: The error of (N, H) medians in the data's own units, above 0.
        shuffling: How often, and into how many blocks.

    Returns:
        One for each input, in the order static, series, known, past, lags.
    """
    chosen = shuffling or Shuffling()
    middle = graph.levels.index(MEDIAN)

    def error(inputs: Inputs) -> float:
        return score(graph.restored(graph.raw(inputs), rows.shifts)[..., middle])

    base, found, rng = error(rows.inputs), [], np.random.default_rng(chosen.seed)
    orders = [rng.permutation(len(rows.shifts)) for _ in range(chosen.repeats)]  # for every input, so that they compare
    for kind, name, without in _takers(graph, rows.inputs, chosen.blocks):
        shares = np.array([error({**rows.inputs, **without(order)}) for order in orders]) / base - 1
        found.append(Importance(name, kind, float(shares.mean()), float(shares.std())))
    return tuple(found)


def _takers(graph: Graph, inputs: Inputs, blocks: int) -> Iterator[tuple[str, str, Callable[[Ints], Inputs]]]:
    """Every input by kind and name, with what takes it away: gives the inputs of which it comes from other rows."""
    for kind in ("static", "series", "known", "past"):
        if kind in inputs:
            names = ["series"] if kind == "series" else [channel.name for channel in getattr(graph.channels, kind)]
            for name, columns in _together(names).items():
                yield kind, name, partial(_exchanged, inputs, kind, columns)
    edges = np.unique(np.linspace(0, graph.lookback, min(blocks, graph.lookback) + 1).round().astype(int)).tolist()
    for begin, end in zip(reversed(edges[:-1]), reversed(edges[1:]), strict=True):
        name = _lags(graph.lookback - end + 1, graph.lookback - begin)
        yield "lags", name, partial(_block, inputs, slice(begin, end))


def _together(names: Sequence[str]) -> dict[str, list[int]]:
    """The columns of each input: those of one calendar feature, such as `hour:sin` and `hour:cos`, are one."""
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        groups.setdefault(next(iter(features_of([name])), name), []).append(place)
    return groups


def _lags(newest: int, oldest: int) -> str:
    return f"lag {newest}" if newest == oldest else f"lags {newest} to {oldest}"


def _exchanged(inputs: Inputs, kind: str, columns: list[int], order: Ints) -> Inputs:
    other = inputs[kind].copy()
    other[..., columns] = inputs[kind][order][..., columns]
    return {kind: other}


def _block(inputs: Inputs, part: slice, order: Ints) -> Inputs:
    """The windows with a block from others, and where they are masked, with what was missing there."""
    window = inputs["window"]
    centre = window.mean(axis=1, keepdims=True)
    size = np.maximum(window.std(axis=1, keepdims=True), inputs["floor"])
    other = window.copy()
    other[:, part] = ((window - centre) / size)[order][:, part] * size + centre
    if "present" not in inputs:
        return {"window": other}
    present = inputs["present"].copy()
    present[:, part] = inputs["present"][order][:, part]
    return {"window": other, "present": present}
