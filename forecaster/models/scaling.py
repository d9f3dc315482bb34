"""A window scaled by its own past, inside the graph, so that no fitted scaler can leak or be lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecaster.models.backend import ops


@dataclass(frozen=True)
class Scaling:
    """What a window is scaled by: `(y - center) / spread`.

    Attributes:
        center: (N, 1) in the units of the window.
        spread: (N, 1) above zero, in the units of the window.
    """

    center: Any
    spread: Any

    def scaled(self, values: Any) -> Any:
        """(N, any) without units."""
        return (values - self.center) / self.spread

    def unscaled(self, values: Any) -> Any:
        """(N, H, Q) in the units of the window again."""
        return plus(values * ops.expand_dims(self.spread, -1), ops.expand_dims(self.center, -1))


def plus(left: Any, right: Any) -> Any:
    """`left + right`, broadcast.

    Keras' own addition takes a right side of one long axis for a bias wherever that axis is as long as a channel axis
    on the left, and so mixes up the windows of a batch of H or Q; subtraction does not guess.
    """
    return left - (-right)


def scaling_of(scale: str, window: Any, floor: Any) -> Scaling:
    """How to scale `window`.

    Args:
        scale: `none`, `last`, `mean`, `standard` or `log`, which is `last` here: the window arrives as logarithms.
        window: (N, L) oldest step first.
        floor: (N, 1) what every denominator is at least.
    """
    zero = ops.zeros_like(floor)
    if scale == "none":
        return Scaling(zero, ops.ones_like(floor))
    if scale == "mean":
        return Scaling(zero, ops.maximum(_mean(ops.absolute(window)), floor))
    if scale == "standard":
        mean = _mean(window)
        return Scaling(mean, ops.maximum(ops.sqrt(_mean(ops.square(window - mean))), floor))
    # A lookback of one step has no step in it: the floor alone is left.
    step = _mean(ops.absolute(window[:, 1:] - window[:, :-1])) if window.shape[1] > 1 else zero
    return Scaling(window[:, -1:], ops.maximum(step, floor))


def _mean(values: Any) -> Any:
    return ops.mean(values, axis=1, keepdims=True)
