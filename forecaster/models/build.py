"""A config and its shapes become two graphs over the same layers: one to train, one to predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.models import heads, layers
from forecaster.models.backend import keras, ops
from forecaster.models.scaling import plus, scaling_of
from forecaster.models.sizes import Shapes, last_recurrent, layer_name, patch_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from forecaster.config.schema import ModelConfig

__all__ = ["Network", "Shapes", "build", "set_weights", "weights_of"]


@dataclass(frozen=True, eq=False)
class Network:
    """Two graphs over the same layers: what changes the weights of one changes the other.

    Attributes:
        training: [window (N, L), floor (N, 1), target (N, H)] to [scaled forecast (N, H, Q), scaled target (N, H)].
        prediction: [window (N, L), floor (N, 1)] to the forecast (N, H, Q) in the units of the window.
        shapes: Their sizes.
    """

    training: Any
    prediction: Any
    shapes: Shapes


def build(model: ModelConfig, shapes: Shapes, *, seed: int) -> Network:
    """A network with fresh weights.

    The weights follow from `seed` alone, whatever else the process drew before: the same bits everywhere.

    Args:
        model: The layers and how they are wired.
        shapes: The sizes; `sizes.check_model` has accepted them.
        seed: Of the weights, and of what dropout drops.
    """
    window = keras.Input((shapes.lookback,), name="window", dtype="float32")
    floor = keras.Input((1,), name="floor", dtype="float32")
    target = keras.Input((shapes.horizon,), name="target", dtype="float32")
    scaling = scaling_of(model.scale, window, floor)
    scaled = scaling.scaled(window)
    forecast = heads.forecast_of(_summary(scaled, model, shapes, seed), layers.head(shapes, seed), shapes)
    if shapes.season is not None:
        forecast = plus(forecast, heads.seasonal_naive(scaled, shapes))
    training = keras.Model([window, floor, target], [forecast, scaling.scaled(target)], name="training")
    prediction = keras.Model([window, floor], scaling.unscaled(forecast), name="prediction")
    return Network(training, prediction, shapes)


def _summary(scaled: Any, model: ModelConfig, shapes: Shapes, seed: int) -> Any:
    flow = _sequence(scaled, model, shapes, seed)
    last = last_recurrent(model)
    for index, layer in enumerate(model.layers):
        place = layers.Place(layer_name(index, layer), index, seed, steps=shapes.patches, sequence=index < last)
        flow = layers.make(layer, place)(flow)
    return flow


def _sequence(scaled: Any, model: ModelConfig, shapes: Shapes, seed: int) -> Any:
    if shapes.segment is None:
        return ops.expand_dims(scaled, -1)
    if shapes.padding:
        scaled = ops.pad(scaled, [[0, 0], [shapes.padding, 0]])
    patches = ops.reshape(scaled, (-1, shapes.patches, shapes.segment))
    return layers.segment(patch_units(model), seed)(patches)


def weights_of(network: Network) -> dict[str, NDArray[np.float32]]:
    """Every weight under a stable key, in a stable order: `layer0_lstm/0_kernel`."""
    return {key: np.asarray(variable) for key, variable in _variables(network).items()}


def set_weights(network: Network, weights: Mapping[str, NDArray[np.float32]]) -> None:
    """Overwrite every weight; the keys and shapes are those of `weights_of`."""
    for key, variable in _variables(network).items():
        variable.assign(weights[key])


def _variables(network: Network) -> dict[str, Any]:
    return {
        f"{layer.name}/{place}_{variable.name}": variable
        for layer in network.prediction.layers
        for place, variable in enumerate(layer.weights)
    }
