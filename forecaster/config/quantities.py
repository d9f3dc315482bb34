"""Small quantities as people write them: `7d`, `48h`, `2GiB`, `50M`."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from forecaster.config.parts import Before, Words, refuse
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
MOST_STEPS = 1_000_000_000
_SPAN = re.compile(r"([0-9]{1,9})\s*(us|ms|s|min|h|d|b|w|mo|q|y)")
_SCALED = re.compile(r"([0-9]{1,12})\s*([A-Za-z]*)")
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
        units = ", ".join(f"{unit} ({name})" if unit in ("b", "mo", "q") else unit for unit, name in UNITS.items())
        raise ConfigError(f"{quoted(text)} is no span of time", hint=f"write a number and a unit of {units}: 7d, 48h")
    unit: Any = match[2]
    return int(match[1]), unit


def _span(text: str) -> str:
    if text.strip().isdecimal():
        raise refuse(f"must be steps or a span of time, got the text {quoted(text)}", hint="write steps without quotes")
    try:
        parse_span(text)
    except ConfigError as error:
        problem = error.problems[0]
        raise refuse(problem.what, hint=problem.hint) from None
    return text


def _scaled(units: dict[str, int], example: str) -> Before:
    def scale(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        match = _SCALED.fullmatch(value.strip())
        if match is None or match[2] not in units:
            known = ", ".join(unit for unit in units if unit)
            hint = f"write a whole number and a unit of {known}, such as {example}"
            raise refuse(f"{quoted(value)} is no size", hint=hint)
        return int(match[1]) * units[match[2]]

    words = f"a whole number greater than 0, or a size such as {example}"
    return Before(scale, words, {"type": "string", "examples": [example]})


def size_tag(value: Any) -> str:
    """Which of the forms of a size a value has: `auto`, a span, or steps."""
    if isinstance(value, str):
        return "auto" if value == "auto" else "span"
    return "steps"


def word_tag(value: Any) -> str:
    """Whether a value that may be a word is one."""
    return "word" if isinstance(value, str) else "other"


Span = Annotated[str, AfterValidator(_span), Words("a span of time such as 7d or 48h"), Field(examples=["7d", "48h"])]
_Steps = Annotated[int, Field(gt=0, le=MOST_STEPS), Words("a whole number of steps"), Tag("steps")]
_Tagged = Annotated[Span, Tag("span")]
Size = Annotated[_Steps | _Tagged, Discriminator(size_tag)]  # steps, or a span that the clock turns into steps
SizeOrAuto = Annotated[_Steps | _Tagged | Annotated[Literal["auto"], Tag("auto")], Discriminator(size_tag)]
CountOrAuto = Annotated[
    Annotated[int, Field(ge=0, le=MOST_STEPS), Words("a whole number of cutoffs"), Tag("other")]
    | Annotated[Literal["auto"], Tag("word")],
    Discriminator(word_tag),
]
Bytes = Annotated[int, _scaled(_BYTES, "2GiB"), Field(gt=0)]
Count = Annotated[int, _scaled(_COUNTS, "50M"), Field(gt=0)]
