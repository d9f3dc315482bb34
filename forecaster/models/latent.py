"""A few numbers drawn at random between encoder and decoder: the variational network of Kingma and Welling (2014)."""

from __future__ import annotations

from typing import Any

from forecaster.models import beside
from forecaster.models.backend import keras, ops

_WIDEST = 4.0  # that the logarithm of a variance can be: without a bound, its exponential reached 3e8


class Latent:
    """From a summary to one that a draw of few numbers has been made into.

    Args:
        units: Z, numbers that are drawn.
        width: Of the summary.
        seed: The network's.
    """

    def __init__(self, units: int, width: int, seed: int) -> None:
        self.dense = beside.dense("latent", 2 * units, seed)
        self.drawn = _Drawn(beside.place("latent", seed).draw(3), name="drawn")
        self.back = beside.dense("from_latent", width, seed, "tanh")

    def __call__(self, summary: Any, noise: Any = None) -> tuple[Any, Any]:
        """The new summary, and the divergence from a standard normal.

        Args:
            summary: (N, width)
            noise: (N, Z) standard normals to draw by; None: a seed in training, and the mean otherwise.

        Returns:
            (N, width) and (N,) nats.
        """
        mean, spread = ops.split(self.dense(summary), 2, axis=-1)
        log_variance = _WIDEST * ops.tanh(spread / _WIDEST)
        deviation = ops.exp(0.5 * log_variance)
        z = self.drawn(mean, deviation) if noise is None else mean + deviation * noise
        each = 0.5 * (ops.exp(log_variance) + ops.square(mean) - 1.0 - log_variance)
        return self.back(z), ops.sum(each, axis=-1)


class _Drawn(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    def __init__(self, seed: int, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.seeds = keras.random.SeedGenerator(seed)

    def call(self, mean: Any, deviation: Any, training: bool = False) -> Any:
        if not training:
            return mean
        return mean + deviation * keras.random.normal(ops.shape(mean), seed=self.seeds)
