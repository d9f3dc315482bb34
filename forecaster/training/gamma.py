"""The gamma function's logarithm, which Keras does not have, precise in float32 wherever likelihoods need it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev

from forecaster.models.backend import ops

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
_LARGE = 8.0  # from here on four terms of Stirling's series are as precise as float32
_SERIES = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680)  # of Bernoulli's numbers (Abramowitz and Stegun, 6.1.41)
_DEGREE, _NODES = 9, 40


def log_gamma(values: Any) -> Any:
    """The logarithm of the gamma function of values above 0, of any shape.

    Below 1 by log gamma(x) = log gamma(x + 1) - log x; from 1 to 8 as (x - 1) (x - 2), its roots, times a polynomial in
    log x; beyond by Stirling's series.
    """
    tiny, large = values < 1.0, values >= _LARGE
    capped = ops.minimum(values, _LARGE)
    roots = (capped - 1.0) * ops.where(tiny, capped, capped - 2.0)  # of x + 1, whose sum would lose what is near 2
    inner = ops.maximum(ops.where(tiny, capped + 1.0, capped), 1.0)
    shift = ops.where(tiny, ops.log(ops.where(tiny, capped, 1.0)), 0.0)
    near = roots * _polynomial(2.0 * ops.log(inner) / math.log(_LARGE) - 1.0) - shift
    outer = ops.maximum(values, _LARGE)
    far = (outer - 0.5) * ops.log(outer) - outer + HALF_LOG_2PI + _stirling(outer)
    return ops.where(large, far, near)


def remainder(values: Any) -> Any:
    """What Stirling's formula leaves of log gamma: with (x - 1/2) log x - x + log(2 pi) / 2 it is the whole.

    Differences of log gamma at large values are differences of two huge numbers; those of the formula can be written
    out, so that only these small remainders are subtracted.
    """
    outer, inner = ops.maximum(values, _LARGE), ops.minimum(values, _LARGE)
    near = log_gamma(inner) - ((inner - 0.5) * ops.log(inner) - inner + HALF_LOG_2PI)
    return ops.where(values >= _LARGE, _stirling(outer), near)


def _stirling(values: Any) -> Any:
    square, total = 1.0 / ops.square(values), 0.0
    for factor in reversed(_SERIES):
        total = total * square + factor
    return total / values


def _polynomial(place: Any) -> Any:
    total = 0.0
    for factor in reversed(_fitted()):
        total = total * place + factor
    return total


@lru_cache(maxsize=1)
def _fitted() -> tuple[float, ...]:
    """Coefficients, the constant first, of log gamma without its roots, in log x brought from [0, log 8] to [-1, 1]."""
    places = np.cos(np.pi * (np.arange(_NODES) + 0.5) / _NODES)
    x = _LARGE ** ((places + 1.0) / 2.0)
    values = [math.lgamma(each) / ((each - 1.0) * (each - 2.0)) for each in x.tolist()]
    return tuple(chebyshev.cheb2poly(chebyshev.chebfit(places, values, _DEGREE)).tolist())
