"""Every key of the YAML, with its range, its default and its reason; `docs/config.md` is written from it."""

from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from forecaster.config.checks import clashes
from forecaster.config.data import DataConfig
from forecaster.config.model import Level, ModelConfig
from forecaster.config.names import RunName
from forecaster.config.parts import Part, refuse, refuse_all
from forecaster.config.quantities import Bytes, Count, CountOrAuto, Size, SizeOrAuto, Span
from forecaster.config.training import TrainingConfig


class WindowConfig(Part):
    """Sizes in steps, or with a unit (`7d`, `48h`)."""

    lookback: Size
    """The steps of the past that one forecast may see."""
    horizon: Size
    """The steps to forecast."""
    stride: Size = 1
    """The steps between one training window and the next."""


class EvaluationConfig(Part):
    """How the table is parted in time, and what is said of the result."""

    folds: Annotated[int, Field(gt=0, le=1_000_000)] = 8
    """The number of folds, at most; the stride shrinks first, then the number."""
    stride: SizeOrAuto = "auto"
    """The steps between cutoffs; `auto`: the horizon, or less so that test takes at most a quarter of the table."""
    validation: Annotated[float, Field(ge=0, lt=1)] = 0.15
    """The share of what test and calibration leave; dropped if it holds under 5 windows or 2 horizons."""
    calibration: CountOrAuto = "auto"
    """The number of cutoffs, one step apart (further on clocks under a day), whose errors make the intervals."""
    intervals: Annotated[tuple[Level, ...], Field(min_length=1, max_length=20)] = (0.8, 0.95)
    """The shares of the future that the intervals should cover."""
    on_no_skill: Literal["warn", "fallback", "fail"] = "warn"
    """What happens where the network has no skill; `warn`: say so and forecast;
    `fallback`: the best baseline forecasts, marked; `fail`: code 7."""


class RetrainConfig(Part):
    """When `forecast predict` trains the network anew, after the forecast is out."""

    every: Span | None = None
    """The age of the newest version, or of the newest attempt, at which a challenger is trained; null: none is."""
    if_drift: bool = False
    """Whether a challenger is trained too where `forecast score` would say so."""
    promote: Literal["if_better", "always"] = "if_better"
    """Which challenger is published; `if_better`: one that is no worse on steps that neither network has seen."""

    @property
    def wanted(self) -> bool:
        """Whether any network is trained anew."""
        return self.every is not None or self.if_drift

    @field_validator("promote")
    @classmethod
    def _has_challengers(cls, promote: str, info: ValidationInfo) -> str:
        if promote == "always" and not (info.data.get("every") or info.data.get("if_drift")):
            raise refuse("promote is given, but nothing is trained anew", hint="add every: 30d, or drop this key")
        return promote


class Limits(Part):
    """What is refused as too large to be meant."""

    csv_bytes: Bytes = 2 * 2**30
    """The size of the largest table, unpacked."""
    parameters: Count = 50_000_000
    """The number of parameters of the largest network."""


class Config(Part):
    """One YAML file, read and checked."""

    version: Literal[1] = 1
    """The form of this file."""
    name: RunName | None = None
    """The run's name; default: the file's."""
    data: DataConfig
    """Where the table lies and how to read it."""
    window: WindowConfig
    """How much one forecast sees, and how far it reaches."""
    model: ModelConfig
    """The network."""
    training: TrainingConfig = TrainingConfig.model_construct()
    """How the network is trained."""
    evaluation: EvaluationConfig = EvaluationConfig.model_construct()
    """How the table is parted in time, and what is said of the result."""
    retrain: RetrainConfig = RetrainConfig.model_construct()
    """When the network is trained anew."""
    limits: Limits = Limits.model_construct()
    """What is refused as too large to be meant."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if found := clashes(self):
            raise refuse_all(found)
        return self
