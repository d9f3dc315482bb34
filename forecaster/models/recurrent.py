"""The recurrent layers: their weights, and one step of each, written so that both of its uses are fast.

While training, the inputs of all steps are multiplied by the kernel at once, before the loop. While predicting, that
product stays in the loop: only that form, with every bias read outside, becomes one native node in ONNX.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from forecaster.models.backend import keras, ops
from forecaster.models.loops import Cell, chains, woven

if TYPE_CHECKING:
    from forecaster.config.layers import RecurrentOptions


@dataclass(frozen=True)
class Start:
    """What the weights of one recurrent layer begin with.

    Attributes:
        kernel: Initialiser of the inputs' weights.
        recurrent_kernel: Initialiser of the state's weights.
        bias: Initialiser of the biases.
        dropout: Seed of both kinds of dropout.
    """

    kernel: Any
    recurrent_kernel: Any
    bias: Any
    dropout: int


class Recurrent(keras.layers.RNN):  # type: ignore[misc]  # Keras has no types
    """A recurrent layer over (N, P, C), P steps: its final state or all of its states go on.

    Args:
        options: Units, activations, rates and dilation.
        start: What the weights begin with.
        keywords: `name`, `return_sequences` and `go_backwards`, as of any Keras layer of this kind.
    """

    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1

    def __init__(self, options: RecurrentOptions, start: Start, **keywords: Any) -> None:
        self.turned = options.dilation > 1 and keywords.pop("go_backwards", False)
        super().__init__(Cell([options.units] * self.states), **keywords)
        self.options = options
        self.start = start
        self.seeds = keras.random.SeedGenerator(start.dropout)
        self.activation = keras.activations.get(options.activation)
        self.gate = keras.activations.get(getattr(options, "recurrent_activation", None))
        self.constants: dict[str, Any] = {}

    def build(self, sequences_shape: tuple[int | None, ...]) -> None:
        """Create the weights for inputs (N, P, C)."""
        width = self.gates * self.options.units
        shapes = {
            "kernel": (sequences_shape[-1], width),
            "recurrent_kernel": (self.options.units, width),
            "bias": self._bias_shape(width),
        }
        for name, shape in shapes.items():
            setattr(self, name, self.add_weight(shape, getattr(self.start, name), name=name))

    def compute_output_shape(self, sequences_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Of (N, P, C): (N, units), or (N, P, units)."""
        steps = sequences_shape[1:2] if self.return_sequences else ()
        return (sequences_shape[0], *steps, self.options.units)

    def call(self, sequences: Any, noise: Any = None, training: bool = False) -> Any:
        """(N, P, C) to the final state (N, units), or to all of them (N, P, units).

        Args:
            sequences: What is read, oldest step first.
            noise: (N, K) standard normals that tell what is dropped while predicting: first those of the inputs, then
                those of the state, each only where it has a rate; None: nothing is dropped.
            training: Whether the layer drops by its own seeds, and is in the form for gradients.
        """
        dropped, mask = self._drawn(sequences) if training else self._kept(sequences, noise)
        sequences = _masked(sequences, dropped)
        if training or mask is not None:
            sequences = ops.add(ops.matmul(sequences, self.kernel), self._input_bias())
            self.cell.step = self._step(self._ofchains(mask))
        else:
            self.cell.step = self.whole_step()
        return self._run(sequences)

    def _drawn(self, sequences: Any) -> tuple[Any, Any]:
        """The masks of the inputs (N, 1, C) and of the state (N, units) in training."""
        shapes = [(1, sequences.shape[-1]), (self.options.units,)]
        rates, count = [self.options.dropout, self.options.recurrent_dropout], ops.shape(sequences)[0]
        inputs, state = [
            keras.random.dropout(ops.ones((count, *shape)), rate, seed=self.seeds) if rate else None
            for shape, rate in zip(shapes, rates, strict=True)
        ]
        return inputs, state

    def _kept(self, sequences: Any, noise: Any) -> tuple[Any, Any]:
        """As `_drawn`, by the noise."""
        if noise is None:
            return None, None
        width = sequences.shape[-1] if self.options.dropout else 0
        inputs = kept(noise[:, :width], self.options.dropout)[:, None] if width else None
        rate = self.options.recurrent_dropout
        return inputs, kept(noise[:, width:], rate) if rate else None

    def _run(self, sequences: Any) -> Any:
        dilation, steps = self.options.dilation, sequences.shape[1]
        if dilation == 1:
            return super().call(sequences)
        if self.turned:
            sequences = ops.flip(sequences, axis=1)
        if not self.return_sequences:  # only the steps that the last one follows from
            return super().call(sequences[:, (steps - 1) % dilation :: dilation])
        return woven(super().call(chains(sequences, dilation)), dilation)[:, :steps]

    def _ofchains(self, mask: Any) -> Any:
        """(N, units) the mask of the state, or (N * dilation, units) where windows are cut into chains."""
        repeats = self.options.dilation if self.return_sequences else 1
        return mask if mask is None or repeats == 1 else ops.repeat(mask, repeats, axis=0)

    def weight(self, name: str) -> Any:
        """One of the weights as a tensor, which is a constant of the graph where `freeze` has made it one."""
        return ops.convert_to_tensor(self.constants.get(name, getattr(self, name)))

    def freeze(self) -> None:
        """Make the weights constants of whatever is traced from here on, until `thaw`.

        A recurrence inside a loop becomes one native node in ONNX only so: from outside, weights enter a loop as
        variables.
        """
        self.constants = {name: np.asarray(getattr(self, name)) for name in ("kernel", "recurrent_kernel", "bias")}

    def thaw(self) -> None:
        """Undo `freeze`."""
        self.constants = {}

    def _bias_shape(self, width: int) -> tuple[int, ...]:
        return (width,)

    def _input_bias(self) -> Any:
        return self.weight("bias")

    def _step(self, mask: Any) -> Any:
        """One step from projected inputs (N, gates * units); the gates see the state times `mask` (N, units)."""
        raise NotImplementedError

    def whole_step(self) -> Any:
        """One step, a function of inputs (N, C) and the states, each (N, units), to the new states."""
        kernel, bias, step = self.weight("kernel"), self._input_bias(), self._step(None)
        return lambda inputs, *states: step(ops.add(ops.matmul(inputs, kernel), bias), *states)


