"""The loop of a decoder that reads, at every step, the value that it said at the one before."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from forecaster.models import beside
from forecaster.models.backend import keras, ops
from forecaster.models.covariates import joined
from forecaster.models.loops import looped
from forecaster.models.scaling import Scaling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from forecaster.models.attention import AdditiveAttention
    from forecaster.models.outputs import Output
    from forecaster.models.recurrent import Recurrent

_FLAT = ("normals", "target", "told", "blank")
_HALF = 0.5
_SCALING = ("center", "spread", "factor", "shift")


class Feedback(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """A recurrence over the horizon.

    Args:
        recurrence: What one step computes.
        head: From the state to what the parameters of the output are made from.
        output: What the forecast is made of.
        attention: To the encoder's states; None where the decoder does not attend.
    """

    def __init__(self, recurrence: Recurrent, head: Any, output: Output, attention: AdditiveAttention | None) -> None:
        super().__init__(name="feedback")
        self.recurrence, self.head, self.form, self.attention = recurrence, head, output, attention

    @property
    def parts(self) -> Sequence[Any]:
        """The layers that hold the weights."""
        return [each for each in (self.attention, self.recurrence, self.head) if each is not None]

    def build(self, start_shape: Any, steps_shape: Any, constants_shape: Any) -> None:
        """Create the weights."""
        read = [steps_shape.get("ahead"), constants_shape.get("fixed"), constants_shape.get("states")]
        units = start_shape[0][-1]
        if self.attention is not None:
            beside.built(self.attention, (None, units), constants_shape["states"])
        beside.built(self.recurrence, (None, None, 1 + sum(shape[-1] for shape in read if shape is not None)))
        beside.built(self.head, (None, units))

    def call(self, start: list[Any], steps: dict[str, Any], constants: dict[str, Any]) -> dict[str, Any]:
        """What is said at each step: `parameters` (N, H, W), `drawn` (N, H) in their units, `attention` (N, H, P).

        Args:
            start: The states of the recurrence, each (N, U), and the newest value (N, 1), as the network reads values.
            steps: What there is for each step: `normals` (N, H) that the values are drawn by, instead of the medians;
                `ahead` (N, H, F) what is known; `base` (N, H, 1) what is added; `less` (N, H, 1) what is taken off a
                value before it is read; `target` and `told` (N, H): what is read instead of the value, and where (1).
            constants: `fixed` (N, F), `states` (N, P, V) and the scaling's (N, 1), where they are there.
        """
        columns = {name: ops.expand_dims(each, -1) if name in _FLAT else each for name, each in steps.items()}
        step = self._step({name: column.shape[-1] for name, column in columns.items()}, constants)
        said = looped(step, ops.concatenate(list(columns.values()), axis=-1), start)
        if self.attention is None:
            return {"drawn": said[..., 0], "parameters": said[..., 1:]}
        ends = said.shape[-1] - constants["states"].shape[1]
        return {"drawn": said[..., 0], "parameters": said[..., 1:ends], "attention": said[..., ends:]}

    def _step(self, widths: Mapping[str, int], constants: Mapping[str, Any]) -> Callable[..., Any]:
        """One step of the loop: a function of what `widths` lists, side by side, and of the states."""
        scaling = Scaling(*(constants.get(name) for name in _SCALING))
        attend = self._attention(constants.get("states"))
        advance, ends = self.recurrence.whole_step(), list(itertools.accumulate(widths.values()))[:-1]

        def step(inputs: Any, *states: Any) -> tuple[Any, ...]:
            *own, last = states
            now = dict(zip(widths, ops.split(inputs, ends, axis=-1) if ends else [inputs], strict=True))
            context, weights = attend(own[0])
            own = advance(joined([last, now.get("ahead"), constants.get("fixed"), context]), *own)
            base = ops.expand_dims(now["base"], 1) if "base" in now else None
            parameters = self.form.parameters(ops.expand_dims(self.head(own[0]), 1), base, scaling)
            value = drawn(self.form, parameters, now.get("normals"))
            return joined([value, parameters[:, 0], weights]), *own, self._read(value, now, scaling)

        return step

    def _attention(self, states: Any) -> Callable[[Any], tuple[Any, Any]]:
        """What a step takes from the encoder's states, as a function of its own state, and the weights."""
        attention = self.attention
        if attention is None:
            return lambda _: (None, None)
        keys = attention.keys(states)
        return lambda state: attention(state, states, keys)

    def _read(self, value: Any, now: Mapping[str, Any], scaling: Scaling) -> Any:
        """(N, 1) what the next step reads of this one, as the network reads values."""
        value = self.form.read(value, scaling)
        if "told" in now:
            value = ops.where(now["told"] > _HALF, now["target"], value)
        return value - now["less"] if "less" in now else value


def drawn(output: Output, parameters: Any, normals: Any) -> Any:
    """(N, H) the values that standard normal numbers (N, H) draw from (N, H, W) parameters; None: the medians."""
    return output.middle(parameters) if normals is None else output.draw(parameters, normals)


class Forcing(keras.layers.Layer):  # type: ignore[misc]
    """At which steps a decoder in training is told what happened (scheduled sampling: Bengio et al., 2015)."""

    def __init__(self, seed: int, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.seeds = keras.random.SeedGenerator(seed)

    def call(self, target: Any, share: Any) -> Any:
        """(N, H) at which steps `target` (N, H) is told: at a share (N, 1) of them, never where it is missing."""
        drawn = keras.random.uniform(ops.shape(target), seed=self.seeds)
        return ops.logical_and(drawn < share, ops.logical_not(ops.isnan(target)))
