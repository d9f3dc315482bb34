"""A whole stack of recurrent layers in NumPy, from the weights of a saved run: what every gate of every layer does."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.config.layers import RECURRENT, kind_of, options_of
from forecaster.errors import RunError, quoted
from forecaster.models import gates
from forecaster.models.sizes import layer_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from forecaster.config.layers import Layer
    from forecaster.models.gates import Floats

_KEEPS = {"lstm": "forget", "gru": "update"}  # the gate that keeps the memory
_CURVE = np.sqrt(2.0 / np.pi)


@dataclass(frozen=True, eq=False)
class LayerGates:
    """What one recurrent layer does, step by step.

    Attributes:
        name: As its weights are keyed: `layer0_lstm`.
        kind: `simple_rnn`, `lstm` or `gru`; of a bi-layer that of each direction.
        dilation: Recurrent steps between a state and the one it follows from.
        ways: What the layer that reads forwards does, and for a bi-layer the one that reads backwards: each maps the
            name of a gate or state to (N, P, U), the oldest step first, whichever way it was read.
    """

    name: str
    kind: str
    dilation: int
    ways: tuple[Mapping[str, Floats], ...]

    def half_lives(self, segment: int | None) -> tuple[Floats | None, ...]:
        """(U,) of every direction, in steps of the clock; None where no gate keeps anything (`simple_rnn`)."""
        keeps, steps = _KEEPS.get(self.kind), (segment or 1) * self.dilation
        return tuple(None if keeps is None else gates.half_life(way[keeps], steps=steps) for way in self.ways)


def look_inside(
    layers: Sequence[Layer], weights: Mapping[str, NDArray[np.floating]], sequence: NDArray[np.floating]
) -> tuple[LayerGates, ...]:
    """The gates of every recurrent layer, from the first one up.

    Args:
        layers: `model.layers` of the run.
        weights: Of one network, by the keys of its saved weights, such as `layer0_lstm/0_kernel`.
        sequence: (N, P, C) what the first recurrent layer reads: the output `sequence` of the exported graph.

    Raises:
        RunError: If a weight is missing.
    """
    recurrent = [index for index, layer in enumerate(layers) if kind_of(layer) in RECURRENT]
    flow, seen = np.asarray(sequence, dtype=np.float64), []
    for index in range(recurrent[0], recurrent[-1] + 1):
        layer, own = layers[index], _Own(layer_name(index, layers[index]), weights)
        if index in recurrent:
            seen.append(_gates(layer, own, flow))
            flow = _after(flow, seen[-1], options_of(layer), own)
        else:
            flow = _between(layer, own, flow)
    return tuple(seen)


@dataclass(frozen=True, eq=False)
class _Own:
    """The weights of one layer."""

    name: str
    weights: Mapping[str, NDArray[np.floating]]

    def get(self, *names: str, of: str = "") -> list[Floats]:
        """The arrays `layer/0_name`, `layer/1_name`, ...; `of` ends the layer's name."""
        keys = [f"{self.name}{of}/{place}_{name}" for place, name in enumerate(names)]
        missing = [key for key in keys if key not in self.weights]
        if missing:
            raise RunError(
                f"the saved weights do not fit the config: {quoted(missing[0])} is missing",
                hint="train the run again, or use the version before it",
                subject="weights.safetensors",
            )
        return [np.asarray(self.weights[key], dtype=np.float64) for key in keys]


def _gates(layer: Layer, own: _Own, flow: Floats) -> LayerGates:
    kind, options = str(kind_of(layer)), options_of(layer)
    one_way = kind.removeprefix("bi")
    ways = [_way(one_way, options, own.get(*_RECURRENT_WEIGHTS), flow)]
    if one_way != kind:
        read = _way(one_way, options, own.get(*_RECURRENT_WEIGHTS, of="_backward"), flow[:, ::-1])
        ways.append({name: values[:, ::-1] for name, values in read.items()})
    return LayerGates(own.name, one_way, options.dilation, tuple(ways))


_RECURRENT_WEIGHTS = ("kernel", "recurrent_kernel", "bias")
_EQUATIONS: dict[str, Callable[..., Any]] = {"simple_rnn": gates.simple_rnn, "lstm": gates.lstm, "gru": gates.gru}


def _way(kind: str, options: Any, arrays: list[Floats], flow: Floats) -> dict[str, Floats]:
    """Every gate and state by its name, in the order of the class that holds them."""
    chosen = {"activation": options.activation, "dilation": options.dilation}
    if kind != "simple_rnn":
        chosen["recurrent_activation"] = options.recurrent_activation
    found = _EQUATIONS[kind](flow, gates.Weights(*arrays), **chosen)
    return {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}


def _after(flow: Floats, layer: LayerGates, options: Any, own: _Own) -> Floats:
    """(N, P, U) what goes on to the next layer."""
    states = np.concatenate([way["hidden"] for way in layer.ways], axis=-1)
    if not options.residual:
        return states
    if flow.shape[-1] == states.shape[-1]:
        return np.asarray(states + flow)
    (kernel,) = own.get("kernel", of="_residual")
    return np.asarray(states + flow @ kernel)


def _between(layer: Layer, own: _Own, flow: Floats) -> Floats:
    """(N, P, C) through a layer that is not recurrent; nothing is dropped where nothing is trained."""
    options = options_of(layer)
    match kind_of(layer):
        case "dense":
            kernel, bias = own.get("kernel", "bias")
            return _ACTIVATIONS[options.activation](flow @ kernel + bias)
        case "layer_norm":
            gamma, beta = own.get("gamma", "beta")
            deviation = np.sqrt(flow.var(axis=-1, keepdims=True) + options.epsilon)
            return np.asarray((flow - flow.mean(axis=-1, keepdims=True)) / deviation * gamma + beta)
    return flow


_ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    **gates.ACTIVATIONS,
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))),
    "gelu": lambda x: 0.5 * x * (1.0 + np.tanh(_CURVE * (x + 0.044715 * x**3))),  # by tanh, as the network has it
    "softplus": lambda x: np.logaddexp(x, 0.0),
}
