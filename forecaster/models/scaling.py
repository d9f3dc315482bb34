"""A window scaled by its own past, inside the graph, so that no fitted scaler can leak or be lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from forecaster.models.backend import keras, ops


@dataclass(frozen=True)
class Scaling:
    """What a window is scaled by: `(y - center) / spread`, then, under `affine`, times `factor`, plus `shift`.

    The loss is taken before that learned factor: with it, training would make every error small by making it 0.

    Attributes:
        center: (N, 1) in the units of the window.
        spread: (N, 1) above zero, in the units of the window.
        factor: (1, 1) learned, above zero; None: 1.
        shift: (1, 1) learned; None: 0.
    """

    center: Any
    spread: Any
    factor: Any = None
    shift: Any = None

    def scaled(self, values: Any) -> Any:
        """(N, any) in the window's units to what the network reads, without units."""
        return self.read(self.judged(values))

    def judged(self, values: Any) -> Any:
        """(N, any) in the window's units to those of the loss: without units, before what `affine` learns."""
        return (values - self.center) / self.spread

    def read(self, values: Any) -> Any:
        """(N, any) in the loss' units to what the network reads."""
        return values if self.factor is None else plus(values * self.factor, self.shift)

    def said(self, values: Any) -> Any:
        """(N, H, any) as the network puts it out, to the loss' units: undoes `read`."""
        if self.factor is None:
            return values
        return (values - ops.expand_dims(self.shift, -1)) / ops.expand_dims(self.factor, -1)

    def widened(self, values: Any) -> Any:
        """(N, H, any) widths as the network puts them out, to the loss' units: `said` without the shift."""
        return values if self.factor is None else values / ops.expand_dims(self.factor, -1)

    def unscaled(self, values: Any) -> Any:
        """(N, H, any) from the loss' units to those of the window again."""
        return plus(values * ops.expand_dims(self.spread, -1), ops.expand_dims(self.center, -1))


def plus(left: Any, right: Any) -> Any:
    """`left + right`, broadcast.

    Keras' own addition takes a right side of one long axis for a bias wherever that axis is as long as a channel axis
    on the left, and so mixes up the windows of a batch of H or Q; subtraction does not guess.
    """
    return left - (-right)


def scaling_of(scale: str, window: Any, floor: Any, present: Any = None) -> Scaling:
    """How to scale `window`, by the values that were observed in it.

    Args:
        scale: `none`, `last`, `mean`, `standard`, `affine`, `log`, which is `last` here, or `log_mean`: the window
            arrives as logarithms.
        window: (N, L) oldest step first.
        floor: (N, 1) what every denominator is at least.
        present: (N, L) 1 where a value was observed, 0 where the one before it was carried on; None: all were.
    """
    seen = _Seen(present)
    zero, one = ops.zeros_like(floor), ops.ones_like(floor)
    if scale == "none":
        return Scaling(zero, one)
    if scale == "mean":
        return Scaling(zero, ops.maximum(seen.mean(ops.absolute(window)), floor))
    if scale == "log_mean":
        return Scaling(seen.mean(window), one)
    if scale in {"standard", "affine"}:
        mean = seen.mean(window)
        spread = ops.maximum(ops.sqrt(seen.mean(ops.square(window - mean))), floor)
        return Scaling(mean, spread, *(Affine(name="affine")(floor) if scale == "affine" else ()))
    # A lookback of one step has no step in it: the floor alone is left.
    step = seen.step(ops.absolute(window[:, 1:] - window[:, :-1])) if window.shape[1] > 1 else zero
    return Scaling(window[:, -1:], ops.maximum(step, floor))


@dataclass(frozen=True)
class _Seen:
    """Means over what was observed of (N, L) values; (N, 1) each."""

    present: Any

    def mean(self, values: Any) -> Any:
        if self.present is None:
            return ops.mean(values, axis=1, keepdims=True)
        count = ops.sum(self.present, axis=1, keepdims=True)
        return ops.sum(values * self.present, axis=1, keepdims=True) / ops.maximum(count, 1.0)

    def step(self, sizes: Any) -> Any:
        """Of the (N, L - 1) steps: a value that was carried on makes none, and the next one the whole way."""
        if self.present is None:
            return ops.mean(sizes, axis=1, keepdims=True)
        count = ops.sum(self.present[:, 1:], axis=1, keepdims=True)
        return ops.sum(sizes, axis=1, keepdims=True) / ops.maximum(count, 1.0)


class Affine(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """The learned factor, as a logarithm, and shift of reversible instance normalisation (Kim et al., 2022)."""

    def build(self, _: tuple[int | None, ...]) -> None:
        """Create both; at the start they change nothing."""
        self.log_factor = self.add_weight((1, 1), "zeros", name="log_factor")
        self.shift = self.add_weight((1, 1), "zeros", name="shift")

    def call(self, floor: Any) -> tuple[Any, Any]:
        """The factor and the shift, each (N, 1), for each window of `floor` (N, 1) the same."""
        zero = ops.zeros_like(floor)
        return zero + ops.exp(self.log_factor), zero + self.shift

    def compute_output_shape(self, floor_shape: tuple[int | None, ...]) -> tuple[tuple[int | None, ...], ...]:
        """Of (N, 1): (N, 1) twice."""
        return floor_shape, floor_shape
