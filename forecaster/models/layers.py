"""The layers of a config as Keras layers, each with its own seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.config.layers import kind_of, options_of
from forecaster.models import recurrent
from forecaster.models.backend import keras, ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from forecaster.config.layers import GRUOptions, Layer, LSTMOptions
    from forecaster.models.sizes import Shapes

_SEGMENT, _HEAD = 1_000_001, 1_000_002  # places beyond those of any stack
_SMALL = 0.1  # variance of the head's weights: the first forecast is near the skip or the last value


@dataclass(frozen=True)
class Place:
    """Where a layer stands: what its name, its seeds and its output follow from.

    Attributes:
        name: Its name in the graph.
        index: Its place in the stack, from 0.
        seed: The network's.
        steps: Recurrent steps of one window.
        sequence: Whether the layers after it need a value for every step.
    """

    name: str
    index: int
    seed: int
    steps: int
    sequence: bool

    def draw(self, role: int) -> int:
        """A seed of its own for each role: the weights in their order, dropout, the second direction ten later."""
        return int(np.random.default_rng([self.seed, self.index, role]).integers(2**31))


def make(layer: Layer, place: Place) -> Any:
    """The Keras layer of one entry of `model.layers`."""
    return _MAKERS[str(kind_of(layer))](options_of(layer), place)


def segment(units: int, seed: int) -> Any:
    """The dense layer that reads each patch of the lookback (SegRNN: Lin et al., 2023)."""
    place = Place("segment", _SEGMENT, seed, steps=0, sequence=True)
    return keras.layers.Dense(units, activation="relu", name="segment", kernel_initializer=_glorot(place, 0))


def head(shapes: Shapes, seed: int) -> Any:
    """The dense layer that puts out all steps and levels at once."""
    place = Place("head", _HEAD, seed, steps=0, sequence=False)
    small = keras.initializers.VarianceScaling(_SMALL, "fan_avg", "uniform", seed=place.draw(0))
    return keras.layers.Dense(shapes.horizon * len(shapes.levels), name="head", kernel_initializer=small)


def _glorot(place: Place, role: int) -> Any:
    return keras.initializers.GlorotUniform(seed=place.draw(role))


def _start(place: Place, direction: int, bias: NDArray[np.float64]) -> recurrent.Start:
    role = 10 * direction
    return recurrent.Start(
        kernel=_glorot(place, role),
        recurrent_kernel=keras.initializers.Orthogonal(seed=place.draw(role + 1)),
        bias=keras.initializers.Constant(bias.astype(np.float32)),
        dropout=place.draw(role + 3),
    )


def _memories(options: LSTMOptions | GRUOptions, place: Place, direction: int) -> NDArray[np.float64]:
    """(units,) the bias of the gate that keeps the state.

    chrono: a gate of bias log(d) keeps a value for about d + 1 steps; d is spread evenly over [1, steps - 1]
    (Tallec and Ollivier, 2018, section 2).
    """
    if options.forget_bias != "chrono":
        return np.full(options.units, 1.0 if options.forget_bias == "one" else 0.0)
    draws = np.random.default_rng([place.seed, place.index, 10 * direction + 2])
    return np.log(draws.uniform(1.0, max(2.0, place.steps - 1.0), options.units))


def _simple_rnn(options: Any, place: Place) -> Any:
    start = _start(place, 0, np.zeros(options.units))
    return recurrent.SimpleRNN(options, start, return_sequences=place.sequence, name=place.name)


def _lstm(options: Any, place: Place, direction: int = 0) -> Any:
    keep = _memories(options, place, direction)
    closed = -keep if options.forget_bias == "chrono" else np.zeros_like(keep)
    bias = np.concatenate([closed, keep, np.zeros(2 * options.units)])
    return recurrent.LSTM(options, _start(place, direction, bias), **_wiring(place, direction))


def _gru(options: Any, place: Place, direction: int = 0) -> Any:
    keep = _memories(options, place, direction)
    bias = np.concatenate([keep, np.zeros(2 * options.units)])
    if not options.reset_after:
        return recurrent.GRUResetBefore(options, _start(place, direction, bias), **_wiring(place, direction))
    start = _start(place, direction, np.stack([bias, np.zeros_like(bias)]))
    return recurrent.GRU(options, start, **_wiring(place, direction))


def _wiring(place: Place, direction: int) -> dict[str, Any]:
    name = place.name if direction == 0 else f"{place.name}_backward"
    return {"name": name, "return_sequences": place.sequence, "go_backwards": bool(direction)}


def _both_ways(maker: Callable[[Any, Place, int], Any]) -> Callable[[Any, Place], Any]:
    def make_both(options: Any, place: Place) -> Any:
        forward, backward = maker(options, place, 0), maker(options, place, 1)

        def both(sequence: Any) -> Any:
            after, before = forward(sequence), backward(sequence)
            return ops.concatenate([after, ops.flip(before, axis=1) if place.sequence else before], axis=-1)

        return both

    return make_both


def _gelu(values: Any) -> Any:
    """The form by tanh (Hendrycks and Gimpel, 2016): ONNX has no operation for the one by erfc."""
    return keras.activations.gelu(values, approximate=True)


def _dense(options: Any, place: Place) -> Any:
    activation = _gelu if options.activation == "gelu" else options.activation
    return keras.layers.Dense(
        options.units, activation=activation, kernel_initializer=_glorot(place, 0), name=place.name
    )


def _dropout(options: Any, place: Place) -> Any:
    return keras.layers.Dropout(options.rate, seed=place.draw(3), name=place.name)


def _layer_norm(options: Any, place: Place) -> Any:
    return keras.layers.LayerNormalization(epsilon=options.epsilon, name=place.name)


_MAKERS: dict[str, Callable[[Any, Place], Any]] = {
    "simple_rnn": _simple_rnn,
    "lstm": _lstm,
    "gru": _gru,
    "bilstm": _both_ways(_lstm),
    "bigru": _both_ways(_gru),
    "dense": _dense,
    "dropout": _dropout,
    "layer_norm": _layer_norm,
}
