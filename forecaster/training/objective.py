"""Which loss a config asks for; no TensorFlow, so that `check` can ask too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from forecaster.errors import ConfigError

if TYPE_CHECKING:
    from forecaster.config.model import ModelConfig
    from forecaster.config.training import TrainingConfig

Objective = Literal["mae", "mse", "huber", "pinball", "gaussian", "student_t", "negative_binomial"]


def objective_of(training: TrainingConfig, model: ModelConfig) -> Objective:
    """The loss that is minimised.

    `auto` is the absolute error of a point, the pinball loss of quantiles, and of a distribution, after which it is
    named then, the negative log-likelihood.

    Raises:
        ConfigError: If a loss of numbers is asked for, but the network puts out several levels or a distribution.
    """
    output = model.output
    if not isinstance(output, str):
        return _of_levels(training, model)
    if output != "point":
        return _of_distribution(training, output)
    return "mae" if training.loss == "auto" else training.loss


def _of_levels(training: TrainingConfig, model: ModelConfig) -> Objective:
    if training.loss not in {"auto", "pinball"}:
        raise ConfigError(
            f"the loss {training.loss} fits one number a step, but model.output has the levels {list(model.levels)}",
            hint="set training.loss: pinball (or leave it out), or model.output: point",
            subject="training.loss",
        )
    return "pinball"


def _of_distribution(
    training: TrainingConfig, output: Literal["gaussian", "student_t", "negative_binomial"]
) -> Objective:
    if training.loss != "auto":
        raise ConfigError(
            f"the loss {training.loss} fits numbers, but model.output is {output}, which is fitted by its likelihood",
            hint="leave training.loss out, or set model.output: point",
            subject="training.loss",
        )
    return output
