"""Synthetic tables that `forecast generate` writes, each with its options."""

import math
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from forecaster.config.parts import Part, refuse

DayCount = Annotated[int, Field(ge=2, le=1_000_000)]  # more days would pass the year 9999
LEAST_POINTS = 4  # points in one cycle of a sine: fewer draw another wave than the one meant


class Synthetic(Part):
    """What every kind has."""

    steps: Annotated[int, Field(ge=2, le=10_000_000)] = 1000
    """The rows of each series."""
    noise: Annotated[float, Field(ge=0)] = 0.0
    """The standard deviation of the gaussian noise added to every value."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """The start of every random number: the same seed gives the same bytes."""


class Sine(Synthetic):
    """sin on [0, 2 pi cycles], both ends included, on integer steps."""

    kind: Literal["sine"]
    cycles: Annotated[float, Field(gt=0, validate_default=True)] = 15.9155
    """The whole waves in the table; 15.9155 are [0, 100] in radians, as in the tutorials."""

    @field_validator("cycles")
    @classmethod
    def _enough_points(cls, cycles: float, info: ValidationInfo) -> float:
        steps = info.data.get("steps")
        if steps is not None and steps / cycles < LEAST_POINTS:
            least = math.ceil(LEAST_POINTS * cycles)
            raise refuse(
                f"a sine of {steps} steps and {cycles:g} cycles has {steps / cycles:.3g} points a cycle, and needs "
                f"{LEAST_POINTS}",
                hint=f"use at most {steps / LEAST_POINTS:.10g} cycles, or at least {least} steps",
            )
        return cycles


class TrendSeason(Synthetic):
    """Daily values: a straight line and a weekly season."""

    kind: Literal["trend-season"]
    steps: DayCount = 1000
    trend: float = 0.05
    """The rise in one step."""
    season: Annotated[int, Field(ge=2)] = 7
    """The steps in one cycle."""
    amplitude: Annotated[float, Field(ge=0)] = 10.0
    """The height of the season above the line."""
    noise: Annotated[float, Field(ge=0)] = 1.0
    """The standard deviation of the gaussian noise added to every value."""


class RandomWalk(Synthetic):
    """Business days of a price that nothing can forecast better than its last value."""

    kind: Literal["random-walk"]
    steps: DayCount = 1000
    start: float = 100.0
    """The first value."""
    noise: Annotated[float, Field(ge=0)] = 1.0
    """The standard deviation of one step."""


class Regimes(Synthetic):
    """Hourly values that jump between levels and keep each for a while."""

    kind: Literal["regimes"]
    levels: Annotated[tuple[float, ...], Field(min_length=2)] = (0.0, 5.0, 10.0)
    """The values between which it jumps."""
    stay: Annotated[float, Field(gt=0, lt=1)] = 0.98
    """The probability that a level is kept for one more step."""
    noise: Annotated[float, Field(ge=0)] = 0.5
    """The standard deviation of the gaussian noise added to every value."""


class Memory(Synthetic):
    """Every value was shown `lag` steps ago, and nothing else tells it: what only a long memory can forecast."""

    kind: Literal["memory"]
    lag: Annotated[int, Field(gt=0)] = 10
    """The steps between showing a value and asking for it."""


class PanelKind(Synthetic):
    """Many daily series of different lengths, levels and seasons, in long form; at will with covariates."""

    kind: Literal["panel"]
    steps: Annotated[int, Field(ge=2, le=100_000)] = 1000
    """The rows of the longest series; the shortest has half as many."""
    series: Annotated[int, Field(ge=1, le=100_000)] = 20
    """The number of series."""
    noise: Annotated[float, Field(ge=0)] = 1.0
    """The standard deviation of the gaussian noise added to every value."""
    covariates: bool = False
    """Whether columns price, promo (yes or no) and region follow, which the values depend on."""
    ahead: Annotated[int, Field(ge=0, le=10_000)] = 0
    """The rows after the newest value, with price and promo alone."""

    @field_validator("ahead")
    @classmethod
    def _tells_something(cls, ahead: int, info: ValidationInfo) -> int:
        if ahead and not info.data.get("covariates"):
            raise refuse(f"{ahead} rows ahead have nothing to tell without covariates", hint="set covariates: true")
        return ahead


Generate = Annotated[
    Sine | TrendSeason | RandomWalk | Regimes | Memory | PanelKind,
    Field(discriminator="kind"),
]
