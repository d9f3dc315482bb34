"""The training schedule: how long, how fast, and when to stop."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from forecaster.config.layers import Part

Rate = Annotated[float, Field(gt=0, le=1)]


class OptimizerOptions(Part):
    """Of every optimizer."""

    learning_rate: Rate = 0.001
    clip_norm: Annotated[float, Field(gt=0)] | None = 1.0
    """A gradient longer than this is shortened to it (Pascanu et al., 2013); null: never."""


class AdamWOptions(OptimizerOptions):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.004


class SGDOptions(OptimizerOptions):
    """Stochastic gradient descent."""

    learning_rate: Rate = 0.01
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Adam(Part):
    """Kingma and Ba (2015)."""

    adam: OptimizerOptions = OptimizerOptions()


class AdamW(Part):
    """Adam with decoupled weight decay."""

    adamw: AdamWOptions


class RMSprop(Part):
    """Hinton's lecture 6e (2012)."""

    rmsprop: OptimizerOptions


class SGD(Part):
    """Stochastic gradient descent, with momentum where asked for."""

    sgd: SGDOptions


class WarmupOptions(Part):
    """A share of all steps in which the learning rate rises from zero."""

    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.05


class StepOptions(Part):
    """The learning rate times `factor` after every `every` epochs."""

    every: Annotated[int, Field(gt=0)] = 10
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5


class ExponentialOptions(Part):
    """The learning rate times `factor` after every epoch, from epoch `start` on."""

    factor: Annotated[float, Field(gt=0, lt=1)] = 0.9
    start: Annotated[int, Field(ge=0)] = 0


class PlateauOptions(Part):
    """The learning rate times `factor` after `patience` epochs without a better validation loss."""

    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    patience: Annotated[int, Field(gt=0)] = 3


class Cosine(Part):
    """Warm up, then fall along half a cosine to zero."""

    cosine: WarmupOptions


class StepSchedule(Part):
    """Fall in steps."""

    step: StepOptions


class Exponential(Part):
    """Fall by a constant factor."""

    exponential: ExponentialOptions


class Plateau(Part):
    """Fall where the validation loss stands still."""

    plateau: PlateauOptions


class EarlyStopping(Part):
    """Stop after `patience` epochs without a better validation loss; the best weights are kept."""

    patience: Annotated[int, Field(gt=0)] = 5


class TrainingConfig(Part):
    """How the network is trained."""

    epochs: Annotated[int, Field(gt=0, le=1_000_000)] | None = None
    """Passes over all training windows; 50 where neither this nor `steps` is given."""
    steps: Annotated[int, Field(gt=0, le=1_000_000_000)] | None = None
    """Updates of the weights, instead of epochs."""
    batch_size: Annotated[int, Field(gt=0, le=1_000_000)] = 32
    loss: Literal["auto", "mae", "mse", "huber", "pinball"] = "auto"
    """`auto`: mae for a point, pinball for quantiles."""
    optimizer: Adam | AdamW | RMSprop | SGD = Adam()
    schedule: Literal["constant"] | Cosine | StepSchedule | Exponential | Plateau = Cosine(cosine=WarmupOptions())
    early_stopping: EarlyStopping | None = EarlyStopping()
    refit: bool = True
    """After scoring, train once more on the whole table, and publish that network."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        if self.epochs is not None and self.steps is not None:
            raise ValueError(f"epochs ({self.epochs}) and steps ({self.steps}) are both given; keep one of them")
        return self
