"""Every key of the YAML, with its range, its default and its reason; `docs/config.md` is written from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from forecaster.config.generate import Generate
from forecaster.config.layers import RECURRENT, Layer, Part, kind_of
from forecaster.config.quantities import Bytes, Count, Size, Span
from forecaster.config.training import TrainingConfig

RunName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Columns = tuple[str, ...]
Level = Annotated[float, Field(gt=0, lt=1)]


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class Resample(Part):
    """Rows gathered into regular steps."""

    every: Span
    by: Literal["mean", "sum", "last", "first", "min", "max"] = "mean"


class DataConfig(Part):
    """Where the table lies and how to read it."""

    path: Annotated[str, StringConstraints(min_length=1)]
    """A CSV file; relative to the YAML, or absolute. Nothing in it is expanded."""
    generate: Generate | None = None
    """Writes `path` when it is missing."""
    time: Annotated[Columns, BeforeValidator(_listed), Field(min_length=1)] | None = None
    """The column of times, or a list such as [year, month, day, hour]; null: rows are steps 0, 1, 2, ..."""
    time_format: str | None = None
    """Such as "%d/%m/%Y"; needed where the file allows two readings."""
    time_unit: Literal["s", "ms", "us"] | None = None
    """The times are numbers since 1970, in this unit."""
    timezone: str | None = None
    """A zone such as Europe/Berlin: local hours and offsets become instants, and are written back as local ones."""
    target: Annotated[Columns, BeforeValidator(_listed), Field(min_length=1)]
    """The column to forecast, a list of them, or "*": each becomes a series named after its column."""
    id: str | None = None
    """The column that tells series apart."""
    freq: Span | None = None
    """The step of the clock, such as 1h or 1b (business days); found from the commonest step between rows."""
    season: Annotated[int, Field(gt=0)] | Literal["auto"] = "auto"
    """Steps in one cycle; `auto` takes those of the clock that the series confirm, 1 where none does."""
    gaps: Literal["auto", "error", "interpolate", "ffill"] = "auto"
    """`auto`: up to three missing values in a row are interpolated, and no window touches a longer hole."""
    resample: Resample | None = None
    """Such as {every: 1h, by: mean}, for rows that come at irregular times."""
    duplicates: Literal["error", "last", "mean", "sum"] = "error"
    """What becomes of two values for one time; equal rows are always dropped."""
    decimal: Literal[".", ","] = "."
    thousands: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    encoding: str = "utf-8"
    missing: tuple[str, ...] = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
    """Cells that mean that there is no value."""
    skip_lines: Annotated[int, Field(ge=0)] = 0
    """Lines above the header."""
    max_age: Span | None = None
    """A newest row older than this is forecast from, but marked stale (code 3)."""


class WindowConfig(Part):
    """Sizes in steps, or with a unit (`7d`, `48h`)."""

    lookback: Size
    """Steps of the past that one forecast may see."""
    horizon: Size
    """Steps to forecast."""
    stride: Size = 1
    """Steps between one training window and the next."""


class SeasonalNaiveSkip(Part):
    """The network learns what the value one season ago leaves over."""

    seasonal_naive: Annotated[tuple[Annotated[int, Field(gt=0)], ...], Field(min_length=1, max_length=1)]


class Quantiles(Part):
    """Levels of the forecast, strictly between 0 and 1, rising, with the median among them."""

    quantiles: tuple[Level, ...]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.quantiles) != sorted(set(self.quantiles)) or 0.5 not in self.quantiles:  # noqa: PLR2004
            raise ValueError(f"levels must rise and hold the median 0.5, got {list(self.quantiles)}")
        return self


class ModelConfig(Part):
    """The network."""

    scale: Literal["none", "last", "mean", "standard", "log"] = "last"
    """How a window is scaled by its own past: `last`: (y - last) / mean |step|; `mean`: y / mean |y|;
    `standard`: (y - mean) / deviation; `log`: `last` of the logarithms."""
    segment: Size | None = None
    """Patches of this many steps: a lookback of 720 becomes 30 recurrent steps with 24."""
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]
    """In the order in which data flows."""
    decoder: Literal["direct"] = "direct"
    """All steps of the horizon at once, from the last state."""
    skip: Literal["none", "seasonal_naive"] | SeasonalNaiveSkip = "none"
    """`seasonal_naive`: the network learns what the value one season ago leaves over."""
    output: Literal["point"] | Quantiles = Quantiles(quantiles=(0.1, 0.5, 0.9))
    """`point`, or {quantiles: [0.1, 0.5, 0.9]}."""

    @model_validator(mode="after")
    def _recurrent(self) -> Self:
        if not any(kind_of(layer) in RECURRENT for layer in self.layers):
            kinds = ", ".join(str(kind_of(layer)) for layer in self.layers)
            raise ValueError(f"layers: no recurrent layer among {kinds}; add one of {', '.join(RECURRENT)}")
        return self

    @property
    def levels(self) -> tuple[float, ...]:
        """(Q,) the levels the network puts out; a point forecast is its median."""
        return (0.5,) if isinstance(self.output, str) else self.output.quantiles


class EvaluationConfig(Part):
    """How the table is parted in time, and what is said of the result."""

    folds: Annotated[int, Field(gt=0)] = 8
    """At most; the stride shrinks first, then the number."""
    stride: Size | Literal["auto"] = "auto"
    """Steps between cutoffs; `auto`: the horizon, or less so that the test part is at most a quarter of the table."""
    validation: Annotated[float, Field(ge=0, lt=1)] = 0.15
    """Share of what test and calibration leave; dropped if it holds under 5 windows or 2 horizons."""
    calibration: Annotated[int, Field(ge=0)] | Literal["auto"] = "auto"
    """Cutoffs, one step apart, whose errors make the intervals."""
    intervals: Annotated[tuple[Level, ...], Field(min_length=1)] = (0.8, 0.95)
    """Shares of the future that the intervals should cover."""
    on_no_skill: Literal["warn", "fallback", "fail"] = "warn"
    """`warn`: say so and forecast; `fallback`: the best baseline forecasts, marked; `fail`: code 7."""


class Limits(Part):
    """What is refused as too large to be meant."""

    csv_bytes: Bytes = 2 * 2**30
    parameters: Count = 50_000_000


class Config(Part):
    """One YAML file, read and checked."""

    version: Literal[1] = 1
    name: RunName | None = None
    """The run's name; default: the file's."""
    data: DataConfig
    window: WindowConfig
    model: ModelConfig
    training: TrainingConfig = TrainingConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    limits: Limits = Limits()
