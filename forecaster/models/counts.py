"""The negative binomial distribution as a network puts it out: its quantiles from a table made when it is built.

A count k stands for the values from k - 1/2 to k + 1/2, where the probability of lower ones rises from P(X < k) to
P(X <= k) along the incomplete beta function between; so quantiles move smoothly with the parameters, and rounded to
whole numbers they are the distribution's own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from forecaster.models.backend import ops
from forecaster.models.levels import Output

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.models.scaling import Scaling

    Floats = NDArray[np.float64]

LEAST_MEAN, MOST_MEAN = 1e-6, 1e12
LEAST_DISPERSION, MOST_DISPERSION = 1e-4, 10.0  # 1 / shape: nearly Poisson, and a variance of 10 times the mean squared
_BEND = 2.0  # where the table's axis of dispersions turns from roots to logarithms: in units of the root
_MEANS = (-9.2, 18.4, 44)  # logarithms of a ten-thousandth to a hundred million, and how many of them
_DISPERSIONS = (np.arcsinh(_BEND * LEAST_DISPERSION**0.5), np.arcsinh(_BEND * MOST_DISPERSION**0.5), 28)
_SCORES = (-4.5, 4.5, 61)  # the middle one is 0, so that the median is exact
_LOWEST, _EXACT = -40.0, 1e-6  # the logarithm above which a quantile is sought, and how close


class NegativeBinomial(Output):
    """Mean and shape: the variance is mean + mean² / shape. It takes no skip, and needs windows scaled by a factor."""

    width = 2
    counts: ClassVar[bool] = True

    def parameters(self, raw: Any, base: Any, scaling: Scaling) -> Any:
        """(N, H, 2) a mean above 0 in the units of the window, and a shape from a tenth to ten thousand."""
        del base
        spread = ops.expand_dims(scaling.spread, -1)
        mean = ops.clip(ops.softplus(raw[..., :1]) * spread, LEAST_MEAN, MOST_MEAN)
        free = ops.softplus(raw[..., 1:])
        dispersion = free / (1.0 + free / MOST_DISPERSION) + LEAST_DISPERSION
        return ops.concatenate([mean, 1.0 / dispersion], axis=-1)

    def quantiles(self, parameters: Any) -> Any:
        """(N, H, Q) 0 or more."""
        return _quantiles(parameters, self.scores)

    def middle(self, parameters: Any) -> Any:
        """(N, H) the quantile of level 0.5."""
        return _quantiles(parameters, (0.0,))[..., 0]

    def draw(self, parameters: Any, normals: Any) -> Any:
        """(N, H) 0 or more."""
        mean, shape = parameters[..., 0], parameters[..., 1]
        table = np.asarray(_score_table(), dtype=np.float32)
        first, share = _place(normals, _SCORES)
        deviation = 0.0
        for place, weight in _corners(mean, shape):
            left = place * _SCORES[2] + first
            inner = (1.0 - share) * ops.take(table, left, axis=0) + share * ops.take(table, left + 1, axis=0)
            deviation = deviation + weight * inner
        return _value(mean, shape, deviation)


def _quantiles(parameters: Any, scores: tuple[float, ...]) -> Any:
    """(N, H, any) at the probabilities of normal scores."""
    mean, shape = parameters[..., :1], parameters[..., 1:]
    table = np.asarray(_level_table(scores), dtype=np.float32)
    corners = _corners(mean[..., 0], shape[..., 0])
    deviation = sum(ops.expand_dims(weight, -1) * ops.take(table, place, axis=0) for place, weight in corners)
    return _value(mean, shape, deviation)


def _value(mean: Any, shape: Any, deviation: Any) -> Any:
    """The quantile, of which the table holds log(quantile / mean) over the deviation of the logarithm, at about."""
    return ops.maximum(mean * ops.exp(deviation * _unit(mean, 1.0 / shape)) - 0.5, 0.0)


def _unit(mean: Any, dispersion: Any) -> Any:
    return (dispersion * (1.0 + dispersion) + 1.0 / (mean + 1.0)) ** 0.5


def _place(values: Any, axis: tuple[float, float, int]) -> tuple[Any, Any]:
    """The place of the point of an even axis left of each value, and the share of the way to the next."""
    low, high, count = axis
    along = ops.clip((values - low) * ((count - 1) / (high - low)), 0.0, count - 1.0)
    left = ops.minimum(ops.floor(along), count - 2.0)
    return ops.cast(left, "int32"), along - left


def _corners(mean: Any, shape: Any) -> list[tuple[Any, Any]]:
    """The places in the table of the four points around each mean and shape, and how much each of them counts."""
    row, down = _place(ops.log(mean), _MEANS)
    column, right = _place(ops.arcsinh(_BEND * (1.0 / shape) ** 0.5), _DISPERSIONS)
    first, width = row * _DISPERSIONS[2] + column, _DISPERSIONS[2]
    return [
        (first, (1.0 - down) * (1.0 - right)),
        (first + 1, (1.0 - down) * right),
        (first + width, down * (1.0 - right)),
        (first + width + 1, down * right),
    ]


@lru_cache(maxsize=8)
def _level_table(scores: tuple[float, ...]) -> NDArray[np.float32]:
    """(means * dispersions, Q): the deviations of quantiles."""
    return _table(np.array(scores))


@lru_cache(maxsize=1)
def _score_table() -> NDArray[np.float32]:
    """(means * dispersions * scores,): as above, for the scores between which draws are."""
    return _table(np.linspace(*_SCORES)).ravel()


def _table(scores: Floats) -> NDArray[np.float32]:
    mean = np.exp(np.linspace(*_MEANS))[:, None, None]
    dispersion = (np.sinh(np.linspace(*_DISPERSIONS)) / _BEND)[None, :, None] ** 2
    deviation = (log_quantile(scores, mean, 1.0 / dispersion) - np.log(mean)) / _unit(mean, dispersion)
    return np.asarray(deviation.reshape(-1, len(scores)), np.float32)


def log_quantile(scores: Floats, mean: Floats, shape: Floats) -> Floats:
    """The logarithm of half more than the quantile at the probability of normal scores.

    P(X <= k) is the incomplete beta function of shape and k + 1 (Johnson, Kemp and Kotz, 2005, section 5.6).
    """
    from scipy.optimize.elementwise import find_root  # only where a network is built

    score, mean, shape = np.broadcast_arrays(scores, mean, shape)
    highest = np.log(mean) + 12.0 * _unit(mean, 1.0 / shape) + 3.0  # beyond any score of the table
    ends = (np.full(highest.shape, _LOWEST), highest)
    close = {"xatol": _EXACT, "xrtol": 0.0, "fatol": _EXACT, "frtol": 0.0}
    return np.asarray(find_root(_too_high, ends, args=(score, shape / (shape + mean), shape), tolerances=close).x)


def _too_high(log_value: Floats, score: Floats, success: Floats, shape: Floats) -> Floats:
    """By how much the normal score at a value is above the wanted one; each from the shorter tail, which is precise."""
    from scipy.special import betainc, betaincc, ndtri

    upper = score > 0
    tail = np.empty_like(log_value)
    for function, side in ((betaincc, upper), (betainc, ~upper)):
        tail[side] = function(shape[side], np.exp(log_value[side]), success[side])
    return np.asarray(np.where(upper, -1.0, 1.0) * ndtri(np.maximum(tail, np.finfo(float).tiny)) - score)
