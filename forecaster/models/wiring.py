"""How the inputs of a network reach its decoder: scaled, told of covariates, read by the layers, drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecaster.models import skips
from forecaster.models.backend import keras
from forecaster.models.covariates import features_of
from forecaster.models.decoders import Encoding, decoder_of
from forecaster.models.encoder import Encoder
from forecaster.models.latent import Latent
from forecaster.models.outputs import output_of
from forecaster.models.rows import attends
from forecaster.models.scaling import scaling_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.config.model import ModelConfig
    from forecaster.models.encoder import Encoded
    from forecaster.models.sizes import Shapes

_DRAWN = ("latent", "steps")  # the parts of the noise that belong to no layer's dropout


@dataclass(frozen=True, eq=False)
class Read:
    """What the layers make of windows.

    Attributes:
        encoded: By the encoder.
        encoding: What the decoder reads.
        divergence: (N,) of what was drawn in between, in nats; None where nothing is.
    """

    encoded: Encoded
    encoding: Encoding
    divergence: Any


class Wiring:
    """The layers of a network around one set of inputs, each made once.

    Args:
        model: The layers and how they are wired.
        shapes: Their sizes.
        seed: Of their weights, and of what is drawn in training.
        inputs: The tensors of the graph by the names of `shapes.inputs`.
    """

    def __init__(self, model: ModelConfig, shapes: Shapes, seed: int, inputs: Mapping[str, Any]) -> None:
        self.model, self.seed = model, seed
        self.scaling = scaling_of(model.scale, inputs["window"], inputs["floor"], inputs.get("present"))
        self.base, self.seen = skip_of(self.scaling.scaled(inputs["window"]), inputs, model, shapes, seed)
        self.features = features_of(inputs, model, shapes)
        self.encoder = Encoder(model, shapes, seed, states=attends(model))
        self.output = output_of(model, shapes.levels)
        self.decoder = decoder_of(model, shapes, self.output, seed)
        self._latent: Latent | None = None
        self._plain: Encoded | None = None

    def read(self, noise: Mapping[str, Any]) -> Read:
        """What the layers make of the inputs.

        Args:
            noise: By the names of `shapes.noise`: (N, width) standard normals to draw by; none: the mean of what is
                drawn, or in training a draw by a seed.
        """
        encoded, latent = self._encoded(noise), self.model.latent
        summary, divergence = encoded.summary, None
        if latent is not None:
            self._latent = self._latent or Latent(latent.units, summary.shape[-1], self.seed)
            summary, divergence = self._latent(summary, noise.get("latent"))
        encoding = Encoding(
            summary,
            encoded.states,
            self.features.ahead,
            self.features.fixed,
            self.base,
            self.seen[:, -1:],
            self.model.skip == "smoothing",
            self.scaling,
        )
        return Read(encoded, encoding, divergence)

    def _encoded(self, noise: Mapping[str, Any]) -> Encoded:
        """By the encoder, which runs once for all draws where no layer drops anything."""
        if any(name not in _DRAWN for name in noise):
            return self.encoder(self.seen, self.features, noise)
        self._plain = self._plain or self.encoder(self.seen, self.features, {})
        return self._plain


def skip_of(scaled: Any, inputs: Mapping[str, Any], model: ModelConfig, shapes: Shapes, seed: int) -> tuple[Any, Any]:
    """What the forecast is added to (N, H, 1), None without a skip, and the window (N, L) that the layers read."""
    if model.skip == "smoothing":
        return skips.smoothing(scaled, inputs.get("series"), shapes)
    if shapes.every is not None:
        return skips.linear(scaled, shapes, seed), scaled
    return None if model.skip == "none" else skips.seasonal_naive(scaled, shapes), scaled


def inputs_of(shapes: Shapes) -> dict[str, Any]:
    """A placeholder for every input of the prediction graph."""
    return {name: keras.Input(shape, name=name, dtype="float32") for name, shape in shapes.inputs.items()}


def noise_of(inputs: Mapping[str, Any], shapes: Shapes) -> dict[str, Any]:
    """The input `noise` apart, by the names of `shapes.noise`."""
    parts, begin = {}, 0
    for name, width in shapes.noise:
        parts[name] = inputs["noise"][:, begin : begin + width]
        begin += width
    return parts


def without_noise(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that every graph has."""
    return {name: tensor for name, tensor in inputs.items() if name != "noise"}
