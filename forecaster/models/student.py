"""Student's t distribution as a network puts it out: its quantiles and draws without an incomplete beta function.

Both are polynomials fitted by Chebyshev's nodes when a network is built; 1 / df, in (0, 1/2], is what they are smooth
in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.polynomial import chebyshev

from forecaster.models.backend import ops
from forecaster.models.levels import Output, moved
from forecaster.models.scaling import plus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from forecaster.models.scaling import Scaling

LEAST_SCALE = 1e-3  # of a distribution, in units of the network
LEAST_DF = 2.0  # below it the variance is infinite
_DEGREE = 12  # in 1 / df: relative errors below 1e-7, which float32 cannot hold
_ALONG = 14  # degree in the square of the normal score
_NODES = 40
_FURTHEST = 6.0  # the largest normal score; one number in a billion lies beyond


class StudentT(Output):
    """Location, scale and degrees of freedom: tails as heavy as the data's (Lange et al., 1989)."""

    width = 3

    def parameters(self, raw: Any, base: Any, scaling: Scaling) -> Any:
        """(N, H, 3) any location, a scale above 0, and degrees of freedom of 2 or more."""
        location = scaling.said(moved(raw[..., :1], base))
        scale = scaling.widened(ops.softplus(raw[..., 1:2]) + LEAST_SCALE)
        return ops.concatenate([location, scale, ops.softplus(raw[..., 2:]) + LEAST_DF], axis=-1)

    def quantiles(self, parameters: Any) -> Any:
        """(N, H, Q) location + scale times Student's quantile."""
        return plus(parameters[..., 1:2] * quantiles(parameters[..., 2:], self.levels), parameters[..., :1])

    def draw(self, parameters: Any, normals: Any) -> Any:
        """(N, H) location + scale times Student's quantile for the probability of a normal number."""
        return parameters[..., 0] + parameters[..., 1] * drawn(parameters[..., 2], normals)


def quantiles(df: Any, levels: tuple[float, ...]) -> Any:
    """(..., Q) Student's quantiles for the degrees of freedom (..., 1)."""
    basis = _basis(4.0 / df[..., 0] - 1.0, _DEGREE)
    return ops.matmul(basis, np.asarray(_fitted_levels(levels), dtype=np.float32))


def drawn(df: Any, normals: Any) -> Any:
    """Student's quantiles for the probabilities of standard normal numbers, of the same shape; 0 for 0."""
    score = ops.clip(normals, -_FURTHEST, _FURTHEST)
    across = ops.matmul(_basis(4.0 / df - 1.0, _DEGREE), np.asarray(_fitted_draws(), dtype=np.float32))
    along = _basis(2.0 * ops.square(score / _FURTHEST) - 1.0, _ALONG)
    return score * ops.exp(ops.sum(across * along, axis=-1))


def _basis(values: Any, degree: int) -> Any:
    """(..., degree + 1) Chebyshev's polynomials of values in [-1, 1]."""
    terms = [ops.ones_like(values), values]
    for _ in range(degree - 1):
        terms.append(2.0 * values * terms[-1] - terms[-2])
    return ops.stack(terms, axis=-1)


def _nodes() -> NDArray[np.float64]:
    return np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)


def _fit(values: NDArray[np.float64], degree: int) -> NDArray[np.float64]:
    """(degree + 1, any) coefficients for the values (nodes, any) at Chebyshev's nodes."""
    return np.asarray(chebyshev.chebfit(_nodes(), values, degree))


@lru_cache(maxsize=8)
def _fitted_levels(levels: tuple[float, ...]) -> NDArray[np.float32]:
    """(degree + 1, Q) in 1 / df, for each level."""
    from scipy.special import stdtrit  # only where a network is built

    df = 4.0 / (_nodes() + 1.0)
    return _fit(stdtrit(df[:, None], np.array(levels)), _DEGREE).astype(np.float32)


@lru_cache(maxsize=1)
def _fitted_draws() -> NDArray[np.float32]:
    """(degree + 1, degree along + 1) of log(t / z), in 1 / df and in the square of z."""
    from scipy.special import ndtr, stdtrit

    df, score = 4.0 / (_nodes() + 1.0), _FURTHEST * np.sqrt((_nodes() + 1.0) / 2.0)
    ratio = np.log(-stdtrit(df, ndtr(-score)[:, None]) / score[:, None])
    return _fit(_fit(ratio, _ALONG).T, _DEGREE).astype(np.float32)
