"""What turns the summary of a lookback into the steps of the horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from forecaster.config.model import Seq2Seq
from forecaster.models import beside
from forecaster.models.attention import AdditiveAttention
from forecaster.models.backend import keras, ops
from forecaster.models.covariates import joined, repeated
from forecaster.models.feedback import Feedback, Forcing
from forecaster.models.rows import HIDDEN, SUMMARY, attends
from forecaster.models.scaling import plus
from forecaster.models.sizes import last_recurrent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.config.model import ModelConfig
    from forecaster.models.outputs import Output
    from forecaster.models.scaling import Scaling
    from forecaster.models.sizes import Shapes


@dataclass(frozen=True, eq=False)
class Encoding:
    """What a decoder reads.

    Attributes:
        summary: (N, U) of the lookback.
        states: (N, P, V) of its steps; None where the decoder does not attend to them.
        ahead: (N, H, F) what is known of the steps of the horizon; None where nothing is.
        fixed: (N, F) what is known of the series; None where nothing is.
        base: (N, H, 1) what the forecast is added to, as the network reads values; None without a skip.
        last: (N, 1) the newest value that the encoder has read.
        residual: Whether the encoder reads what `base` leaves over, so that the decoder reads that too.
        scaling: Of the windows.
    """

    summary: Any
    states: Any
    ahead: Any
    fixed: Any
    base: Any
    last: Any
    residual: bool
    scaling: Scaling


@dataclass(frozen=True, eq=False)
class Decoded:
    """What a decoder says.

    Attributes:
        parameters: (N, H, W) of the output.
        drawn: (N, H) one value a step, in the units of the parameters.
        attention: (N, H, P) the weights of a decoder that attends; None of others.
    """

    parameters: Any
    drawn: Any
    attention: Any = None


class Decoder(Protocol):
    """The second half of a network."""

    def __call__(self, encoding: Encoding, normals: Any) -> Decoded:
        """The forecast; `normals` (N, H) are what each step is drawn by, 0 for its median; None for all medians."""

    def taught(self, encoding: Encoding, target: Any, share: Any) -> Decoded:
        """The forecast in training.

        Args:
            encoding: What is read.
            target: (N, H) what happened, in the window's units; NaN where it is missing.
            share: (N, 1) of the steps at which the decoder is told what happened.
        """


def decoder_of(model: ModelConfig, shapes: Shapes, output: Output, seed: int) -> Decoder:
    """The decoder of a config; `recursive` decodes one step, and `recursive.py` feeds it back.

    Args:
        model: The config.
        shapes: The sizes.
        output: What the forecast is made of.
        seed: The network's.
    """
    if isinstance(model.decoder, Seq2Seq):
        return Recurring(model, shapes, output, seed)
    if model.decoder == "parallel":
        return Parallel(model, shapes, output, seed)
    return Direct(shapes, output, seed)


class _AtOnce:
    """A decoder of which no step reads another."""

    def __init__(self, output: Output) -> None:
        self.output = output

    def __call__(self, encoding: Encoding, normals: Any) -> Decoded:
        parameters = self.output.parameters(self.raw(encoding), encoding.base, encoding.scaling)
        if normals is None:
            return Decoded(parameters, beside.applied(self.output.middle, parameters))
        return Decoded(parameters, beside.applied(self.output.draw, parameters, normals))

    def taught(self, encoding: Encoding, _: Any, __: Any) -> Decoded:
        return self(encoding, None)

    def raw(self, encoding: Encoding) -> Any:
        """(N, H, W) what the parameters are made from."""
        raise NotImplementedError


class Direct(_AtOnce):
    """All steps at once by one dense layer, and what is known of each step by a small network that all steps share."""

    def __init__(self, shapes: Shapes, output: Output, seed: int) -> None:
        super().__init__(output)
        self.horizon = shapes.horizon
        self.head = beside.head(shapes.horizon * output.width, seed)
        self.summary = beside.dense("known_summary", SUMMARY, seed)
        self.hidden = beside.dense("known_hidden", HIDDEN, seed, "relu")
        self.known = beside.head(output.width, seed, "known_head")

    def raw(self, encoding: Encoding) -> Any:
        """(N, H, W) what the parameters are made from."""
        raw = ops.reshape(self.head(encoding.summary), (-1, self.horizon, self.output.width))
        if encoding.ahead is None:
            return raw
        summary, fixed = (repeated(each, self.horizon) for each in (self.summary(encoding.summary), encoding.fixed))
        return plus(raw, self.known(self.hidden(joined([summary, encoding.ahead, fixed]))))


class Parallel(_AtOnce):
    """One recurrent step for each segment of the horizon, all from the same state (SegRNN: Lin et al., 2023)."""

    def __init__(self, model: ModelConfig, shapes: Shapes, output: Output, seed: int) -> None:
        super().__init__(output)
        self.horizon, self.size = shapes.horizon, shapes.segment or 1
        self.count = -(-self.horizon // self.size)
        layer = model.layers[last_recurrent(model)]
        units = beside.units_of(layer)
        cell = beside.cell(layer, self.count, seed)
        self.bridge = _Bridge(cell, seed)
        self.apart = _Apart(cell)
        self.position = beside.Positions(self.count, units, seed)
        self.known = beside.dense("known_segment", units, seed)
        self.head = beside.head(self.size * output.width, seed)

    def raw(self, encoding: Encoding) -> Any:
        """(N, H, W) what the parameters are made from."""
        start = self.bridge(encoding.summary)
        inputs, told = self.position(start[0]), self._told(encoding)
        states = self.apart(inputs if told is None else plus(inputs, self.known(told)), start)
        raw = ops.reshape(self.head(states), (-1, self.count * self.size, self.output.width))
        return raw[:, : self.horizon]

    def _told(self, encoding: Encoding) -> Any:
        """(N, segments, F) what is known of the steps of each segment, and of the series."""
        ahead = encoding.ahead
        if ahead is not None:
            empty, width = self.count * self.size - self.horizon, ahead.shape[-1]
            ahead = ops.pad(ahead, [[0, 0], [0, empty], [0, 0]]) if empty else ahead
            ahead = ops.reshape(ahead, (-1, self.count, self.size * width))
        return joined([ahead, repeated(encoding.fixed, self.count)])


class Recurring:
    """One recurrent step after the other, each of which reads the value that the one before has said.

    The encoder and decoder of Sutskever et al. (2014), with the scheduled sampling of Bengio et al. (2015).
    """

    def __init__(self, model: ModelConfig, shapes: Shapes, output: Output, seed: int) -> None:
        self.horizon = shapes.horizon
        cell = beside.cell(model.layers[last_recurrent(model)], shapes.horizon, seed)
        self.bridge = _Bridge(cell, seed)
        attention = AdditiveAttention(cell.options.units, beside.place("decoder_attention", seed))
        self.feedback = Feedback(cell, beside.head(output.width, seed), output, attention if attends(model) else None)
        self.forcing = Forcing(beside.place("forcing", seed).draw(0), name="forcing")

    def __call__(self, encoding: Encoding, normals: Any) -> Decoded:
        """As `Decoder`."""
        return self._run(encoding, {} if normals is None else {"normals": normals})

    def taught(self, encoding: Encoding, target: Any, share: Any) -> Decoded:
        """As `Decoder`."""
        told = self.forcing(target, share)
        # Before it is scaled by what is learned: NaN times the gradient 0 is NaN.
        target = encoding.scaling.scaled(ops.where(told, target, 0.0))
        return self._run(encoding, {"target": target, "told": ops.cast(told, "float32")})

    def _run(self, encoding: Encoding, steps: dict[str, Any]) -> Decoded:
        less = encoding.base if encoding.residual else None
        steps = _there({**steps, "ahead": encoding.ahead, "base": encoding.base, "less": less})
        if not steps:  # a loop has to read something
            steps = {"blank": ops.repeat(ops.zeros_like(encoding.last), self.horizon, axis=1)}
        constants = _there({"fixed": encoding.fixed, "states": encoding.states, **vars(encoding.scaling)})
        said = self.feedback([*self.bridge(encoding.summary), encoding.last], steps, constants)
        return Decoded(said["parameters"], said["drawn"], said.get("attention"))


def _there(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tensor for name, tensor in tensors.items() if tensor is not None}


class _Bridge:
    """From a summary to the first states of a decoder, so that its layers may be of another size."""

    def __init__(self, cell: Any, seed: int) -> None:
        self.count = len(cell.state_size)
        self.dense = beside.dense("bridge", sum(cell.state_size), seed, "tanh")

    def __call__(self, summary: Any) -> list[Any]:
        return list(ops.split(self.dense(summary), self.count, axis=-1))


class _Apart(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    def __init__(self, cell: Any) -> None:
        super().__init__(name="apart")
        self.cell = cell

    @property
    def parts(self) -> Sequence[Any]:
        return (self.cell,)

    def build(self, inputs_shape: Any) -> None:
        """Create the weights of the recurrence."""
        beside.built(self.cell, inputs_shape)

    def call(self, inputs: Any, states: list[Any]) -> Any:
        """(N, P, C) and states (N, U) to (N, P, U), each step by itself from those states."""
        steps, width = inputs.shape[1:]
        each = [ops.repeat(state, steps, axis=0) for state in states]
        new = self.cell.whole_step()(ops.reshape(inputs, (-1, width)), *each)[0]
        return ops.reshape(new, (-1, steps, new.shape[-1]))