def kept(noise: Any, rate: float) -> Any:
    """What values are multiplied by where dropout is kept while predicting.

    Args:
        noise: Standard normals of any shape; 0 drops nothing and scales nothing.
        rate: The share that is dropped.
    """
    edge = NormalDist().inv_cdf(rate)
    drawn = ops.where(noise < edge, 0.0, 1.0 / (1.0 - rate))
    return ops.where(ops.equal(noise, 0.0), 1.0, drawn)


def _masked(values: Any, mask: Any) -> Any:
    return values if mask is None else values * mask


class SimpleRNN(Recurrent):
    """The plain recurrence of Elman (1990): h' = activation(x W + h U + b)."""

    def _step(self, mask: Any) -> Any:
        recurrent_kernel = self.weight("recurrent_kernel")
        return lambda projected, h: (self.activation(projected + ops.matmul(_masked(h, mask), recurrent_kernel)),)


class LSTM(Recurrent):
    """Hochreiter and Schmidhuber (1997); weights in Keras' order: input, forget, candidate, output."""

    gates = 4
    states = 2

    def _advance(self, gates: Any, c: Any) -> tuple[Any, Any]:
        i, f, candidate, o = ops.split(gates, 4, axis=1)
        c = self.gate(f) * c + self.gate(i) * self.activation(candidate)
        return self.gate(o) * self.activation(c), c

    def _step(self, mask: Any) -> Any:
        recurrent_kernel = self.weight("recurrent_kernel")
        return lambda projected, h, c: self._advance(projected + ops.matmul(_masked(h, mask), recurrent_kernel), c)

    def whole_step(self) -> Any:
        """As that of every recurrence."""
        # tf2onnx knows the LSTM only by this order: both products first, then the bias.
        kernel, recurrent_kernel = self.weight("kernel"), self.weight("recurrent_kernel")
        bias = self._input_bias()

        def step(inputs: Any, h: Any, c: Any) -> tuple[Any, Any]:
            both = ops.add(ops.matmul(inputs, kernel), ops.matmul(h, recurrent_kernel))
            return self._advance(ops.add(both, bias), c)

        return step


class GRU(Recurrent):
    """Cho et al. (2014) with the reset gate after the product; weights in Keras' order: update, reset, candidate."""

    gates = 3

    def _bias_shape(self, width: int) -> tuple[int, ...]:
        return (2, width)

    def _input_bias(self) -> Any:
        return self.weight("bias")[0]

    def _step(self, mask: Any) -> Any:
        recurrent_kernel, bias = self.weight("recurrent_kernel"), self.weight("bias")[1]

        def step(projected: Any, h: Any) -> tuple[Any]:
            x_z, x_r, x_candidate = ops.split(projected, 3, axis=-1)
            state = ops.add(ops.matmul(_masked(h, mask), recurrent_kernel), bias)
            h_z, h_r, h_candidate = ops.split(state, 3, axis=-1)
            z, r = self.gate(x_z + h_z), self.gate(x_r + h_r)
            return (z * h + (1 - z) * self.activation(x_candidate + r * h_candidate),)

        return step


class GRUResetBefore(Recurrent):
    """The first form of Cho et al. (2014), with the reset gate before the product."""

    gates = 3

    def _step(self, mask: Any) -> Any:
        recurrent_kernel = self.weight("recurrent_kernel")
        both = recurrent_kernel[:, : 2 * self.options.units]
        candidate = recurrent_kernel[:, 2 * self.options.units :]

        def step(projected: Any, h: Any) -> tuple[Any]:
            seen = _masked(h, mask)
            x_z, x_r, x_candidate = ops.split(projected, 3, axis=-1)
            h_z, h_r = ops.split(ops.matmul(seen, both), 2, axis=-1)
            z, r = self.gate(x_z + h_z), self.gate(x_r + h_r)
            return (z * h + (1 - z) * self.activation(x_candidate + ops.matmul(r * seen, candidate)),)

        return step
