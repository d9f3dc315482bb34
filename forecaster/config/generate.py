"""Synthetic tables that `forecast generate` writes, each with its options."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from forecaster.config.layers import Part

LEAST_POINTS = 4  # points in one cycle of a sine: fewer draw another wave than the one meant


class Synthetic(Part):
    """What every kind has."""

    steps: Annotated[int, Field(ge=2, le=10_000_000)] = 1000
    noise: Annotated[float, Field(ge=0)] = 0.0
    """Standard deviation of the gaussian noise added to every value."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0


class Sine(Synthetic):
    """sin on [0, 2 pi cycles], both ends included, on integer steps."""

    kind: Literal["sine"]
    cycles: Annotated[float, Field(gt=0)] = 15.9155
    """Whole waves in the table; 15.9155 are [0, 100] in radians, as in the tutorials."""

    @model_validator(mode="after")
    def _enough_points(self) -> Self:
        points = self.steps / self.cycles
        if points < LEAST_POINTS:
            raise ValueError(
                f"a sine of {self.steps} steps and {self.cycles:g} cycles has {points:.3g} points a cycle, and needs "
                f"{LEAST_POINTS}; use at most {self.steps // LEAST_POINTS} cycles"
            )
        return self


class TrendSeason(Synthetic):
    """Daily values: a straight line and a weekly season."""

    kind: Literal["trend-season"]
    trend: float = 0.05
    """Rise a step."""
    season: Annotated[int, Field(ge=2)] = 7
    amplitude: Annotated[float, Field(ge=0)] = 10.0
    noise: Annotated[float, Field(ge=0)] = 1.0


class RandomWalk(Synthetic):
    """Business days of a price that nothing can forecast better than its last value."""

    kind: Literal["random-walk"]
    start: float = 100.0
    noise: Annotated[float, Field(ge=0)] = 1.0
    """Standard deviation of one step."""


class Regimes(Synthetic):
    """Hourly values that jump between levels and keep each for a while."""

    kind: Literal["regimes"]
    levels: Annotated[tuple[float, ...], Field(min_length=2)] = (0.0, 5.0, 10.0)
    stay: Annotated[float, Field(gt=0, lt=1)] = 0.98
    """Probability that a level is kept for one more step."""
    noise: Annotated[float, Field(ge=0)] = 0.5


class Memory(Synthetic):
    """Every value was shown `lag` steps ago, and nothing else tells it: what only a long memory can forecast."""

    kind: Literal["memory"]
    lag: Annotated[int, Field(gt=0)] = 10


class PanelKind(Synthetic):
    """Many daily series of different lengths, levels and seasons, in long form."""

    kind: Literal["panel"]
    series: Annotated[int, Field(ge=1, le=100_000)] = 20
    noise: Annotated[float, Field(ge=0)] = 1.0


Generate = Annotated[
    Sine | TrendSeason | RandomWalk | Regimes | Memory | PanelKind,
    Field(discriminator="kind"),
]
