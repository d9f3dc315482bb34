"""A network that forecasts one step, fed back: the window itself is the state of the loop."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forecaster.models import beside
from forecaster.models.backend import keras, ops
from forecaster.models.feedback import drawn
from forecaster.models.levels import Point, Quantiles
from forecaster.models.loops import looped
from forecaster.models.wiring import Wiring, inputs_of, noise_of, without_noise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forecaster.config.model import ModelConfig
    from forecaster.models.levels import Output
    from forecaster.models.scaling import Scaling
    from forecaster.models.sizes import Shapes

    Tensors = dict[str, Any]


class OneStep:
    """The network of one step, and what it is called with in the graphs of the whole horizon.

    Attributes:
        output: What its forecast is made of.
        plain: The inputs of a window and of one step ahead to `parameters` (N, 1, W) in the units of the loss, `value`
            (N, 1, W) the same in those of the window, `sequence` and `attention`.
        dropping: As `plain`, with noise that tells what is dropped; None where nothing is kept.
        scaler: What a window is scaled by, and `values` (N, any) in its units, to those of the loss.
    """

    def __init__(self, model: ModelConfig, shapes: Shapes, seed: int) -> None:
        noise = tuple((name, width) for name, width in shapes.noise if name != "steps")
        shapes = replace(shapes, horizon=1, noise=noise)
        inputs = inputs_of(shapes)
        self.wiring = Wiring(model, shapes, seed, inputs)
        self.output = self.wiring.output
        self.plain = keras.Model(without_noise(inputs), self._said({}), name="one_step")
        kept = noise_of(inputs, shapes)
        self.dropping = keras.Model(inputs, self._said(kept), name="one_step_dropping") if kept else None
        values = keras.Input((None,), name="values")
        self.scaler = keras.Model(
            {**_unit(inputs), "values": values},
            self.wiring.scaling.judged(values),
            name="scaler",
        )

    def _said(self, noise: Mapping[str, Any]) -> Tensors:
        read = self.wiring.read(noise)
        parameters = self.wiring.decoder(read.encoding, None).parameters
        said = {
            "parameters": parameters,
            "value": _unscaled(parameters, self.output, self.wiring.scaling),
            "sequence": read.encoded.sequence,
        }
        return said if read.encoded.attention is None else said | {"attention": read.encoded.attention}

    def judged(self, inputs: Mapping[str, Any], values: Any) -> Any:
        """(N, any) in the window's units to those of the loss."""
        if self.output.counts:
            return values
        return self.scaler({**_unit(inputs), "values": values})


def _unit(inputs: Mapping[str, Any]) -> Tensors:
    """Of the inputs, what a window is scaled by."""
    return {name: inputs[name] for name in ("window", "floor", "present") if name in inputs}


def _unscaled(parameters: Any, output: Output, scaling: Scaling) -> Any:
    """Parameters (N, H, W) of a distribution in the units of the loss to that in those of the window."""
    if output.counts:
        return parameters
    if isinstance(output, Point | Quantiles):
        return scaling.unscaled(parameters)
    width = parameters[..., 1:2] * ops.expand_dims(scaling.spread, -1)
    return ops.concatenate([scaling.unscaled(parameters[..., :1]), width, parameters[..., 2:]], axis=-1)


def graphs(model: ModelConfig, shapes: Shapes, seed: int) -> tuple[Any, Any, Any]:
    """The graphs of training, judging and prediction, as `build.Network` has them."""
    one, inputs = OneStep(model, shapes, seed), inputs_of(shapes)
    target, pace = keras.Input((shapes.horizon,), name="target"), keras.Input((2,), name="pace")
    told = without_noise(inputs)
    first = one.plain(_first(told, shapes))
    penalty = ops.zeros_like(pace[:, 1])
    learnt = {"parameters": first["parameters"], "target": one.judged(told, target[:, :1]), "penalty": penalty}
    training = keras.Model({**told, "target": target, "pace": pace}, learnt, name="training")

    rolled = Rolled(one.plain, one.output, shapes, name="rolled")(told)
    said = {
        "parameters": _scaled(rolled["value"], one, told),
        "target": one.judged(told, target),
        "penalty": penalty,
    }
    judging = keras.Model({**told, "target": target, "pace": pace}, said, name="judging")
    return training, judging, _prediction(one, inputs, first, rolled, shapes)


