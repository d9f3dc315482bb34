"""The equations of the recurrent layers in NumPy, every gate by name: what the memory keeps, step by step.

No Keras here, so that the gates of a saved network can be looked at (and drawn) in a moment. P counts recurrent steps,
U units; weights have Keras' order and shapes, which are those of a saved run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecaster.errors import UsageError, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Weights:
    """Of one recurrent layer.

    Attributes:
        kernel: (C, gates * U) of the inputs.
        recurrent_kernel: (U, gates * U) of the state.
        bias: (gates * U,); (2, gates * U) of a GRU with `reset_after`: for the inputs and for the state.
    """

    kernel: NDArray[np.floating]
    recurrent_kernel: NDArray[np.floating]
    bias: NDArray[np.floating]

    @property
    def units(self) -> int:
        """U."""
        return len(self.recurrent_kernel)


@dataclass(frozen=True, eq=False)
class SimpleRNNGates:
    """(N, P, U) the state after each step."""

    hidden: Floats


@dataclass(frozen=True, eq=False)
class LSTMGates:
    """Each (N, P, U): what the three gates let pass, what was offered to the cell, the cell and the state after it."""

    forget: Floats
    input: Floats
    output: Floats
    candidate: Floats
    cell: Floats
    hidden: Floats


@dataclass(frozen=True, eq=False)
class GRUGates:
    """Each (N, P, U); where `update` is 1 the old state is kept, where it is 0 the candidate replaces it."""

    update: Floats
    reset: Floats
    candidate: Floats
    hidden: Floats


def _sigmoid(x: Floats) -> Floats:
    # Through tanh, since exp overflows for large negative x.
    return 0.5 * (1.0 + np.tanh(0.5 * x))


ACTIVATIONS: dict[str, Callable[[Floats], Floats]] = {
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "relu": lambda x: np.maximum(x, 0.0),
    "hard_sigmoid": lambda x: np.clip(x / 6.0 + 0.5, 0.0, 1.0),
    "linear": lambda x: x,
}


def _activation(name: str) -> Callable[[Floats], Floats]:
    if name not in ACTIVATIONS:
        raise UsageError(f"no activation is called {quoted(name)}", hint=f"take one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def half_life(gates: Floats, *, steps: int = 1) -> Floats:
    """After how many steps half of what was remembered is left, if the gate that keeps it stays as open as it was.

    Args:
        gates: (N, P, U) the forget gate of an LSTM, or the update gate of a GRU.
        steps: Of the clock in one recurrent step: the segment, times the dilation.

    Returns:
        (U,) log(1/2) / mean(log gate), in steps of the clock: the half-life under the geometric mean of the gate.
        0 where a gate was shut even once, infinite where it was 1 all along (or above, which only `relu` can be).

    >>> half_life(np.array([[[0.5, 0.25, 1.0, 0.0]]])).tolist()
    [1.0, 0.5, inf, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        # Below 0 a gate (of `tanh`) turns the memory over: what it keeps is its size.
        decay = -np.log(np.abs(np.asarray(gates, dtype=np.float64))).mean(axis=(0, 1))
        lives = np.where(decay > 0, steps * np.log(2.0) / decay, np.inf)
    return np.asarray(lives, dtype=np.float64)


def simple_rnn(inputs: Floats, weights: Weights, *, activation: str = "tanh", dilation: int = 1) -> SimpleRNNGates:
    """h[t] = activation(x[t] W + h[t - d] U + b) (Elman, 1990; with d above 1, Chang et al., 2017).

    Args:
        inputs: (N, P, C) oldest step first.
        weights: Of one gate.
        activation: A name in `ACTIVATIONS`.
        dilation: d, the steps between a state and the one it follows from; before the first step it is 0.

    Raises:
        UsageError: If no activation has that name.
    """
    act = _activation(activation)
    projected = inputs @ weights.kernel + weights.bias
    kept: list[tuple[Floats, ...]] = []
    for x in _steps(projected):
        (h,) = _before(kept, dilation, (_zeros(inputs, weights),))
        kept.append((act(x + h @ weights.recurrent_kernel),))
    return SimpleRNNGates(*_stacked(kept))


def lstm(
    inputs: Floats,
    weights: Weights,
    *,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    dilation: int = 1,
) -> LSTMGates:
    """c[t] = f c[t - d] + i g, h[t] = o activation(c[t]) (Hochreiter and Schmidhuber, 1997; Gers et al., 2000).

    Args:
        inputs: (N, P, C) oldest step first.
        weights: Of four gates, in the order i, f, candidate g, o.
        activation: Of the candidate and of the cell on its way out; a name in `ACTIVATIONS`.
        recurrent_activation: Of the gates i, f and o.
        dilation: d, as of `simple_rnn`.

    Raises:
        UsageError: If no activation has that name.
    """
    act, gate = _activation(activation), _activation(recurrent_activation)
    projected = inputs @ weights.kernel + weights.bias
    start = _zeros(inputs, weights)
    kept: list[tuple[Floats, ...]] = []
    for x in _steps(projected):
        c, h = _before(kept, dilation, (start, start))
        i, f, g, o = np.split(x + h @ weights.recurrent_kernel, 4, axis=-1)
        i, f, g, o = gate(i), gate(f), act(g), gate(o)
        c = f * c + i * g
        h = o * act(c)
        kept.append((f, i, o, g, c, h))
    return LSTMGates(*_stacked(kept))


def gru(
    inputs: Floats,
    weights: Weights,
    *,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
    dilation: int = 1,
) -> GRUGates:
    """h[t] = z h[t - d] + (1 - z) candidate (Cho et al., 2014), in the form that the shape of the bias tells.

    With a bias of two rows the reset gate r comes after the product with the recurrent weights (`reset_after`):
    candidate = activation(x W + b + r (h U + b')); with one row before it: activation(x W + (r h) U + b).

    Args:
        inputs: (N, P, C) oldest step first.
        weights: Of three gates, in the order update z, reset r, candidate.
        activation: Of the candidate; a name in `ACTIVATIONS`.
        recurrent_activation: Of the gates z and r.
        dilation: d, as of `simple_rnn`.

    Raises:
        UsageError: If no activation has that name.
    """
    act, gate = _activation(activation), _activation(recurrent_activation)
    reset_after = np.ndim(weights.bias) > 1
    bias, state_bias = weights.bias if reset_after else (weights.bias, np.zeros_like(weights.bias))
    kept: list[tuple[Floats, ...]] = []
    for x in _steps(inputs @ weights.kernel + bias):
        (h,) = _before(kept, dilation, (_zeros(inputs, weights),))
        x_z, x_r, x_candidate = np.split(x, 3, axis=-1)
        h_z, h_r, h_candidate = np.split(h @ weights.recurrent_kernel + state_bias, 3, axis=-1)
        z, r = gate(x_z + h_z), gate(x_r + h_r)
        seen = r * h_candidate if reset_after else (r * h) @ weights.recurrent_kernel[:, 2 * weights.units :]
        candidate = act(x_candidate + seen)
        h = z * h + (1.0 - z) * candidate
        kept.append((z, r, candidate, h))
    return GRUGates(*_stacked(kept))


def _before(kept: Sequence[tuple[Floats, ...]], dilation: int, start: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """The states `dilation` steps ago, which stand at the end of what was kept of each step."""
    return kept[-dilation][-len(start) :] if len(kept) >= dilation else start


def _zeros(inputs: Floats, weights: Weights) -> Floats:
    return np.zeros((len(inputs), weights.units))


def _steps(projected: Floats) -> Floats:
    return np.moveaxis(projected, 1, 0)


def _stacked(kept: Sequence[tuple[Floats, ...]]) -> list[Floats]:
    return [np.stack(values, axis=1) for values in zip(*kept, strict=True)]
