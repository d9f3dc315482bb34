"""Which loss a config asks for; no TensorFlow, so that `check` can ask too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from forecaster.errors import ConfigError

if TYPE_CHECKING:
    from forecaster.config.schema import ModelConfig
    from forecaster.config.training import TrainingConfig

Objective = Literal["mae", "mse", "huber", "pinball"]


def objective_of(training: TrainingConfig, model: ModelConfig) -> Objective:
    """The loss that is minimised: `auto` is the absolute error of a point and the pinball loss of quantiles.

    Raises:
        ConfigError: If a loss of one number is asked for, but the network puts out several levels.
    """
    point = isinstance(model.output, str)
    if training.loss == "auto":
        return "mae" if point else "pinball"
    if training.loss != "pinball" and not point:
        raise ConfigError(
            f"the loss {training.loss} fits one number a step, but model.output has the levels {list(model.levels)}",
            hint="set training.loss: pinball (or leave it out), or model.output: point",
            subject="training.loss",
        )
    return training.loss
