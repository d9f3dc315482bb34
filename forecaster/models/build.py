"""A config and its shapes become graphs over the same layers: to train, to judge while training, and to predict."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.models import beside, recursive
from forecaster.models.backend import keras, ops
from forecaster.models.recurrent import Recurrent
from forecaster.models.sizes import Shapes
from forecaster.models.skips import Smoothing
from forecaster.models.wiring import Wiring, inputs_of, noise_of, without_noise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.config.model import ModelConfig

__all__ = ["Network", "Shapes", "build", "frozen", "set_weights", "settle", "weights_of"]


@dataclass(frozen=True, eq=False)
class Network:
    """Graphs over the same layers: what changes the weights of one changes the others.

    All take and return dicts of float32 tensors by name.

    Attributes:
        training: The inputs of `prediction` but `noise`, with `target` (N, H), NaN where it is missing, and `pace`
            (N, 2): the share of steps at which a decoder is told what happened, and the weight of the divergence. To
            `parameters` (N, H, W) of the output in the units of the loss, `target` (N, H) in the same units, and
            `penalty` (N,) the weighted divergence for one step. A recursive network puts out one step here.
        judging: As `training`, of all steps; where nothing differs it is `training`.
        prediction: `Shapes.inputs` to `forecast` (N, H, Q) in the units of the window, `sequence` (N, P, C) that the
            first recurrent layer reads, `attention` (N, A, P) where something attends, and where the network draws by
            the input `noise`, `path` (N, H, 1).
        shapes: Their sizes.
    """

    training: Any
    judging: Any
    prediction: Any
    shapes: Shapes


def build(model: ModelConfig, shapes: Shapes, *, seed: int) -> Network:
    """A network with fresh weights.

    The weights follow from `seed` alone, whatever else the process drew before: the same bits everywhere.

    Args:
        model: The layers and how they are wired.
        shapes: The sizes; `sizes.check_model` has accepted them.
        seed: Of the weights, and of what is drawn in training.
    """
    if model.decoder == "recursive":
        return Network(*recursive.graphs(model, shapes, seed), shapes)
    inputs = inputs_of(shapes)
    wiring = Wiring(model, shapes, seed, inputs)
    training = _training(wiring, inputs, shapes)
    return Network(training, training, _prediction(wiring, inputs, shapes), shapes)


def _training(wiring: Wiring, inputs: Mapping[str, Any], shapes: Shapes) -> Any:
    target, pace = keras.Input((shapes.horizon,), name="target"), keras.Input((2,), name="pace")
    read = wiring.read({})
    said = wiring.decoder.taught(read.encoding, target, pace[:, :1])
    weight = pace[:, 1]
    outputs = {
        "parameters": said.parameters,
        "target": wiring.output.judged(target, wiring.scaling),
        "penalty": ops.zeros_like(weight) if read.divergence is None else weight * read.divergence / shapes.horizon,
    }
    return keras.Model({**without_noise(inputs), "target": target, "pace": pace}, outputs, name="training")


def _prediction(wiring: Wiring, inputs: Mapping[str, Any], shapes: Shapes) -> Any:
    output, scaling, read = wiring.output, wiring.scaling, wiring.read({})
    said = wiring.decoder(read.encoding, None)
    outputs = {
        "forecast": output.unscaled(beside.applied(output.quantiles, said.parameters), scaling),
        "sequence": read.encoded.sequence,
    }
    attention = read.encoded.attention if said.attention is None else said.attention
    if attention is not None:
        outputs["attention"] = attention
    if shapes.noise:
        noise = noise_of(inputs, shapes)
        drawn = wiring.decoder(wiring.read(noise).encoding, noise.get("steps")).drawn
        outputs["path"] = output.unscaled(ops.expand_dims(drawn, -1), scaling)
    return keras.Model(dict(inputs), outputs, name="prediction")


def settle(network: Network) -> None:
    """Give what training has not shown the mean of what it has: the defined answer for a new series or category.

    What it has not shown is still zero, whether it has a code (a series that begins after the training part) or not.
    """
    for layer in _leaves(network.prediction):
        if isinstance(layer, Smoothing):
            _fill(layer.logits)
        elif isinstance(layer, keras.layers.Embedding):
            _fill(layer.embeddings)


def _fill(rows: Any) -> None:
    values = np.asarray(rows).copy()
    shown = values.any(axis=1)
    if shown.any() and not shown.all():
        values[~shown] = values[shown].mean(axis=0)
        rows.assign(values)


@contextlib.contextmanager
def frozen(networks: Sequence[Network]) -> Iterator[None]:
    """Within it, a graph that is traced holds the weights of recurrent layers as constants.

    An export needs that: a recurrence inside the loop of a recursive network is one native node only so, and then
    twenty times as fast.
    """
    recurrences = [
        layer for network in networks for layer in _leaves(network.prediction) if isinstance(layer, Recurrent)
    ]
    for layer in recurrences:
        layer.freeze()
    try:
        yield
    finally:
        for layer in recurrences:
            layer.thaw()


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
        for layer in _leaves(network.prediction)
        for place, variable in enumerate(layer.weights)
    }


def _leaves(layer: Any) -> Iterator[Any]:
    """The layers that hold the weights themselves, inside graphs and loops too."""
    inner = layer.layers if isinstance(layer, keras.Model) else getattr(layer, "parts", ())
    if not inner:
        yield layer
    for part in inner:
        yield from _leaves(part)
