"""What the automatic choice knows of a table, and the sizes it gives the window for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.clock import find_season
from forecaster.series.ticks import MICROSECONDS

if TYPE_CHECKING:
    from forecaster.series import Floats
    from forecaster.series.panel import Panel
    from forecaster.series.ticks import Clock

LEAST_HORIZON_SHARE = 10  # a horizon is at most this part of the longest series ...
LOOKBACK_SHARE = 4  # ... and a lookback this part
LONGEST_LOOKBACK = 1024
LONG_SEASON = 350  # steps, of which one must do: a year of days
RECURRENT_STEPS = 24  # that a long lookback is cut into
MANY = 10  # series: what one is too short to show, the others do
SHORT = 400  # values that one network may learn from, up to which it is to be hardly more than a smoothing
PANEL_SHARE = 0.4  # of the usual length, that a lookback is at most where there are many series
SHORTEST = 0.05  # of the series may be shorter than the lookback, and repeat their last season
LONGEST_CYCLE = 48  # steps that one patch may hold
_LEAST_CYCLES, _CYCLIC_STEPS, _SHORT_CYCLES = 2, 100, 3  # that a lookback in cycles holds
_LEAST_LOOKBACK = 30  # steps, without a cycle
_SEEN = 0.55  # of the table, that a choice may look at: what the test and calibration parts leave at least
_MOST_SAMPLED = 50  # series
_GROWTH = 0.6  # correlation of a chunk's spread with its level, above which swings are shares of the level
_RISE = 1.5  # and by how much the level must differ for that to matter
_LAGS = 24  # steps ahead at which the last value is compared with the season's
_NEARER = 0.9  # of the last value's error, which makes a season worth repeating
_ZEROS = 0.3  # share of zeros that makes a series one of counts


@dataclass(frozen=True)
class Facts:
    """A panel in a few numbers.

    Attributes:
        series: S.
        steps: Steps of the longest series.
        values: ΣT.
        season: Steps in one cycle; 1 for none.
        cycles: Shorter cycles that the clock suggests, which a season may hold: a day in a week.
        relative: Whether the swings grow with the level.
        positive: Whether no value is zero or below.
        counts: Whether many values are zero.
        holes: Whether values are missing, too many in a row to be filled.
        usual: Steps of the series in the middle.
        shortest: Steps that hardly any series has less of.
    """

    series: int
    steps: int
    values: int
    season: int
    cycles: tuple[int, ...]
    relative: bool
    positive: bool
    counts: bool
    holes: bool
    usual: int
    shortest: int

    @property
    def short(self) -> bool:
        """Whether a season has so little to be learned from that the network is to be hardly more than a smoothing."""
        return self.season > 1 and self.series < MANY and self.values <= SHORT

    @property
    def cyclic(self) -> bool:
        """Whether the lookback is read cycle by cycle: a patch each."""
        return 2 < self.cycle <= self.room // _LEAST_CYCLES and not self.short  # noqa: PLR2004

    @property
    def cycle(self) -> int:
        """The season, or the longest shorter cycle that it is made of where no patch holds it: a day of a week."""
        if self.season <= LONGEST_CYCLE:
            return self.season
        return max((each for each in self.cycles if each <= LONGEST_CYCLE and self.season % each == 0), default=1)

    @property
    def room(self) -> int:
        """The longest lookback that the series allow."""
        return self._room()[0]

    @property
    def why_room(self) -> str:
        """What makes it the longest."""
        return self._room()[1]

    def _room(self) -> tuple[int, str]:
        limits = [(LONGEST_LOOKBACK, "more would take long")]
        if self.series < MANY:
            limits.append((self.steps // LOOKBACK_SHARE, f"a quarter of the {self.steps:,} steps"))
        else:
            limits.append((int(PANEL_SHARE * self.usual), f"{PANEL_SHARE:.0%} of the usual {self.usual:,} steps"))
            limits.append((self.shortest, f"{1 - SHORTEST:.0%} of the series have as many steps"))
        steps, why = min(limits)
        return max(1, steps), why


@dataclass(frozen=True)
class Sizes:
    """Of the window, in steps, each with its reason."""

    lookback: int
    why_lookback: str
    horizon: int
    why_horizon: str
    segment: int | None
    why_segment: str


def facts_of(panel: Panel) -> Facts:
    """Look at a panel; at its longest series where there are many, and at no values but those of its oldest part."""
    steps = int(panel.lengths.max())
    cycles = panel.clock.seasons()
    seen = _oldest(panel)
    season = find_season(seen, cycles)
    looked_at = _longest(seen)
    known = np.concatenate(looked_at)
    return Facts(
        series=len(panel),
        steps=steps,
        values=panel.values.size,
        season=season if season <= min(steps // LOOKBACK_SHARE, LONGEST_LOOKBACK) else 1,
        cycles=tuple(cycles),
        relative=season > 1 and bool(np.mean([_relative(values, season) for values in looked_at]) > 1 / 2),
        # A single value without a logarithm rules them out, wherever it stands.
        positive=bool(np.nanmin(panel.values) > 0),
        counts=bool(np.mean(known[~np.isnan(known)] == 0) > _ZEROS),
        holes=bool(np.isnan(panel.values).any()),
        usual=int(np.median(panel.lengths)),
        shortest=int(np.quantile(panel.lengths, SHORTEST, method="lower")),
    )


def season_repeats(panel: Panel, season: int, horizon: int) -> bool:
    """Whether most series are nearer to their value one season ago than to the last one, over the horizon."""
    votes = [_nearer(values, season, horizon) for values in _longest(_oldest(panel))]
    return season > 1 and bool(np.mean(votes) > 1 / 2)


def sizes_of(facts: Facts, clock: Clock, horizon: int | None = None) -> Sizes:
    """Lookback, horizon and segment for a table, whose horizon somebody may have named."""
    horizon, why_horizon = (horizon, "as you said") if horizon else _horizon(facts, clock)
    lookback, why_lookback = _lookback(facts, horizon)
    segment, why_segment = _segment(facts, lookback)
    return Sizes(lookback, why_lookback, horizon, why_horizon, segment, why_segment)


def _horizon(facts: Facts, clock: Clock) -> tuple[int, str]:
    wanted, why = _usual_horizon(facts, clock)
    most = max(1, facts.steps // LEAST_HORIZON_SHARE)
    return (wanted, why) if wanted <= most else (most, f"a tenth of the {facts.steps} steps there are")


def _usual_horizon(facts: Facts, clock: Clock) -> tuple[int, str]:
    if clock.kind == "step":
        return (facts.season, "one season") if facts.season > 1 else (10, "ten steps, since the clock only counts")
    if clock.kind == "weekday":
        return max(1, 14 // clock.every), "nearly three weeks of business days"
    if clock.kind == "month":
        months = clock.every
        return (5, "five years") if months % 12 == 0 else (8, "two years") if months % 3 == 0 else (12, "one year")
    day, week = MICROSECONDS["d"], MICROSECONDS["w"]
    if clock.every >= week:
        return 13, "a quarter of a year"
    if clock.every >= day:
        return max(1, 14 * day // clock.every), "two weeks"
    whole = day // clock.every
    return (whole, "one day") if whole <= 288 else (60, "sixty steps")  # noqa: PLR2004  (a day of five minutes)


def _lookback(facts: Facts, horizon: int) -> tuple[int, str]:
    most = facts.room
    if facts.season > LONG_SEASON:
        return facts.season, "one season"
    if facts.cyclic:
        cycle, seasons = facts.cycle, _LEAST_CYCLES * facts.season
        wanted = max(-(-steps // cycle) for steps in (seasons, 2 * horizon, _CYCLIC_STEPS))
        count = max(1, min(wanted, most // cycle))
        return count * cycle, _told(count, "cycle", cycle, wanted, facts)
    if 1 < facts.season <= max(most, facts.shortest):
        wanted = max(_SHORT_CYCLES if facts.short else 2, -(-2 * horizon // facts.season))
        count = max(1, min(wanted, most // facts.season))
        return count * facts.season, _told(count, "season", facts.season, wanted, facts)
    wanted = max(4 * horizon, _LEAST_LOOKBACK)
    return (wanted, "four times the horizon") if wanted <= most else (most, facts.why_room)


def _told(count: int, name: str, steps: int, wanted: int, facts: Facts) -> str:
    """So many cycles of so many steps, and why no more."""
    short = f"; {wanted} would be more than {facts.room:,}: {facts.why_room}" if count < wanted else ""
    return f"{count} {name}{'s' if count > 1 else ''} of {steps}{short}"


def _segment(facts: Facts, lookback: int) -> tuple[int | None, str]:
    if facts.cyclic:
        return facts.cycle, "each cycle is one recurrent step, in which every place has weights of its own"
    if lookback <= 3 * RECURRENT_STEPS:
        return None, ""
    for cycle in sorted(facts.cycles, reverse=True):
        if RECURRENT_STEPS / 3 <= lookback / cycle <= RECURRENT_STEPS * 2.5:
            return cycle, f"{-(-lookback // cycle)} patches of one cycle instead of {lookback} recurrent steps"
    size = -(-lookback // RECURRENT_STEPS)
    return size, f"{-(-lookback // size)} patches instead of {lookback} recurrent steps"


def _oldest(panel: Panel) -> Panel:
    """The part that a choice may look at; all of a panel whose series begin after it."""
    seen = panel.until(max(0, int(_SEEN * panel.steps) - 1))
    return seen if len(seen) else panel


def _longest(panel: Panel) -> list[Floats]:
    """The series that show most."""
    return [panel.series(int(index)) for index in np.argsort(-panel.lengths, kind="stable")[:_MOST_SAMPLED]]


def _nearer(values: Floats, season: int, horizon: int) -> bool:
    if len(values) <= max(season, horizon):
        return False
    ahead = np.unique(np.linspace(1, horizon, _LAGS).round().astype(int)).tolist()
    steps = [np.abs(values[lag:] - values[:-lag]) for lag in (*ahead, season)]
    if any(np.isnan(step).all() for step in steps):
        return False
    *last, cycle = (np.nanmean(step) for step in steps)
    return bool(cycle < _NEARER * np.mean(last))


def _relative(values: Floats, season: int) -> bool:
    """Whether the swings within a season grow with its level."""
    chunks = values[len(values) % season :].reshape(-1, season)
    chunks = chunks[~np.isnan(chunks).any(axis=1)]
    if len(chunks) < 4 or chunks.min() <= 0.05 * np.median(chunks):  # noqa: PLR2004  (four points make a correlation)
        return False
    levels, swings = chunks.mean(axis=1), chunks.std(axis=1)
    if levels.max() < _RISE * levels.min() or np.ptp(swings) == 0:
        return False
    return bool(np.corrcoef(levels, swings)[0, 1] > _GROWTH)
