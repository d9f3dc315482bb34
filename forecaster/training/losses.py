"""The losses, each one number a window, in scaled units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.models.backend import ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.training.objective import Objective

    Loss = Callable[[Any, Any], Any]


def loss_of(objective: Objective, levels: tuple[float, ...]) -> Loss:
    """The loss as a function of the forecast (N, H, Q) and the target (N, H); it returns (N,).

    Args:
        objective: Its name.
        levels: (Q,) the quantile levels of the forecast; only pinball looks at them.
    """
    if objective == "pinball":
        return lambda forecast, target: pinball(forecast, target, levels)
    return {"mae": mae, "mse": mse, "huber": huber}[objective]


def _error(forecast: Any, target: Any) -> Any:
    return ops.expand_dims(target, -1) - forecast  # (N, H, Q)


def mae(forecast: Any, target: Any) -> Any:
    """(N,) the mean absolute error."""
    return ops.mean(ops.abs(_error(forecast, target)), axis=(1, 2))


def mse(forecast: Any, target: Any) -> Any:
    """(N,) the mean squared error."""
    return ops.mean(ops.square(_error(forecast, target)), axis=(1, 2))


def huber(forecast: Any, target: Any) -> Any:
    """(N,) half the squared error up to 1, and linear beyond (Huber, 1964)."""
    size = ops.abs(_error(forecast, target))
    inner = ops.minimum(size, 1.0)
    return ops.mean(inner * (size - 0.5 * inner), axis=(1, 2))


def pinball(forecast: Any, target: Any, levels: tuple[float, ...]) -> Any:
    """(N,) the quantile loss, averaged over steps and levels (Koenker and Bassett, 1978).

    At the single level 0.5 it is half the absolute error.
    """
    error = _error(forecast, target)
    level = ops.convert_to_tensor(levels, dtype="float32")
    return ops.mean(ops.maximum(level * error, (level - 1.0) * error), axis=(1, 2))
