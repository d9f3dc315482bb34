"""The losses, each one number a window: the mean over the steps whose target is there, 0 where none is.

A missing target is NaN. It is replaced before any arithmetic, because the gradient of NaN times 0 is NaN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.models.backend import keras, ops
from forecaster.training.gamma import HALF_LOG_2PI, remainder

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.training.objective import Objective

    Loss = Callable[[Any, Any], Any]

_FURTHEST = 1e9  # scales between a target and its forecast: the square of more leaves float32
_MOST = 1e12  # that a count can be
_NEAR = 0.5  # relative difference below which the logarithm of a ratio is taken from the difference


def loss_of(objective: Objective, levels: tuple[float, ...]) -> Loss:
    """The loss as a function of parameters (N, H, W) and a target (N, H) in the same units, to (N,).

    Args:
        objective: Its name.
        levels: (Q,) the quantile levels of the forecast; only pinball looks at them.
    """
    if objective == "pinball":
        return lambda forecast, target: pinball(forecast, target, levels)
    return _LOSSES[objective]


def _known(parameters: Any, target: Any) -> Any:
    """(N, H) the target; where it is missing, a number that no loss is large at."""
    return ops.where(ops.isnan(target), keras.ops.stop_gradient(parameters[..., 0]), target)


def _mean(losses: Any, target: Any) -> Any:
    """(N,) over the steps whose target is there, from (N, H)."""
    missing = ops.isnan(target)
    count = ops.sum(ops.cast(ops.logical_not(missing), "float32"), axis=1)
    return ops.sum(ops.where(missing, 0.0, losses), axis=1) / ops.maximum(count, 1.0)


def _error(forecast: Any, target: Any) -> Any:
    return ops.expand_dims(_known(forecast, target), -1) - forecast  # (N, H, Q)


def mae(forecast: Any, target: Any) -> Any:
    """(N,) the mean absolute error."""
    return _mean(ops.mean(ops.abs(_error(forecast, target)), axis=-1), target)


def mse(forecast: Any, target: Any) -> Any:
    """(N,) the mean squared error."""
    return _mean(ops.mean(ops.square(_error(forecast, target)), axis=-1), target)


def huber(forecast: Any, target: Any) -> Any:
    """(N,) half the squared error up to 1, and linear beyond (Huber, 1964)."""
    size = ops.abs(_error(forecast, target))
    inner = ops.minimum(size, 1.0)
    return _mean(ops.mean(inner * (size - 0.5 * inner), axis=-1), target)


def pinball(forecast: Any, target: Any, levels: tuple[float, ...]) -> Any:
    """(N,) the quantile loss, averaged over steps and levels (Koenker and Bassett, 1978).

    At the single level 0.5 it is half the absolute error.
    """
    error = _error(forecast, target)
    level = ops.convert_to_tensor(levels, dtype="float32")
    return _mean(ops.mean(ops.maximum(level * error, (level - 1.0) * error), axis=-1), target)


def gaussian(parameters: Any, target: Any) -> Any:
    """(N,) the negative log-likelihood under normal distributions of location and scale."""
    z, scale = _standard(parameters, target)
    return _mean(0.5 * ops.square(z) + ops.log(scale) + HALF_LOG_2PI, target)


def student_t(parameters: Any, target: Any) -> Any:
    """(N,) the negative log-likelihood under Student's distributions of location, scale and degrees of freedom."""
    z, scale = _standard(parameters, target)
    df = parameters[..., 2]
    half = 0.5 * df
    # log gamma((df + 1) / 2) - log gamma(df / 2) - log(df pi) / 2, without what cancels where df is large
    factor = half * ops.log1p(0.5 / half) - 0.5 - HALF_LOG_2PI + remainder(half + 0.5) - remainder(half)
    return _mean((half + 0.5) * ops.log1p(ops.square(z) / df) + ops.log(scale) - factor, target)


def _standard(parameters: Any, target: Any) -> tuple[Any, Any]:
    """The targets (N, H) in scales from their locations, and the scales."""
    location, scale = parameters[..., 0], parameters[..., 1]
    return ops.clip((_known(parameters, target) - location) / scale, -_FURTHEST, _FURTHEST), scale


def negative_binomial(parameters: Any, target: Any) -> Any:
    """(N,) the negative log-likelihood of counts of a mean and a shape; a target below 0 counts as 0.

    The likelihood's gamma functions are split as by Loader (2000), so that large counts cost no precision.
    """
    mean, shape = parameters[..., 0], parameters[..., 1]
    count = ops.clip(_known(parameters, target), 0.0, _MOST)
    some = count > 0.0
    y = ops.where(some, count, 1.0)
    both = y * (mean + shape)
    above = y * _log_ratio(mean * (y + shape), both, shape * (mean - y) / both)
    above = above + remainder(y + shape) - remainder(shape) - remainder(y)
    above = above - 0.5 * (ops.log(y) + ops.log1p(y / shape)) - HALF_LOG_2PI
    below = shape * _log_ratio(count + shape, mean + shape, (count - mean) / (mean + shape))
    return _mean(-below - ops.where(some, above, 0.0), target)


def _log_ratio(top: Any, bottom: Any, difference: Any) -> Any:
    """log(top / bottom), by `difference`, top / bottom - 1, where that is small."""
    near = ops.abs(difference) < _NEAR
    far = ops.log(ops.where(near, 1.0, top / bottom))
    return ops.where(near, ops.log1p(ops.where(near, difference, 0.0)), far)


_LOSSES: dict[str, Loss] = {
    "mae": mae,
    "mse": mse,
    "huber": huber,
    "gaussian": gaussian,
    "student_t": student_t,
    "negative_binomial": negative_binomial,
}
