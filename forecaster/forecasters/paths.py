"""Joint paths of the future: each step distributed as its intervals say, and the steps hanging together.

What is published of a step is its median and the ends of its intervals. Between them, and beyond, a path is spread as
a normal distribution is: linearly in the normal score, through the points that are published. So a path leaves an
interval as often as what happens should.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError
from forecaster.forecasters.conformal import MEDIAN
from forecaster.forecasters.dependence import normal_scores, stream

if TYPE_CHECKING:
    from forecaster.forecasters.dependence import Copula
    from forecaster.series import Floats, Ints
    from forecaster.series.forecast import Forecast

DRAWS = 200  # at least, that ranks are taken among
_PURPOSE = 1  # of the random numbers; 0 is the noise of a network
_TIED = 1e-6  # of the published spread, which parts draws that are equal


def joint(said: Forecast, copula: Copula, count: int, seed: int, drawn: Floats | None = None) -> Floats:
    """Paths of every series; the same seed gives the same ones.

    The order in which paths rank at each step is that of the network's own draws (the Schaake shuffle: Clark et al.,
    2004), or of the copula for a network that draws none. Where draws spread less than the published intervals, as
    those of a network that takes itself for certain do, the rest of the spread follows the copula. Steps beyond those
    of the copula go on from its last one.

    Args:
        said: Of S series over H' steps, with intervals, before any bounds.
        copula: Of the errors of H steps.
        count: P, how many paths.
        seed: Not below 0.
        drawn: (S, P', H) of a network, in the data's own units; P' as `needed` says.

    Returns:
        (S, P, H') in the data's own units.

    Raises:
        DataError: If the forecast has no intervals, and no quantiles in their place.
    """
    levels, ends = knots(said)
    positions = np.array([NormalDist().inv_cdf(level) for level in levels])
    paths = np.empty((len(said.ids), count, said.horizon))
    for place, name in enumerate(said.ids):
        rng = stream(seed, name, _PURPOSE)
        order = copula.draw(needed(count), rng)
        if drawn is not None and np.isfinite(drawn[place]).all():
            order = _spread(drawn[place], order, levels, ends[place])
        scores = copula.go_on(spaced(order, rng), said.horizon, rng)
        paths[place] = _values(scores[:count], positions, ends[place])
    return paths


def needed(count: int) -> int:
    """P', the draws that P paths are taken from."""
    return max(count, DRAWS)


def knots(said: Forecast) -> tuple[tuple[float, ...], Floats]:
    """The levels (J,) that are published, rising, and the values (S, H', J) at them.

    Raises:
        DataError: If only the median is known.
    """
    columns = {MEDIAN: said.values}
    for i, interval in enumerate(said.intervals):
        columns |= {(1 - interval) / 2: said.lower[..., i], (1 + interval) / 2: said.upper[..., i]}
    if not said.intervals:
        columns = {level: said.quantiles[..., q] for q, level in enumerate(said.levels)} | columns
    if len(columns) == 1:
        raise DataError(
            "there are no intervals, so nobody knows how far paths may lie from the forecast",
            hint="set evaluation.intervals, or give a longer table, and train again",
        )
    levels = tuple(sorted(columns))
    return levels, np.stack([columns[level] for level in levels], axis=-1)


def spaced(order: Floats, rng: np.random.Generator) -> Floats:
    """(P, H) normal scores in the order of any numbers, one in each of P equal parts of the distribution."""
    count = len(order)
    ranks: Ints = np.argsort(np.argsort(order, axis=0, kind="stable"), axis=0)
    return normal_scores((ranks + rng.random((count, 1))) / count)


def _spread(drawn: Floats, scores: Floats, levels: tuple[float, ...], ends: Floats) -> Floats:
    """(P, H) draws, with what they lack of the published spread filled up by the copula's (P, H) scores."""
    middle, steps = levels.index(MEDIAN), min(len(ends), drawn.shape[1])
    low, high = max(middle - 1, 0), min(middle + 1, len(levels) - 1)
    published, own = np.zeros(drawn.shape[1]), np.ptp(np.quantile(drawn, (levels[low], levels[high]), axis=0), axis=0)
    published[:steps] = ends[:steps, high] - ends[:steps, low]
    published[steps:] = own[steps:]
    width = NormalDist().inv_cdf(levels[high]) - NormalDist().inv_cdf(levels[low])
    lacking = np.sqrt(np.maximum(published**2 - own**2, (_TIED * published) ** 2)) / width
    return np.asarray(drawn + lacking * scores)


def _values(scores: Floats, positions: Floats, ends: Floats) -> Floats:
    """(P, H') values at the scores: straight lines through the (H', J) ends at (J,) positions, and beyond them."""
    right = np.clip(np.searchsorted(positions, scores), 1, len(positions) - 1)
    steps = np.arange(scores.shape[1])
    before, after = ends[steps, right - 1], ends[steps, right]
    share = (scores - positions[right - 1]) / (positions[right] - positions[right - 1])
    return np.asarray(before + share * (after - before))
