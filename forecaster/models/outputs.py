"""The outputs of a network by their names in a config."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.models.backend import ops
from forecaster.models.counts import NegativeBinomial
from forecaster.models.levels import Output, Point, Quantiles, moved
from forecaster.models.scaling import plus
from forecaster.models.student import LEAST_SCALE, StudentT

if TYPE_CHECKING:
    from forecaster.config.model import ModelConfig
    from forecaster.models.scaling import Scaling

__all__ = ["Gaussian", "NegativeBinomial", "Output", "Point", "Quantiles", "StudentT", "output_of"]


def output_of(model: ModelConfig, levels: tuple[float, ...]) -> Output:
    """What the network of a config puts out, at (Q,) levels."""
    kind = model.output if isinstance(model.output, str) else "quantiles"
    return _OUTPUTS[kind](levels)


class Gaussian(Output):
    """Location and scale of a normal distribution."""

    width = 2

    def parameters(self, raw: Any, base: Any, scaling: Scaling) -> Any:
        """(N, H, 2) any location, and a scale above 0."""
        location = scaling.said(moved(raw[..., :1], base))
        scale = scaling.widened(ops.softplus(raw[..., 1:]) + LEAST_SCALE)
        return ops.concatenate([location, scale], axis=-1)

    def quantiles(self, parameters: Any) -> Any:
        """(N, H, Q) location + scale times the normal scores of the levels."""
        scores = np.asarray(self.scores, dtype=np.float32)
        return plus(parameters[..., 1:] * scores, parameters[..., :1])

    def draw(self, parameters: Any, normals: Any) -> Any:
        """(N, H) location + scale times the normal numbers."""
        return parameters[..., 0] + parameters[..., 1] * normals


_OUTPUTS: dict[str, type[Output]] = {
    "point": Point,
    "quantiles": Quantiles,
    "gaussian": Gaussian,
    "student_t": StudentT,
    "negative_binomial": NegativeBinomial,
}
