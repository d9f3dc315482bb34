"""Made-up tables with a known answer: the same options give the same bytes, on any machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.config.generate import Memory, PanelKind, RandomWalk, Regimes, Sine, TrendSeason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forecaster.config.generate import Generate, Synthetic
    from forecaster.series import Floats

_REGIONS = (("north", 0.5), ("east", 1.0), ("south", 1.5), ("west", 2.0))  # and how they answer to prices
_PRICE_CHANGES, _PROMOTIONS, _PROMOTED_DAYS = 1 / 60, 1 / 40, 5
FIRST_DAY = np.datetime64("2000-01-03", "D")  # a Monday


def make(options: Generate) -> str:
    """A table as CSV text.

    Args:
        options: The kind of table, with its seed.

    Returns:
        Columns `step,value` (sine, memory), `time,value` with ISO dates, or `time,series,value` (panel), which with
        covariates goes on `price,promo,region`. Numbers have at most ten digits, so that the last bit of a machine's
        sine does not show.
    """
    rng = np.random.default_rng(options.seed)
    match options:
        case Sine():
            return _by_step(_sine(options, rng))
        case TrendSeason():
            return _by_time(_days(options.steps), _trend_season(options, rng))
        case RandomWalk():
            days = np.busday_offset(FIRST_DAY, np.arange(options.steps))
            return _by_time(days, options.start + np.cumsum(_noise(options, rng)))
        case Regimes():
            hours = FIRST_DAY.astype("datetime64[m]") + np.arange(options.steps) * np.timedelta64(60, "m")
            return _by_time(hours, _regimes(options, rng))
        case Memory():
            return _by_step(_memory(options, rng))
        case PanelKind():
            return _panel(options, rng)


def _sine(options: Sine, rng: np.random.Generator) -> Floats:
    angles = np.linspace(0, 2 * np.pi * options.cycles, options.steps)
    return np.sin(angles) + _noise(options, rng)


def _trend_season(options: TrendSeason, rng: np.random.Generator) -> Floats:
    steps = np.arange(options.steps)
    wave = options.amplitude * np.sin(2 * np.pi * steps / options.season)
    return np.asarray(100 + options.trend * steps + wave + _noise(options, rng))


def _regimes(options: Regimes, rng: np.random.Generator) -> Floats:
    count = len(options.levels)
    leaves = rng.random(options.steps) >= options.stay
    others = rng.integers(1, count, options.steps)  # how many levels further: never 0, so leaving is leaving
    levels = np.asarray(options.levels)[np.cumsum(leaves * others) % count]
    return levels + _noise(options, rng)


def _memory(options: Memory, rng: np.random.Generator) -> Floats:
    """Blocks of lag + 1 steps: a cue, quiet, the cue again; the newest block is whole, the oldest may be cut."""
    block = options.lag + 1
    blocks = -(-options.steps // block)
    values = np.zeros((blocks, block))
    values[:, 0] = values[:, -1] = rng.uniform(-1, 1, blocks)
    return values.ravel()[-options.steps :] + _noise(options, rng)


def _panel(options: PanelKind, rng: np.random.Generator) -> str:
    """Series that begin on different days and end on the same one, each with a level, a trend and a week of its own."""
    days = _days(options.steps + options.ahead)
    beside = _Shop(options) if options.covariates else None
    lines = ["time,series,value" + (",price,promo,region" if beside else "")]
    for index in range(options.series):
        length = int(rng.integers(-(-options.steps // 2), options.steps + 1))
        level, slope, height, phase = rng.normal(size=4)
        steps = np.arange(length)
        week = (1 + abs(height)) * np.sin(2 * np.pi * (steps + 7 * phase) / 7)
        noise = options.noise * rng.normal(size=length)
        values = 50 * np.exp(level) + 0.01 * slope * steps + 5 * week
        lift, cells = beside.next(length) if beside else (1.0, [""] * length)
        texts = [f"{value:.10g}" for value in (values * lift + noise).tolist()] + [""] * options.ahead
        name = f"s{index:0{len(str(options.series - 1))}d}"
        rows = zip(days[options.steps - length :], texts, cells, strict=True)
        lines += [f"{day},{name},{text}{more}" for day, text, more in rows]
    return "\n".join(lines) + "\n"


class _Shop:
    """Prices that hold for weeks, promotions of a few days, and regions that answer to them more or less.

    Its random numbers are its own, so that a panel without covariates is what it always was.
    """

    def __init__(self, options: PanelKind) -> None:
        self._rng = np.random.default_rng([options.seed, 1])
        self._ahead = options.ahead

    def next(self, length: int) -> tuple[Floats, list[str]]:
        """(length,) what the values of one more series are multiplied by, and its cells, those of the future too."""
        rng, count = self._rng, length + self._ahead
        region = int(rng.integers(len(_REGIONS)))
        changes = np.where(rng.random(count) < _PRICE_CHANGES, rng.normal(scale=0.1, size=count), 0.0)
        promoted = np.convolve(rng.random(count) < _PROMOTIONS, np.ones(_PROMOTED_DAYS), "full")[:count] > 0
        prices = np.round(10 * np.exp(np.cumsum(changes)) * np.where(promoted, 0.8, 1.0), 2)
        name, answer = _REGIONS[region]
        lift = (prices / 10) ** -answer * np.where(promoted, 1.2, 1.0)
        words = np.where(promoted, "yes", "no").tolist()
        cells = [f",{price:.10g},{word},{name}" for price, word in zip(prices.tolist(), words, strict=True)]
        return lift[:length], cells


def _noise(options: Synthetic, rng: np.random.Generator) -> Floats:
    return options.noise * rng.normal(size=options.steps)


def _days(count: int) -> list[str]:
    return [str(day) for day in FIRST_DAY + np.arange(count) * np.timedelta64(1, "D")]


def _by_step(values: Floats) -> str:
    return _table("step", range(len(values)), values)


def _by_time(times: Iterable[object], values: Floats) -> str:
    return _table("time", times, values)


def _table(column: str, keys: Iterable[object], values: Floats) -> str:
    rows = (f"{key},{value:.10g}\n" for key, value in zip(keys, values.tolist(), strict=True))
    return f"{column},value\n" + "".join(rows)
