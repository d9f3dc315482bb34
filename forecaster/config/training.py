"""The training schedule: how long, how fast, and when to stop."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator

from forecaster.config.parts import Choice, Part, refuse

EPOCHS = 50  # where neither epochs nor steps are given
Rate = Annotated[float, Field(gt=0, le=1)]


class OptimizerOptions(Part):
    """Of every optimizer."""

    learning_rate: Rate = 0.001
    """The share of the gradient that one update follows, before the schedule."""
    clip_norm: Annotated[float, Field(gt=0)] | None = 1.0
    """The length to which a longer gradient is shortened (Pascanu et al., 2013); null: never."""


class AdamWOptions(OptimizerOptions):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019)."""

    weight_decay: Annotated[float, Field(ge=0, le=1)] = 0.004
    """The share of every weight taken away at each update, times the learning rate."""


class SGDOptions(OptimizerOptions):
    """Stochastic gradient descent."""

    learning_rate: Rate = 0.01
    """The share of the gradient that one update follows, before the schedule."""
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """The share of the last update that is added to the next."""


class Adam(Part):
    """Kingma and Ba (2015)."""

    adam: OptimizerOptions = OptimizerOptions.model_construct()


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
    """The share of all updates in which the learning rate rises from zero."""


class StepOptions(Part):
    """The learning rate times `factor` after every `every` epochs."""

    every: Annotated[int, Field(gt=0)] = 10
    """The epochs between one fall and the next."""
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """What the learning rate is multiplied by."""


class ExponentialOptions(Part):
    """The learning rate times `factor` after every epoch, from epoch `start` on."""

    factor: Annotated[float, Field(gt=0, lt=1)] = 0.9
    """What the learning rate is multiplied by after an epoch."""
    start: Annotated[int, Field(ge=0)] = 0
    """The epochs before the first fall."""


class PlateauOptions(Part):
    """The learning rate times `factor` after `patience` epochs without a better validation loss."""

    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """What the learning rate is multiplied by."""
    patience: Annotated[int, Field(gt=0)] = 3
    """The epochs without a better validation loss before it falls."""


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
    """The epochs without a better validation loss before training stops."""


OPTIMIZERS = Choice("optimizer", ("adam", "adamw", "rmsprop", "sgd"))
SCHEDULES = Choice("schedule", ("cosine", "step", "exponential", "plateau"), words=("constant",))
Optimizer = Annotated[
    Annotated[Adam, Tag("adam")]
    | Annotated[AdamW, Tag("adamw")]
    | Annotated[RMSprop, Tag("rmsprop")]
    | Annotated[SGD, Tag("sgd")],
    Discriminator(OPTIMIZERS.tag),
    OPTIMIZERS,
]
Schedule = Annotated[
    Annotated[Literal["constant"], Tag("constant")]
    | Annotated[Cosine, Tag("cosine")]
    | Annotated[StepSchedule, Tag("step")]
    | Annotated[Exponential, Tag("exponential")]
    | Annotated[Plateau, Tag("plateau")],
    Discriminator(SCHEDULES.tag),
    SCHEDULES,
]


class TrainingConfig(Part):
    """How the network is trained."""

    epochs: Annotated[int, Field(gt=0, le=1_000_000)] | None = None
    """The passes over all training windows; 50 where neither this nor `steps` is given."""
    steps: Annotated[int, Field(gt=0, le=1_000_000_000)] | None = None
    """The updates of the weights, instead of epochs."""
    batch_size: Annotated[int, Field(gt=0, le=1_000_000)] = 32
    """The windows that one update of the weights sees."""
    loss: Literal["auto", "mae", "mse", "huber", "pinball"] = "auto"
    """What training makes small; `auto`: mae for a point, pinball for quantiles, the negative logarithm of the
    likelihood for a distribution."""
    optimizer: Optimizer = Adam.model_construct()
    """How the weights follow the gradient."""
    schedule: Schedule = Cosine.model_construct(cosine=WarmupOptions.model_construct())
    """How the learning rate changes while training."""
    early_stopping: EarlyStopping | None = EarlyStopping.model_construct()
    """When to stop before the last epoch; null: never."""
    ensemble: Annotated[int, Field(gt=0, le=100)] = 1
    """The number of networks, each trained from a seed of its own, whose quantiles are averaged."""
    refit: bool = True
    """Whether, after scoring, to train once more on the whole table and publish that network."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """The start of every random number: the same seed gives the same bits."""

    @field_validator("steps")
    @classmethod
    def _one_length(cls, steps: int | None, info: ValidationInfo) -> int | None:
        epochs = info.data.get("epochs")
        if steps is not None and epochs is not None:
            raise refuse(f"epochs ({epochs}) and steps ({steps}) are both given", hint="keep one of them")
        return steps
