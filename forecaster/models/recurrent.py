"""The recurrent layers: their weights, and one step of each, written so that both of its uses are fast.

While training, the inputs of all steps are multiplied by the kernel at once, before the loop. While predicting, that
product stays in the loop: only that form, with every bias read outside, becomes one native node in ONNX.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from forecaster.models.backend import keras, ops

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


class _Cell:
    """What Keras' loop calls for every step; the layer sets `step` before each loop."""

    compute_dtype = "float32"

    def __init__(self, states: int, units: int) -> None:
        self.state_size = [units] * states
        self.step: Any = None

    def call(self, inputs: Any, states: list[Any]) -> tuple[Any, list[Any]]:
        """The output and the new states, each (N, units), from one step's inputs and the old states."""
        new = self.step(inputs, *states)
        return new[0], list(new)

    __call__ = call


class Recurrent(keras.layers.RNN):  # type: ignore[misc]  # Keras has no types
    """A recurrent layer over (N, P, C), P steps: its final state or all of its states go on.

    Args:
        options: Units, activations and rates.
        start: What the weights begin with.
        keywords: `name`, `return_sequences` and `go_backwards`, as of any Keras layer of this kind.
    """

    gates: ClassVar[int] = 1
    states: ClassVar[int] = 1

    def __init__(self, options: RecurrentOptions, start: Start, **keywords: Any) -> None:
        super().__init__(_Cell(self.states, options.units), **keywords)
        self.options = options
        self.start = start
        self.seeds = keras.random.SeedGenerator(start.dropout)
        self.activation = keras.activations.get(options.activation)
        self.gate = keras.activations.get(getattr(options, "recurrent_activation", None))

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

    def call(self, sequences: Any, training: bool = False) -> Any:
        """(N, P, C) to the final state (N, units), or to all of them (N, P, units)."""
        if training:
            count, width = ops.shape(sequences)[0], sequences.shape[-1]
            sequences = _masked(sequences, self._mask((count, 1, width), self.options.dropout))
            sequences = ops.add(ops.matmul(sequences, self.kernel), self._input_bias())
            self.cell.step = self._step(self._mask((count, self.options.units), self.options.recurrent_dropout))
        else:
            self.cell.step = self._whole_step()
        return super().call(sequences)

    def _mask(self, shape: tuple[Any, ...], rate: float) -> Any:
        return keras.random.dropout(ops.ones(shape), rate, seed=self.seeds) if rate else None

    def _bias_shape(self, width: int) -> tuple[int, ...]:
        return (width,)

    def _input_bias(self) -> Any:
        return ops.convert_to_tensor(self.bias)

    def _step(self, mask: Any) -> Any:
        """One step from projected inputs (N, gates * units); the gates see the state times `mask` (N, units)."""
        raise NotImplementedError

    def _whole_step(self) -> Any:
        """One step from inputs (N, C)."""
        kernel, bias, step = ops.convert_to_tensor(self.kernel), self._input_bias(), self._step(None)
        return lambda inputs, *states: step(ops.add(ops.matmul(inputs, kernel), bias), *states)


def _masked(values: Any, mask: Any) -> Any:
    return values if mask is None else values * mask


class SimpleRNN(Recurrent):
    """The plain recurrence of Elman (1990): h' = activation(x W + h U + b)."""

    def _step(self, mask: Any) -> Any:
        recurrent_kernel = ops.convert_to_tensor(self.recurrent_kernel)
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
        recurrent_kernel = ops.convert_to_tensor(self.recurrent_kernel)
        return lambda projected, h, c: self._advance(projected + ops.matmul(_masked(h, mask), recurrent_kernel), c)

    def _whole_step(self) -> Any:
        # tf2onnx knows the LSTM only by this order: both products first, then the bias.
        kernel, recurrent_kernel = ops.convert_to_tensor(self.kernel), ops.convert_to_tensor(self.recurrent_kernel)
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
        return ops.convert_to_tensor(self.bias)[0]

    def _step(self, mask: Any) -> Any:
        recurrent_kernel, bias = ops.convert_to_tensor(self.recurrent_kernel), ops.convert_to_tensor(self.bias)[1]

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
        recurrent_kernel = ops.convert_to_tensor(self.recurrent_kernel)
        both = recurrent_kernel[:, : 2 * self.options.units]
        candidate = recurrent_kernel[:, 2 * self.options.units :]

        def step(projected: Any, h: Any) -> tuple[Any]:
            seen = _masked(h, mask)
            x_z, x_r, x_candidate = ops.split(projected, 3, axis=-1)
            h_z, h_r = ops.split(ops.matmul(seen, both), 2, axis=-1)
            z, r = self.gate(x_z + h_z), self.gate(x_r + h_r)
            return (z * h + (1 - z) * self.activation(x_candidate + ops.matmul(r * seen, candidate)),)

        return step
