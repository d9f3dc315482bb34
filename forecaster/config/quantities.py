"""Small quantities as people write them: `7d`, `48h`, `2GiB`, `50M`."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from forecaster.errors import ConfigError, quoted

Unit = Literal["us", "ms", "s", "min", "h", "d", "b", "w", "mo", "q", "y"]
UNITS: dict[Unit, str] = {
    "us": "microseconds",
    "ms": "milliseconds",
    "s": "seconds",
    "min": "minutes",
    "h": "hours",
    "d": "days",
    "b": "business days",
    "w": "weeks",
    "mo": "months",
    "q": "quarters",
    "y": "years",
}
_SPAN = re.compile(r"(\d{1,9})\s*(us|ms|s|min|h|d|b|w|mo|q|y)")
_BYTES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
_COUNTS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


def parse_span(text: str) -> tuple[int, Unit]:
    """A span of time as a count and a unit.

    >>> parse_span("15min")
    (15, 'min')

    Raises:
        ConfigError: If the text is not a positive whole number and a unit.
    """
    match = _SPAN.fullmatch(text.strip())
    if match is None or int(match[1]) == 0:
        units = ", ".join(f"{unit} ({name})" for unit, name in UNITS.items())
        raise ConfigError(f"{quoted(text)} is not a span of time", hint=f"write a number and a unit of {units}")
    unit: Any = match[2]
    return int(match[1]), unit


def _span(text: str) -> str:
    try:
        parse_span(text)
    except ConfigError as error:
        raise ValueError(error.args[0]) from None
    return text


def _scaled(units: dict[str, int], example: str) -> Any:
    def scale(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = re.fullmatch(r"(\d{1,12})\s*([A-Za-z]*)", value.strip())
        if match is None or match[2] not in units:
            raise ValueError(f"{quoted(value)} is not a size; write a number and a unit, such as {example}")
        return int(match[1]) * units[match[2]]

    return scale


Span = Annotated[str, AfterValidator(_span), Field(examples=["7d", "48h", "15min"])]
Size = Annotated[int, Field(gt=0)] | Span  # steps, or a span that the clock turns into steps
Bytes = Annotated[int, BeforeValidator(_scaled(_BYTES, "2GiB"), json_schema_input_type=int | str), Field(gt=0)]
Count = Annotated[int, BeforeValidator(_scaled(_COUNTS, "50M"), json_schema_input_type=int | str), Field(gt=0)]