def _prediction(one: OneStep, inputs: Tensors, first: Tensors, rolled: Tensors, shapes: Shapes) -> Any:
    said = {"forecast": beside.applied(one.output.quantiles, rolled["value"])}
    if shapes.noise:
        noise = noise_of(inputs, shapes)
        rolled_by = Rolled(one.dropping or one.plain, one.output, shapes, name="drawn")
        normals = noise.pop("steps", None)
        kept = {"noise": ops.concatenate(list(noise.values()), axis=-1)} if noise else {}
        said["path"] = ops.expand_dims(rolled_by({**without_noise(inputs), **kept}, normals)["drawn"], -1)
    said |= {name: first[name] for name in ("attention", "sequence") if name in first}
    return keras.Model(inputs, said, name="prediction")


def _first(inputs: Tensors, shapes: Shapes) -> Tensors:
    """The inputs of the first step alone."""
    return {**inputs, **({"known": inputs["known"][:, : shapes.lookback + 1]} if "known" in inputs else {})}


def _scaled(values: Any, one: OneStep, inputs: Tensors) -> Any:
    """Parameters (N, H, W) in the units of the window to those of the loss."""
    if one.output.counts:
        return values
    horizon = values.shape[1]

    def judged(each: Any) -> Any:
        flat = one.judged(inputs, ops.reshape(each, (-1, horizon * each.shape[-1])))
        return ops.reshape(flat, (-1, horizon, each.shape[-1]))

    if isinstance(one.output, Point | Quantiles):
        return judged(values)
    zero = judged(ops.zeros_like(values[..., :1]))
    return ops.concatenate([judged(values[..., :1]), judged(values[..., 1:2]) - zero, values[..., 2:]], axis=-1)


class Rolled(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """The network of one step over the horizon: its window moves on by what it has said."""

    def __init__(self, one: Any, output: Output, shapes: Shapes, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.one, self.form, self.shapes = one, output, shapes

    @property
    def parts(self) -> Sequence[Any]:
        """The layers that hold the weights."""
        return (self.one,)

    def call(self, inputs: Tensors, normals: Any = None) -> Tensors:
        """`value` (N, H, W) the parameters in the units of the window, and `drawn` (N, H).

        Args:
            inputs: Those of the network; what is known reaches over the whole horizon.
            normals: (N, H) that each step is drawn by; None: the medians.
        """
        lookback, horizon = self.shapes.lookback, self.shapes.horizon
        read = ops.repeat(ops.zeros_like(inputs["floor"]), horizon, axis=1) if normals is None else normals
        steps, start = [ops.expand_dims(read, -1)], [inputs["window"]]  # a loop has to read something
        if "present" in inputs:
            start.append(inputs["present"])
        if "known" in inputs:
            known = inputs["known"]
            start.append(ops.reshape(known[:, :lookback], (-1, lookback * known.shape[-1])))
            steps.append(known[:, lookback:])
        said = looped(self._step(inputs, draws=normals is not None), ops.concatenate(steps, axis=-1), start)
        return {"drawn": said[..., 0], "value": said[..., 1:]}

    def _step(self, inputs: Tensors, *, draws: bool) -> Callable[..., Any]:
        moving = [name for name in ("window", "present", "known") if name in inputs]
        still = {name: each for name, each in inputs.items() if name not in moving}

        def step(now: Any, *states: Any) -> tuple[Any, ...]:
            seen, normals, known = dict(zip(moving, states, strict=True)), now[:, :1], now[:, 1:]
            if "known" in seen:
                seen["known"] = ops.concatenate([seen["known"], known], axis=1)
            value = self.one({**still, **_rows(seen, known.shape[-1])}, training=False)["value"]
            newest = drawn(self.form, value, normals if draws else None)
            new = {"window": newest, "present": ops.ones_like(newest)}
            moved = [_on(seen[name], new.get(name), known.shape[-1]) for name in moving]
            return ops.concatenate([newest, value[:, 0]], axis=-1), *moved

        return step


def _rows(seen: Tensors, width: int) -> Tensors:
    """What is known as (N, L + 1, C) again."""
    if "known" not in seen:
        return seen
    return {**seen, "known": ops.reshape(seen["known"], (-1, seen["known"].shape[-1] // width, width))}


def _on(seen: Any, new: Any, width: int) -> Any:
    """A state one step on: its oldest value goes, and the newest comes, which `known` has already."""
    return seen[:, width:] if new is None else ops.concatenate([seen[:, 1:], new], axis=1)
