"""How the errors of the steps ahead hang together: what makes paths of the future look like the past.

Errors are compared by their ranks, as normal scores, so that only their order counts (a Gaussian copula).
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from forecaster.series import Floats

Dependence = tuple[tuple[float, ...], ...]

_MOST_ROWS = 2048  # of residuals: the error of a correlation is then 0.022 at most
_MOST_STEPS, _MOST_NUMBERS = 48, 8192  # before each step that correlations are kept with, and of them in all
_DIGITS = 5
_LEAST_SHRINKAGE, _MOST_ALIKE = 0.02, 0.999
_FEW = 10  # rows that weigh as much as what all steps have in common
_RIDGE = 1e-5  # so that rounding cannot make a row impossible
_TABLE = 2**14  # points of the normal distribution's inverse


def stream(seed: int, series: str, purpose: int) -> np.random.Generator:
    """Random numbers that depend on the seed and a series' own name, and not on who else is forecast."""
    return np.random.default_rng([seed, zlib.crc32(series.encode("utf-8", "surrogatepass")), purpose])


@lru_cache(maxsize=1)
def _inverse() -> tuple[Floats, Floats]:
    shares = (np.arange(_TABLE) + 0.5) / _TABLE
    return shares, np.array([NormalDist().inv_cdf(share) for share in shares.tolist()])


def normal_scores(shares: Floats) -> Floats:
    """Where a standard normal number lies below which are these shares of all; cut off at four deviations."""
    return np.asarray(np.interp(shares, *_inverse()))


def dependence_of(residuals: Floats) -> Dependence:
    """The correlations between the errors of each step and of the steps before it.

    The sample correlation of the residuals' normal scores is noisy where rows are few, and rows of cutoffs that are
    one step apart repeat each other. It is drawn towards a Markov chain's, in which a step depends on the one before
    alone: the correlations of neighbours stay as they were seen, which decides how rough a path is, and the result is
    positive definite. How far follows from the noise (Schaefer and Strimmer, 2005); N / sqrt(H) rows count as
    independent, by which paths of electricity load were about as smooth as the load.

    Args:
        residuals: (N, H) signed, in any unit.

    Returns:
        A row for each step, the nearest step before it first; the first row is empty.
    """
    count, horizon = residuals.shape
    if count > _MOST_ROWS:
        residuals = residuals[np.linspace(0, count - 1, _MOST_ROWS).astype(np.int64)]
    sample = _correlations(np.stack([_scores(column) for column in residuals.T], axis=1))
    target = _markov(np.diagonal(sample, offset=1), len(residuals))
    noise = ((1 - sample**2) ** 2).sum() / max(count / horizon**0.5, 2.0)
    distance = ((sample - target) ** 2).sum()
    share = float(np.clip(noise / distance, _LEAST_SHRINKAGE, 1.0)) if distance > 0 else 1.0
    shrunk = share * target + (1 - share) * sample
    band = max(1, min(_MOST_STEPS, _MOST_NUMBERS // horizon))
    return tuple(tuple(np.round(shrunk[h, max(0, h - band) : h][::-1], _DIGITS).tolist()) for h in range(horizon))


def possible(dependence: Dependence) -> bool:
    """Whether rows are what `dependence_of` may give: correlations, one with each of the nearest steps before."""
    longest = max(1, *map(len, dependence)) if dependence else 0
    return all(
        len(row) == min(step, longest) and all(-1 < number < 1 for number in row) for step, row in enumerate(dependence)
    )


def _scores(column: Floats) -> Floats:
    """(N,) normal scores; equal numbers have equal ones."""
    _, places, counts = np.unique(column, return_inverse=True, return_counts=True)
    return normal_scores((np.cumsum(counts) - counts / 2)[places] / len(column))


def _correlations(scores: Floats) -> Floats:
    """(H, H) of (N, H); 0 with a step that never varies."""
    centred = scores - scores.mean(axis=0)
    sizes = np.sqrt((centred**2).sum(axis=0))
    units = centred / np.where(sizes > 0, sizes, 1.0)
    found = np.clip(units.T @ units, -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


def _markov(neighbours: Floats, count: int) -> Floats:
    """(H, H) of a chain with these H - 1 correlations of neighbours; of few rows they borrow from each other."""
    depths = np.arctanh(np.clip(neighbours, -_MOST_ALIKE, _MOST_ALIKE))
    own = count / (count + _FEW)
    links = np.tanh(own * depths + (1 - own) * depths.mean()) if len(depths) else depths
    horizon = len(neighbours) + 1
    chain = np.eye(horizon)
    for step, link in enumerate(links.tolist(), start=1):
        chain[step, :step] = link * chain[step - 1, :step]
        chain[:step, step] = chain[step, :step]
    return chain


class Copula:
    """Draws normal scores that hang together as errors did.

    Args:
        dependence: As `dependence_of` gave it, for H steps.
    """

    def __init__(self, dependence: Dependence) -> None:
        self.horizon = len(dependence)
        self._rows = dependence
        self._weights = [_weights(dependence, step) for step in range(self.horizon)]

    def draw(self, count: int, rng: np.random.Generator) -> Floats:
        """(count, H) scores, each standard normal."""
        scores = rng.standard_normal((count, self.horizon))
        for step, (weights, rest) in enumerate(self._weights):
            scores[:, step] = scores[:, step - len(weights) : step] @ weights + rest * scores[:, step]
        return scores

    def go_on(self, scores: Floats, horizon: int, rng: np.random.Generator) -> Floats:
        """(P, horizon) scores: (P, H) ones, or what is needed of them, and further steps as a Markov chain.

        Neighbours beyond H are as alike as the last two steps are; where H is 1, as those of a random walk, by whose
        root intervals grow too.
        """
        known = scores.shape[1]
        if horizon <= known:
            return scores[:, :horizon]
        later = np.concatenate([scores, rng.standard_normal((len(scores), horizon - known))], axis=1)
        for step in range(known, horizon):
            link = self._rows[-1][0] if self.horizon > 1 else (step / (step + 1)) ** 0.5
            later[:, step] = link * later[:, step - 1] + (1 - link**2) ** 0.5 * later[:, step]
        return later


def _weights(dependence: Dependence, step: int) -> tuple[Floats, float]:
    """What a step takes of those before it, the oldest first, and how much of it is new."""
    row = np.array(dependence[step][::-1])
    before = np.eye(len(row))
    for place in range(1, len(row)):
        earlier = dependence[step - len(row) + place][:place]
        before[place, place - len(earlier) : place] = earlier[::-1]
    before = before + np.tril(before, -1).T
    weights = np.linalg.solve(before + _RIDGE * np.eye(len(row)), row)
    explained = float(weights @ before @ weights)
    return weights / max(1.0, explained**0.5), max(1.0 - explained, 0.0) ** 0.5
