"""The lookback, read by the layers of a config into one summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecaster.config.layers import RECURRENT, kind_of, options_of
from forecaster.models import beside, layers
from forecaster.models.attention import Attention
from forecaster.models.backend import ops
from forecaster.models.covariates import joined, repeated
from forecaster.models.sizes import last_recurrent, layer_name, patch_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.config.model import ModelConfig
    from forecaster.models.covariates import Features
    from forecaster.models.sizes import Shapes


@dataclass(frozen=True, eq=False)
class Encoded:
    """What the layers make of windows.

    Attributes:
        summary: (N, U) what leaves the last layer.
        states: (N, P, V) what leaves the last recurrent layer at every step; None where no decoder attends to it.
        sequence: (N, P, C) what the first recurrent layer reads.
        attention: (N, heads, P) the weights of an attention layer; None where there is none.
    """

    summary: Any
    states: Any
    sequence: Any
    attention: Any


class Encoder:
    """The layers of a config: made once, and used as often as graphs need them.

    Args:
        model: The layers.
        shapes: Their sizes.
        seed: The network's.
        states: Whether the decoder attends to the states of the last recurrent layer.
    """

    def __init__(self, model: ModelConfig, shapes: Shapes, seed: int, *, states: bool) -> None:
        kinds = [str(kind_of(layer)) for layer in model.layers]
        self.model, self.shapes, self.states = model, shapes, states
        self.last = last_recurrent(model)
        self.pool = kinds.index("attention") if "attention" in kinds else None
        self.first = next(index for index, kind in enumerate(kinds) if kind in RECURRENT)
        self.places = [
            layers.Place(layer_name(index, layer), index, seed, shapes.patches, sequence=self._whole(index))
            for index, layer in enumerate(model.layers)
        ]
        self.segment = None if shapes.segment is None else beside.dense("segment", patch_units(model), seed, "relu")
        self.made = [
            Attention(options_of(layer), place) if index == self.pool else layers.make(layer, place)
            for index, (layer, place) in enumerate(zip(model.layers, self.places, strict=True))
        ]

    def _whole(self, index: int) -> bool:
        """Whether the layer puts out a value for every step."""
        if self.pool is not None:
            return index < self.pool
        return index < self.last + self.states

    def __call__(self, scaled: Any, features: Features, noise: Mapping[str, Any]) -> Encoded:
        """What the layers make of windows.

        Args:
            scaled: (N, L) what is read of the target.
            features: What else is read.
            noise: By the name of a layer: (N, K) what tells which values it drops.
        """
        flow = sequence = self._read(scaled, features)
        states = weights = None
        for index, place in enumerate(self.places):
            if index == self.first:
                sequence = flow
            if index == self.pool:
                flow, weights = self.made[index](flow, self._final(flow))
                continue
            flow = self.made[index](flow, **({"noise": noise[place.name]} if place.name in noise else {}))
            if index == self.last and self.states:
                states = flow
                flow = flow if self.pool is not None else self._final(flow)
        return Encoded(flow, states, sequence, weights)

    def _read(self, scaled: Any, features: Features) -> Any:
        """(N, P, C) the steps, or segments of them."""
        flow = joined([ops.expand_dims(scaled, -1), features.lookback])
        steps, width = self.shapes.patches, flow.shape[-1]
        if self.segment is None:
            return joined([flow, repeated(features.fixed, steps)])
        if self.shapes.padding:
            flow = ops.pad(flow, [[0, 0], [self.shapes.padding, 0], [0, 0]])
        patches = ops.reshape(flow, (-1, steps, self.shapes.segment * width))
        return self.segment(joined([patches, repeated(features.fixed, steps)]))

    def _final(self, states: Any) -> Any:
        """(N, V) the last state of each direction."""
        if not str(kind_of(self.model.layers[self.last])).startswith("bi"):
            return states[:, -1]
        units = states.shape[-1] // 2
        return ops.concatenate([states[:, -1, :units], states[:, 0, units:]], axis=-1)
