"""What the output of a network is added to, so that it only has to learn what is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.models.backend import keras, ops
from forecaster.models.layers import Place
from forecaster.models.scaling import plus

if TYPE_CHECKING:
    from forecaster.models.sizes import Shapes

_SKIP = 1_500_001  # its place, beyond those of any stack
_SMALL = 0.1  # variance of the linear skip's weights: the first forecast is near the scale's own
_START = (0.0, -1.0)  # logits of the smoothing of level and season: a half, and a quarter


def linear(scaled: Any, shapes: Shapes, seed: int) -> Any:
    """(N, H, 1) a linear forecast from the whole lookback (Zeng et al., 2023), or from the same place of each cycle.

    In cycles of m steps, a step at place p of a cycle to come is made of the values at place p of the cycles that have
    been, by weights that are the same for every p (Lin et al., 2024): L H ÷ m² of them instead of L H.

    Args:
        scaled: (N, L) the lookback; what is left over of it by whole cycles, the oldest, is not read.
        shapes: The horizon, and m.
        seed: The network's.
    """
    draw, every = Place("skip", _SKIP, seed, steps=0, sequence=False).draw(0), shapes.every or 1
    small = keras.initializers.VarianceScaling(_SMALL, "fan_avg", "uniform", seed=draw)
    past, future = shapes.lookback // every, -(-shapes.horizon // every)
    layer = keras.layers.Dense(future, name="skip", kernel_initializer=small)
    if every == 1:
        return ops.expand_dims(layer(scaled), -1)
    cycles = ops.reshape(scaled[:, shapes.lookback - past * every :], (-1, past, every))
    ahead = ops.swapaxes(layer(ops.swapaxes(cycles, 1, 2)), 1, 2)
    return ops.reshape(ahead, (-1, future * every, 1))[:, : shapes.horizon]


def seasonal_naive(scaled: Any, shapes: Shapes) -> Any:
    """(N, H, 1) the value one season before each step, or two where one is still ahead of the cutoff, and so on.

    Of several seasons, a mean whose weights are learned; at the start they are equal.

    Args:
        scaled: (N, L) the lookback.
        shapes: The lookback, the horizon and the seasons, each at most the lookback.
    """
    each = [ops.take(scaled, _season_before(season, shapes), axis=1) for season in shapes.seasons]
    return ops.expand_dims(each[0], -1) if len(each) == 1 else Shares(name="skip")(ops.stack(each, axis=-1))


def _season_before(season: int, shapes: Shapes) -> list[int]:
    """(H,) the steps of the lookback that forecast the steps of the horizon."""
    return [shapes.lookback + step - season * (step // season + 1) for step in range(shapes.horizon)]


class Shares(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A mean with learned weights, which are above 0 and sum to 1."""

    def build(self, values_shape: tuple[int | None, ...]) -> None:
        """Create the logits of the weights, which are equal at the start."""
        self.logits = self.add_weight((values_shape[-1],), "zeros", name="logits")

    def call(self, values: Any) -> Any:
        """(N, H, 1) from (N, H, any)."""
        return ops.sum(values * ops.softmax(self.logits), axis=-1, keepdims=True)

    def compute_output_shape(self, values_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Of (N, H, any): (N, H, 1)."""
        return (*values_shape[:-1], 1)


def smoothing(scaled: Any, code: Any, shapes: Shapes) -> tuple[Any, Any]:
    """Level and season, smoothed exponentially with weights learned for each series (Smyl, 2020).

    Args:
        scaled: (N, L) the lookback.
        code: (N, 1) of the series; None: all series have the same weights.
        shapes: The horizon, the season and the series.

    Returns:
        (N, H, 1) the last level and the season of each step; (N, L) what they leave over of the lookback.
    """
    base, residual = Smoothing(shapes)(*([scaled] if code is None else [scaled, code]))
    return base, residual


class Smoothing(keras.layers.Layer):  # type: ignore[misc]
    """The weights are logits of a row for each series, and a last one for a series never seen, or of one row in all."""

    def __init__(self, shapes: Shapes) -> None:
        super().__init__(name="smoothing")
        self.shapes, self.season = shapes, shapes.season or 1

    def build(self, scaled_shape: tuple[int | None, ...], code_shape: Any = None) -> None:
        """Create the logits, less where they start: of level and, where there is one, season."""
        del scaled_shape, code_shape
        series, columns = len(self.shapes.channels.series), 1 if self.season == 1 else 2
        self.logits = self.add_weight((series + 1 if series else 1, columns), "zeros", name="logits")

    def call(self, scaled: Any, code: Any = None) -> tuple[Any, Any]:
        """The forecast (N, H, 1) and what is left over (N, L) of the lookback (N, L) of a series (N, 1)."""
        codes = ops.zeros_like(scaled[:, 0]) if code is None else code[:, 0]
        start = np.array([_START[: self.logits.shape[1]]], np.float32)
        shares = ops.sigmoid(ops.take(self.logits, ops.cast(codes, "int32"), axis=0) + start)
        level, season = self._smoothed(scaled, shares)
        ahead, behind = ([step % self.season for step in steps] for steps in self._steps())
        base = plus(ops.take(season, ahead, axis=1), level)
        return ops.expand_dims(base, -1), scaled - plus(ops.take(season, behind, axis=1), level)

    def _steps(self) -> tuple[range, range]:
        """The steps of the horizon and of the lookback, counted from the cutoff."""
        return range(self.shapes.horizon), range(-self.shapes.lookback, 0)

    def _smoothed(self, scaled: Any, shares: Any) -> tuple[Any, Any]:
        """The level (N, 1) and the season (N, m), of the m steps that end at the cutoff."""
        first = scaled[:, : self.season]
        level = ops.mean(first, axis=1, keepdims=True)
        if self.shapes.lookback == self.season:
            return level, first - level
        loop = keras.layers.RNN(_Cell(self.season, shares), return_state=True)
        rest = ops.expand_dims(scaled[:, self.season :], -1)
        _, level, season = loop(rest, initial_state=[level, first - level])
        return level, season

    def compute_output_shape(self, scaled_shape: tuple[int | None, ...], code_shape: Any = None) -> Any:
        """Of (N, L): (N, H, 1) and (N, L)."""
        del code_shape
        return (scaled_shape[0], self.shapes.horizon, 1), scaled_shape


class _Cell:
    """What Keras' loop calls for every step."""

    compute_dtype = "float32"

    def __init__(self, season: int, shares: Any) -> None:
        self.state_size = [1, season]
        self.season = season
        self.level_share, self.season_share = shares[:, :1], shares[:, 1:]

    def call(self, value: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """The new level (N, 1), and with it the new seasons (N, m), the oldest first."""
        level, season = states
        oldest = season[:, :1]
        level = level + self.level_share * (value - oldest - level)
        if self.season == 1:
            return level, [level, season]
        newest = oldest + self.season_share * (value - level - oldest)
        return level, [level, ops.concatenate([season[:, 1:], newest], axis=1)]

    __call__ = call
