"""Whether what a network does now is still what its backtest promised, and whether the difference is more than luck."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.evaluation.folds import percent
from forecaster.evaluation.verdict import apart_count, bounds, compare, counted, number
from forecaster.series.parts import LEAST_APART

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from forecaster.series import Floats, Ints

_NORMAL = 1.6448536  # quantile of the normal distribution at 95 %


@dataclass(frozen=True, eq=False)
class Promise:
    """What the backtest found.

    Attributes:
        model: (F,) mean error of each fold.
        beside: (F,) the same of the baseline.
        block: Neighbouring folds that share actuals.
        held: By interval, the share of the actuals that it held; None where that is not known.
        better: Whether the verdict was `better`.
        name: Of the baseline, in words.
    """

    model: Floats
    beside: Floats
    block: int
    held: Mapping[float, float | None]
    better: bool
    name: str


@dataclass(frozen=True, eq=False)
class Lived:
    """What came of F forecasts, those of one version whose steps have all passed.

    Attributes:
        cutoffs: (F,) steps, rising.
        model: (F,) mean error of each.
        beside: (F,) the same of the baseline, asked the same night.
        held: By interval, (F,) the share of the actuals that it held.
        cells: Actuals in all of them.
        horizon: Steps of each.
        unit: `MAE` or `MASE`.
    """

    cutoffs: Ints
    model: Floats
    beside: Floats
    held: Mapping[float, Floats]
    cells: int
    horizon: int
    unit: str

    @property
    def apart(self) -> int:
        """How many of them do not overlap."""
        return apart_count(self.cutoffs, self.horizon)

    @property
    def block(self) -> int:
        """Neighbours that share actuals."""
        stride = int(np.diff(self.cutoffs).min()) if len(self.cutoffs) > 1 else self.horizon
        return math.ceil(self.horizon / stride)


@dataclass(frozen=True)
class Decision:
    """Whether to train again, and why."""

    retrain: bool
    because: str


def decide(lived: Lived, promise: Promise) -> Decision:
    """Train again if the errors are larger than the backtest's, the skill is gone, or an interval holds too little.

    Each of them has to be beyond luck: 95 % bounds of a mean by the block bootstrap of the verdict, on either side.
    Under five forecasts that do not overlap nothing can be told.
    """
    if lived.apart < LEAST_APART:
        return Decision(
            retrain=False,
            because=f"too few forecasts to tell: {lived.apart} of this version have passed that do not overlap, "
            f"of {LEAST_APART} needed",
        )
    found = [*_larger_errors(lived, promise), *_lost_skill(lived, promise), *_narrow_intervals(lived, promise)]
    if found:
        return Decision(retrain=True, because="; ".join(found))
    return Decision(retrain=False, because=_as_promised(lived, promise))


def _larger_errors(lived: Lived, promise: Promise) -> Iterator[str]:
    if len(promise.model) // promise.block < 2:  # noqa: PLR2004  (one block does not say how far luck reaches)
        return
    lower, _ = difference(lived.model, lived.block, promise.model, promise.block)
    if lower > 0:
        yield f"the error is larger than the backtest's, beyond luck ({_errors(lived, promise)})"


def _lost_skill(lived: Lived, promise: Promise) -> Iterator[str]:
    """The network no longer beats the baseline, and gains significantly less on it than in the backtest."""
    if not promise.better or not lived.beside.any():
        return
    word, _, _ = compare(lived.model, lived.beside, lived.cutoffs, lived.horizon)
    gains = (lived.beside - lived.model) / lived.beside.mean()
    promised = (promise.beside - promise.model) / promise.beside.mean()
    _, upper = difference(gains, lived.block, promised, promise.block)
    if word != "better" and upper < 0:
        now, then = (f"{100 * float(values.mean()):.0f} %" for values in (gains, promised))
        yield f"the skill against {promise.name} is gone ({now}, and {then} in the backtest)"


def _narrow_intervals(lived: Lived, promise: Promise) -> Iterator[str]:
    """An interval that holds less than it promises, and than it held in the backtest."""
    for interval, shares in lived.held.items():
        backtest = promise.held.get(interval)
        goal = interval if backtest is None else min(interval, backtest)
        _, upper = bounds(shares, lived.block)
        # Shares that happen to be alike say nothing of luck: it reaches as far as with steps that know of each other
        # nothing, at the least.
        least = float(shares.mean()) + _NORMAL * math.sqrt(goal * (1 - goal) / lived.cells)
        if max(upper, least) < goal:
            held = f"{100 * float(shares.mean()):.0f} %"
            yield f"the {percent(interval)} % interval held only {held} of the actuals, beyond bad luck"


def _as_promised(lived: Lived, promise: Promise) -> str:
    size = counted(len(lived.model), "forecast")
    return f"nothing is worse than the backtest beyond luck ({_errors(lived, promise)}, over {size})"


def _errors(lived: Lived, promise: Promise) -> str:
    now, then = number(float(lived.model.mean())), number(float(promise.model.mean()))
    return f"{lived.unit} {now}, and {then} in the backtest"


def difference(one: Floats, block: int, other: Floats, other_block: int) -> tuple[float, float]:
    """One-sided 95 % bounds of the difference of two means that know nothing of each other.

    From the bounds of each (Zou and Donner, 2008): their distances from the means, squared, add up.

    Args:
        one: (F,) in the order of time.
        block: Neighbours in it that share actuals.
        other: (G,)
        other_block: The same of `other`.
    """
    (low, high), (other_low, other_high) = bounds(one, block), bounds(other, other_block)
    mean, other_mean = float(one.mean()), float(other.mean())
    apart = mean - other_mean
    lower = apart - math.hypot(mean - low, other_high - other_mean)
    upper = apart + math.hypot(high - mean, other_mean - other_low)
    return lower, upper
