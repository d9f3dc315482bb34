"""The layers of a network that its config does not list: they follow from the decoder, the covariates and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forecaster.config.layers import options_of
from forecaster.models.backend import keras
from forecaster.models.layers import Place, glorot, recurrence

if TYPE_CHECKING:
    from collections.abc import Callable

    from forecaster.config.layers import Layer
    from forecaster.models.recurrent import Recurrent

_NAMES = (
    "segment",
    "head",
    "latent",
    "from_latent",
    "bridge",
    "decoder",
    "decoder_attention",
    "known_summary",
    "known_hidden",
    "known_head",
    "known_segment",
    "position",
    "forcing",
)  # in this order for good: seeds follow from it
_FIRST = 1_000_001  # place beyond those of any stack
_SMALL = 0.1  # variance of the head's weights: the first forecast is near the skip or the last value
_NEAR = 0.05  # deviation of embeddings at the start
_PLAIN = {"dropout": 0.0, "recurrent_dropout": 0.0, "keep": False, "dilation": 1, "residual": False}


def place(name: str, seed: int, steps: int = 0) -> Place:
    """Where a layer of this name stands: `segment`, `head` and so on."""
    return Place(name, _FIRST + _NAMES.index(name), seed, steps, sequence=False)


def dense(name: str, units: int, seed: int, activation: str | None = None) -> Any:
    """A dense layer; `segment` reads each patch of the lookback (SegRNN: Lin et al., 2023)."""
    start = glorot(place(name, seed), 0)
    return keras.layers.Dense(units, activation=activation, name=name, kernel_initializer=start)


def head(units: int, seed: int, name: str = "head") -> Any:
    """A dense layer that puts out what the parameters of the forecast are made from."""
    small = keras.initializers.VarianceScaling(_SMALL, "fan_avg", "uniform", seed=place(name, seed).draw(0))
    return keras.layers.Dense(units, name=name, kernel_initializer=small)


def units_of(layer: Layer) -> int:
    """The size of a recurrent layer's state, of one direction."""
    return int(options_of(layer).units)


def cell(layer: Layer, steps: int, seed: int) -> Recurrent:
    """The recurrence of a decoder: that of `layer`, one way, and without what belongs to reading a window.

    Args:
        layer: A recurrent one.
        steps: Of the decoder.
        seed: The network's.
    """
    options = options_of(layer).model_copy(update=_PLAIN)
    return recurrence(layer, options, place("decoder", seed, steps))


def embedding(name: str, rows: int, units: int) -> Any:
    """Learned numbers for each code.

    Args:
        name: Of the layer.
        rows: How many codes there are, the last one for what was never seen. All start as zeros, and what no training
            shows stays so: that is how `build.settle` knows it.
        units: Numbers for each.
    """
    return keras.layers.Embedding(rows, units, embeddings_initializer="zeros", name=name)


class Positions(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Learned numbers for each of the decoder's steps, added to what the steps read."""

    def __init__(self, steps: int, units: int, seed: int) -> None:
        super().__init__(name="position")
        start = keras.initializers.RandomNormal(stddev=_NEAR, seed=place("position", seed).draw(0))
        self.positions = self.add_weight((1, steps, units), start, name="positions")
        self.built = True

    def call(self, start: Any) -> Any:
        """(1, steps, units) for the states (N, units) that the steps begin from, each the same."""
        return keras.ops.expand_dims(keras.ops.zeros_like(start), 1) + self.positions


def built(layer: Any, *shapes: tuple[int | None, ...]) -> None:
    """Create the weights of a layer inside another one, for inputs of these shapes."""
    layer.build(*shapes)
    layer.built = True


def applied(function: Callable[..., Any], *tensors: Any) -> Any:
    """What a function makes of tensors, as one layer of the graph: its operations need no names, nor its constants."""
    return _Applied(function)(*tensors)


class _Applied(keras.layers.Layer):  # type: ignore[misc]
    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def call(self, *tensors: Any) -> Any:
        return self.function(*tensors)
