"""Every key of the YAML, with its range, its default and its reason; `docs/config.md` is written from it."""

from collections import Counter
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from forecaster.config.checks import clashes, known_encoding, known_format, known_zone
from forecaster.config.generate import Generate
from forecaster.config.layers import RECURRENT, Layer, kind_of
from forecaster.config.names import RunName
from forecaster.config.parts import Before, Choice, Part, Words, refuse, refuse_all
from forecaster.config.quantities import Bytes, Count, CountOrAuto, Size, SizeOrAuto, Span, word_tag
from forecaster.config.training import TrainingConfig
from forecaster.errors import quoted


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Level = Annotated[float, Field(gt=0, lt=1)]
Text = Annotated[str, Field(min_length=1)]
Columns = Annotated[
    tuple[Text, ...],
    Before(_listed, "a column or a list of columns", {"type": "string", "minLength": 1}),
    Field(min_length=1),
]
Season = Annotated[
    Annotated[int, Field(gt=0, le=1_000_000), Tag("other")] | Annotated[Literal["auto"], Tag("word")],
    Discriminator(word_tag),
]
Separator = Annotated[str, Field(pattern=r"^[^0-9A-Za-z+-]$"), Words("one character that is no letter, digit or sign")]


class Resample(Part):
    """Rows gathered into regular steps."""

    every: Span
    """The length of one step."""
    by: Literal["mean", "sum", "last", "first", "min", "max"] = "mean"
    """What becomes of the rows of one step."""


