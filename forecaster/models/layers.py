"""The layers of a config as Keras layers, each with its own seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.config.layers import kind_of, options_of
from forecaster.models import recurrent
from forecaster.models.backend import keras, ops
from forecaster.models.recurrent import kept
from forecaster.models.scaling import plus

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from forecaster.config.layers import GRUOptions, Layer, LSTMOptions

Made = Any  # a function of a flow of values, and where it keeps its dropout of `noise`, to the next


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


def make(layer: Layer, place: Place) -> Made:
    """The Keras layer of one entry of `model.layers`, but for attention."""
    return _MAKERS[str(kind_of(layer))](options_of(layer), place)


def recurrence(layer: Layer, options: Any, place: Place) -> recurrent.Recurrent:
    """The bare recurrent layer of a kind, that of one direction.

    Args:
        layer: Of which only the kind is looked at.
        options: Its options, or others of that kind.
        place: Where it stands.
    """
    made: recurrent.Recurrent = _ONE_WAY[str(kind_of(layer)).removeprefix("bi")](options, place)
    return made


def glorot(place: Place, role: int) -> Any:
    """The start of the weights of inputs (Glorot and Bengio, 2010)."""
    return keras.initializers.GlorotUniform(seed=place.draw(role))


def _start(place: Place, direction: int, bias: NDArray[np.float64]) -> recurrent.Start:
    role = 10 * direction
    return recurrent.Start(
        kernel=glorot(place, role),
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


def _simple_rnn(options: Any, place: Place, direction: int = 0) -> Any:
    start = _start(place, direction, np.zeros(options.units))
    return recurrent.SimpleRNN(options, start, **_wiring(place, direction))


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


def _recurrent(maker: Callable[[Any, Place, int], Any], ways: int) -> Callable[[Any, Place], Made]:
    def make_recurrent(options: Any, place: Place) -> Made:
        read = _both_ways if ways > 1 else _one_way
        made = read([maker(options, place, direction) for direction in range(ways)], place)
        return _residual(made, ways * options.units, place) if options.residual else made

    return make_recurrent


def _one_way(layers: list[Any], _: Place) -> Made:
    def read(sequence: Any, noise: Any = None) -> Any:
        return layers[0](sequence) if noise is None else layers[0](sequence, noise=noise)

    return read


def _both_ways(layers: list[Any], place: Place) -> Made:
    forwards, backwards = (_one_way([layer], place) for layer in layers)

    def read(sequence: Any, noise: Any = None) -> Any:
        halves = (None, None) if noise is None else ops.split(noise, 2, axis=1)
        after, before = forwards(sequence, halves[0]), backwards(sequence, halves[1])
        return ops.concatenate([after, ops.flip(before, axis=1) if place.sequence else before], axis=-1)

    return read


def _residual(made: Made, width: int, place: Place) -> Made:
    """Inputs added to outputs (He et al., 2016), through a map where they are not as wide."""
    start = glorot(place, 4)
    wider = keras.layers.Dense(width, use_bias=False, name=f"{place.name}_residual", kernel_initializer=start)

    def read(sequence: Any, noise: Any = None) -> Any:
        inputs = sequence if place.sequence else sequence[:, -1]
        return plus(made(sequence, noise), inputs if inputs.shape[-1] == width else wider(inputs))

    return read


def _gelu(values: Any) -> Any:
    """The form by tanh (Hendrycks and Gimpel, 2016): ONNX has no operation for the one by erfc."""
    return keras.activations.gelu(values, approximate=True)


def _dense(options: Any, place: Place) -> Made:
    activation = _gelu if options.activation == "gelu" else options.activation
    return keras.layers.Dense(
        options.units, activation=activation, kernel_initializer=glorot(place, 0), name=place.name
    )


class Dropout(keras.layers.Dropout):  # type: ignore[misc]
    """Keras' dropout, which noise can keep while predicting."""

    def call(self, inputs: Any, noise: Any = None, training: bool = False) -> Any:
        """(N, U) or (N, P, U) with a share of the values dropped.

        Args:
            inputs: The values.
            noise: (N, U) standard normals that tell what is dropped while predicting, the same at every step.
            training: Whether values are dropped by the layer's own seed, each at each step by itself.
        """
        if noise is None:
            return super().call(inputs, training=training)
        mask = kept(noise, self.rate)
        return inputs * (mask if len(inputs.shape) == len(mask.shape) else ops.expand_dims(mask, 1))


def _dropout(options: Any, place: Place) -> Made:
    return Dropout(options.rate, seed=place.draw(3), name=place.name)


def _layer_norm(options: Any, place: Place) -> Made:
    return keras.layers.LayerNormalization(epsilon=options.epsilon, name=place.name)


_ONE_WAY: dict[str, Callable[..., Any]] = {"simple_rnn": _simple_rnn, "lstm": _lstm, "gru": _gru}
_MAKERS: dict[str, Callable[[Any, Place], Made]] = {
    "simple_rnn": _recurrent(_simple_rnn, 1),
    "lstm": _recurrent(_lstm, 1),
    "gru": _recurrent(_gru, 1),
    "bilstm": _recurrent(_lstm, 2),
    "bigru": _recurrent(_gru, 2),
    "dense": _dense,
    "dropout": _dropout,
    "layer_norm": _layer_norm,
}
