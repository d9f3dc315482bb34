"""`data`: where the table lies, how to read it, and what stands beside its values."""

import re
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from forecaster.config.checks import known_encoding, known_format, known_zone
from forecaster.config.covariates import (
    CALENDAR,
    HOLIDAY,
    Calendar,
    Covariates,
    Known,
    KnownColumn,
    Text,
    holidays_apart,
    listed,
)
from forecaster.config.generate import Generate
from forecaster.config.parts import Before, Part, Words, refuse
from forecaster.config.quantities import Span, word_tag
from forecaster.errors import quoted


def _name_of_bytes(value: Any, text: ValidatorFunctionWrapHandler) -> Any:
    """The name of a file, which need not be UTF-8: its other bytes are half surrogates (PEP 383)."""
    return value if isinstance(value, str) and re.search("[\udc80-\udcff]", value) else text(value)


Columns = Annotated[
    tuple[Text, ...],
    Before(listed, "a column or a list of columns", {"type": "string", "minLength": 1}),
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

    path: Annotated[Text, WrapValidator(_name_of_bytes)]
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
    known: Known = ()
    """Columns known ahead, such as a price or a planned promotion; {temp: repeat_last} where no row says it ahead,
    {holiday: DE} as another way to write calendar: holiday:DE."""
    past: Covariates = ()
    """Columns that are seen only up to the cutoff, such as a measured temperature."""
    static: Covariates = ()
    """Columns with one value for each series, such as a region."""
    calendar: Calendar = ()
    """What the network is told of each moment: `auto`, or any of minute, hour, weekday, month, week, holiday:DE."""
    freq: Span | None = None
    """The step of the clock, such as 1h or 1b (business days); found from the commonest step between rows."""
    season: Season = "auto"
    """The steps in one cycle; `auto` takes those of the clock that the series confirm, 1 where none does."""
    gaps: Literal["auto", "error", "interpolate", "ffill", "mask"] = "auto"
    """What becomes of missing values; `auto`: up to three in a row are interpolated, longer holes avoided;
    `mask`: the network is told which values are missing."""
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

    @model_validator(mode="before")
    @classmethod
    def _holidays_in_the_calendar(cls, value: Any) -> Any:
        return holidays_apart(value)

    @field_validator("time_format", "time_unit", "timezone", "freq", "resample", "max_age", "calendar")
    @classmethod
    def _has_times(cls, value: Any, info: ValidationInfo) -> Any:
        if value and info.data.get("time", "") is None:
            given = "a calendar is given" if info.field_name == "calendar" else "given"
            raise refuse(
                f"{given}, but data.time is null", hint="name the column of times in data.time, or drop this key"
            )
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
        _once(target)
        _free(target, info, hint="name the column whose values you want")
        return target

    @field_validator("id")
    @classmethod
    def _no_target(cls, name: str | None, info: ValidationInfo) -> str | None:
        if name is not None:
            _free((name,), info, hint="name the column that tells series apart, or drop this key")
        return name

    @field_validator("known")
    @classmethod
    def _known_apart(cls, known: tuple[KnownColumn, ...], info: ValidationInfo) -> tuple[KnownColumn, ...]:
        columns = tuple(one for one in known if one.column)
        _once(tuple(one.column for one in columns))
        _no_calendar(tuple(one.column for one in columns))
        _free(tuple(one.column for one in columns), info)
        return columns

    @field_validator("past", "static")
    @classmethod
    def _columns_apart(cls, columns: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        _once(columns)
        _no_calendar(columns)
        _free(columns, info)
        return columns

    @field_validator("calendar")
    @classmethod
    def _features_apart(cls, features: tuple[str, ...]) -> tuple[str, ...]:
        _once(features)
        return features

    @field_validator("thousands")
    @classmethod
    def _not_decimal(cls, mark: str | None, info: ValidationInfo) -> str | None:
        if mark is not None and mark == info.data.get("decimal"):
            raise refuse(f"{quoted(mark)} stands before the decimals too", hint="set data.decimal to the other mark")
        return mark


def _once(names: tuple[str, ...]) -> None:
    for name, count in Counter(names).most_common(1):
        if count > 1:
            raise refuse(f"{quoted(name)} is named {count} times", hint="name it once")


def _no_calendar(names: tuple[str, ...]) -> None:
    """Refuse a column whose name is one that a feature of the calendar has inside the network."""
    for name in names:
        if name.partition(":")[0] in (*CALENDAR[1:], HOLIDAY) and name.partition(":")[2]:
            hint = f"give the column another name, or write data.calendar: {name.partition(':')[0]}"
            raise refuse(f"{quoted(name)} reads as a feature of the calendar", hint=hint)


_ROLES = {
    "time": "the column of times",
    "target": "a target",
    "id": "what tells series apart",
    "known": "known ahead",
    "past": "known for the past",
}


def _free(names: tuple[str, ...], info: ValidationInfo, *, hint: str | None = None) -> None:
    """Refuse a column that has another role already."""
    for role, told in _ROLES.items():
        taken = listed(info.data.get(role) or ())
        columns = {one.column if isinstance(one, KnownColumn) else one for one in taken}
        if both := [name for name in names if name in columns]:
            what = f"{quoted(both[0])} is {told}" + (", in data." + role if hint is None else "")
            raise refuse(what, hint=hint or f"a column has one role: drop it here, or in data.{role}")
