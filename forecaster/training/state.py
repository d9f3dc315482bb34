"""What a compiled program depends on, and what goes into it and comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from forecaster.config.model import ModelConfig
    from forecaster.config.training import OptimizerOptions
    from forecaster.models.build import Network
    from forecaster.models.sizes import Shapes
    from forecaster.training.kernels import Kernel
    from forecaster.training.objective import Objective


@dataclass(frozen=True)
class Recipe:
    """All that a compiled program depends on.

    Attributes:
        model: The network.
        shapes: Its sizes.
        objective: What is minimised.
        optimizer: The name of the optimizer.
        options: Its options; the program does not look at the learning rate among them.
        batch: Windows in one update.
        kernel: `plain` or `jit`.
    """

    model: ModelConfig
    shapes: Shapes
    objective: Objective
    optimizer: str
    options: OptimizerOptions
    batch: int
    kernel: Kernel


@dataclass(frozen=True, eq=False)
class State:
    """A training between two updates, as tensors that nothing overwrites: to keep one is to keep its weights.

    Attributes:
        weights: What is trained, in the order of the network.
        fixed: What is not: the seeds of dropout.
        moments: The optimizer's.
    """

    weights: list[Any]
    fixed: list[Any]
    moments: list[Any]

    @property
    def parts(self) -> tuple[list[Any], list[Any], list[Any]]:
        """The three lists, as a compiled function takes them."""
        return self.weights, self.fixed, self.moments

    def put_into(self, network: Network) -> None:
        """Give the network these weights."""
        for variable, value in zip(network.training.trainable_variables, self.weights, strict=True):
            variable.assign(value)

    def finite(self) -> bool:
        """Whether every weight is finite."""
        return all(bool(np.isfinite(weight.numpy()).all()) for weight in self.weights)