class DataConfig(Part):
    """Where the table lies and how to read it."""

    path: Text
    """A CSV file; relative to the YAML, or absolute. Nothing in it is expanded."""
    generate: Generate | None = None
    """What writes `path` when it is missing."""
    time: Columns | None = None
    """The column of times, or a list such as [year, month, day, hour]; null: rows are steps 0, 1, 2, ..."""
    time_format: Annotated[str, AfterValidator(known_format)] | None = None
    """The form of the times, such as "%d/%m/%Y"; needed where the file allows two readings."""
    time_unit: Literal["s", "ms", "us"] | None = None
    """The unit of times that are numbers since 1970."""
    timezone: Annotated[str, AfterValidator(known_zone)] | None = None
    """A zone such as Europe/Berlin: local hours and offsets become instants, and are written back as local ones."""
    target: Columns
    """The column to forecast, a list of them, or "*": each becomes a series named after its column."""
    id: Text | None = None
    """The column that tells series apart."""
    freq: Span | None = None
    """The step of the clock, such as 1h or 1b (business days); found from the commonest step between rows."""
    season: Season = "auto"
    """The steps in one cycle; `auto` takes those of the clock that the series confirm, 1 where none does."""
    gaps: Literal["auto", "error", "interpolate", "ffill"] = "auto"
    """What becomes of missing values; `auto`: up to three in a row are interpolated, longer holes avoided."""
    resample: Resample | None = None
    """The regular steps, such as {every: 1h, by: mean}, into which rows at irregular times are gathered."""
    duplicates: Literal["error", "last", "mean", "sum"] = "error"
    """What becomes of two values for one time; equal rows are always dropped."""
    decimal: Literal[".", ","] = "."
    """What stands before the decimals."""
    thousands: Separator | None = None
    """What stands between the thousands."""
    encoding: Annotated[str, AfterValidator(known_encoding)] = "utf-8"
    """The encoding of the file."""
    missing: tuple[str, ...] = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None")
    """The cells that mean that there is no value."""
    skip_lines: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """The number of lines above the header."""
    max_age: Span | None = None
    """The largest age of the newest row; an older one is forecast from, but marked stale (code 3)."""

    @field_validator("time_format", "time_unit", "timezone", "freq", "resample", "max_age")
    @classmethod
    def _has_times(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and info.data.get("time", "") is None:
            raise refuse("given, but data.time is null", hint="name the column of times in data.time, or drop this key")
        return value

    @field_validator("time_unit")
    @classmethod
    def _one_reading(cls, unit: str | None, info: ValidationInfo) -> str | None:
        if unit is not None and info.data.get("time_format") is not None:
            raise refuse("time_format and time_unit are both given", hint="keep one of them: numbers have no format")
        return unit

    @field_validator("target")
    @classmethod
    def _other_columns(cls, target: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        counted = Counter(target)
        times = [column for column in info.data.get("time") or () if column in counted]
        if times:
            raise refuse(f"{quoted(times[0])} is the column of times", hint="name the column whose values you want")
        column, count = counted.most_common(1)[0]
        if count > 1:
            raise refuse(f"{quoted(column)} is named {count} times", hint="name it once")
        return target

    @field_validator("id")
    @classmethod
    def _no_target(cls, name: str | None, info: ValidationInfo) -> str | None:
        if name is not None and name in (info.data.get("target") or ()):
            raise refuse(
                f"{quoted(name)} is a target", hint="name the column that tells series apart, or drop this key"
            )
        return name

    @field_validator("thousands")
    @classmethod
    def _not_decimal(cls, mark: str | None, info: ValidationInfo) -> str | None:
        if mark is not None and mark == info.data.get("decimal"):
            raise refuse(f"{quoted(mark)} stands before the decimals too", hint="set data.decimal to the other mark")
        return mark


class WindowConfig(Part):
    """Sizes in steps, or with a unit (`7d`, `48h`)."""

    lookback: Size
    """The steps of the past that one forecast may see."""
    horizon: Size
    """The steps to forecast."""
    stride: Size = 1
    """The steps between one training window and the next."""


class SeasonalNaiveSkip(Part):
    """The network learns what the value one season ago leaves over."""

    seasonal_naive: Annotated[tuple[Annotated[int, Field(gt=0)], ...], Field(min_length=1, max_length=1)]
    """The steps in one cycle, such as [168]."""


class Quantiles(Part):
    """Levels of the forecast, strictly between 0 and 1, rising, with the median among them."""

    quantiles: Annotated[tuple[Level, ...], Field(max_length=99)]
    """The levels, strictly between 0 and 1, rising, with 0.5 among them."""

    @field_validator("quantiles")
    @classmethod
    def _rising(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if list(levels) != sorted(set(levels)) or 0.5 not in levels:  # noqa: PLR2004
            raise refuse(
                f"levels must rise and hold the median 0.5, got {list(levels)}", hint="write such as [0.1, 0.5, 0.9]"
            )
        return levels


_LEVELS = (0.1, 0.5, 0.9)
SKIPS = Choice("skip", ("seasonal_naive",), words=("none", "seasonal_naive"))
OUTPUTS = Choice("output", ("quantiles",), words=("point",), bare={"quantiles": _LEVELS})
Skip = Annotated[
    Annotated[Literal["none", "seasonal_naive"], Tag("word")] | Annotated[SeasonalNaiveSkip, Tag("other")],
    Discriminator(word_tag),
    SKIPS,
]
Output = Annotated[
    Annotated[Literal["point"], Tag("word")] | Annotated[Quantiles, Tag("other")],
    Discriminator(word_tag),
    OUTPUTS,
]


class ModelConfig(Part):
    """The network."""

    scale: Literal["none", "last", "mean", "standard", "log"] = "last"
    """How a window is scaled by its own past: `last`: (y - last) / mean |step|; `mean`: y / mean |y|;
    `standard`: (y - mean) / deviation; `log`: `last` of the logarithms."""
    segment: Size | None = None
    """The steps of one patch: a lookback of 720 becomes 30 recurrent steps with 24."""
    layers: Annotated[tuple[Layer, ...], Field(min_length=1, max_length=100)]
    """The layers, in the order in which data flows."""
    decoder: Literal["direct"] = "direct"
    """How the steps of the horizon are put out; `direct`: all at once, from the last state."""
    skip: Skip = "none"
    """What the network's output is added to; `seasonal_naive`: the value one season ago."""
    output: Output = Quantiles.model_construct(quantiles=_LEVELS)
    """What the network puts out: `point`, or {quantiles: [0.1, 0.5, 0.9]}."""

    @field_validator("layers")
    @classmethod
    def _recurrent(cls, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        if not any(kind_of(layer) in RECURRENT for layer in layers):
            kinds = ", ".join(str(kind_of(layer)) for layer in layers)
            raise refuse(f"no recurrent layer among {kinds}", hint=f"add one of {', '.join(RECURRENT)}")
        return layers

    @property
    def levels(self) -> tuple[float, ...]:
        """(Q,) the levels the network puts out; a point forecast is its median."""
        return (0.5,) if isinstance(self.output, str) else self.output.quantiles


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
    limits: Limits = Limits.model_construct()
    """What is refused as too large to be meant."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if found := clashes(self):
            raise refuse_all(found)
        return self
