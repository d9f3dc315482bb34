"""How good whole paths of the future are, and how rough: what intervals of single steps cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.series import Floats


def energy_score(actual: Floats, paths: Floats) -> float:
    """Energy score (Gneiting and Raftery, 2007): the mean of |x - y| - |x - x'| / 2 over paths x and pairs of them.

    Of one step it is the CRPS. Every pair counts once, which gives the same expectation however many paths there are.

    Args:
        actual: (N, H) what happened, y.
        paths: (N, P, H) of each, at least two.

    Returns:
        In the data's own units; lower is better. |.| is the Euclidean length over the H steps.
    """
    return float(np.mean([_score(happened, drawn) for happened, drawn in zip(actual, paths, strict=True)]))


def _score(happened: Floats, drawn: Floats) -> float:
    count, centred = len(drawn), drawn - happened
    sizes = (centred**2).sum(axis=1)
    squares = np.maximum(sizes[:, None] + sizes - 2 * centred @ centred.T, 0.0)
    np.fill_diagonal(squares, 0.0)
    return float(np.sqrt(sizes).mean() - np.sqrt(squares).sum() / (2 * count * (count - 1)))


def torn(paths: Floats, seed: int) -> Floats:
    """The same values at every step, drawn independently of each other: what paths have to be better than.

    Args:
        paths: (N, P, H)
        seed: Of the shuffling.
    """
    return np.random.default_rng(seed).permuted(paths, axis=1)


def roughness(values: Floats) -> float:
    """Lag-1 autocorrelation of the differences along the last axis, pooled over all rows.

    Near 0 for a random walk, -0.5 for noise about a level, near 1 for a smooth curve.

    Args:
        values: (..., T) at least three steps; pairs of differences with a missing value are left out.
    """
    steps = np.diff(values, axis=-1)
    first, second = steps[..., :-1], steps[..., 1:]
    both = ~np.isnan(first + second)
    first, second = first[both], second[both]
    sizes = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return float((first * second).sum() / sizes) if sizes > 0 else np.nan
