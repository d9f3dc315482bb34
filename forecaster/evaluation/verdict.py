"""What a network's errors amount to, in one of four words and one plain sentence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecaster.evaluation.metrics import by_group
from forecaster.series.parts import LEAST_APART

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecaster.evaluation.folds import Folds
    from forecaster.evaluation.metrics import Scale
    from forecaster.series import Floats, Ints

Word = Literal["better", "no better", "worse", "too few folds"]

AS_GOOD = 1.01  # times the smallest error
DRAWS = 2000
CONFIDENCE = 0.95  # of either bound, one-sided
_NORMAL = 1.6448536  # quantile of the normal distribution at CONFIDENCE
_SEED = 0
_STILL = 0.25  # of a typical step: a forecast that strays less from the last value copies it
_WORDS = {
    "naive": "repeating the last value",
    "seasonal_naive": "repeating the last season",
    "drift": "continuing the straight line",
}


@dataclass(frozen=True)
class Verdict:
    """Whether the judged forecaster is better than a baseline, and how sure that is.

    Attributes:
        word: `better`, `no better`, `worse` or `too few folds`.
        text: The same as a sentence with numbers.
        lower: Lower bound of the baseline's mean error less the judged one's (one-sided, 95 %); NaN for one fold.
        upper: Upper bound.
    """

    word: Word
    text: str
    lower: float
    upper: float


def judge(folds: Folds, scales: Mapping[str, Scale], best: str) -> Verdict:
    """Compare the judged forecaster with the baseline `best`, fold by fold.

    The errors of one series are in its own units. Of a panel, every series' errors are divided by its scale (as in
    MASE) and averaged over the series of a fold.

    Args:
        folds: The test folds.
        scales: Of each series, from before the test border.
        best: The baseline that was best on the calibration part: see `best_baseline`.
    """
    model, cutoffs = fold_errors(folds, scales, folds.judged)
    baseline, _ = fold_errors(folds, scales, best)
    word, lower, upper = compare(model, baseline, cutoffs, folds.horizon)
    unit = "MAE" if len(set(folds.series)) == 1 else "MASE"
    said = f"{unit} {_pair(float(model.mean()), float(baseline.mean()))} over {counted(len(cutoffs), 'fold')}"
    name = named(best)
    if word == "too few folds":
        apart = apart_count(cutoffs, folds.horizon)
        told = f"{apart} that do not overlap, of {LEAST_APART} needed"
        text = f"too few folds to tell: {told} ({said}, the second by {name})"
    else:
        text = f"{word} than {name} ({said})"
    return Verdict(word, text + ("; it copies the last value" if copies(folds) else ""), lower, upper)


def best_baseline(folds: Folds, scales: Mapping[str, Scale]) -> str:
    """The first baseline, in the order they stand in, whose error in `folds` is the smallest or as good as that.

    As good is within one per cent: no table tells a random walk's drift from none, and the plainer word is the truer.

    Meant for the folds of the calibration part. A table too short for one gives the test folds instead: the bar is
    then the baseline that happened to be best there, which can only make the verdict stricter.
    """
    errors = {name: float(fold_errors(folds, scales, name)[0].mean()) for name in folds.baselines}
    bar = AS_GOOD * min(errors.values())
    return next(name for name, error in errors.items() if error <= bar)


def fold_errors(folds: Folds, scales: Mapping[str, Scale], name: str) -> tuple[Floats, Ints]:
    """The mean absolute error of one forecaster at each cutoff, (F,), and the cutoffs, (F,) rising.

    In the series' own units; of a panel, in scales, the series without a scale left out (all in their own units
    where none has one).
    """
    rows = np.abs(folds.actual - folds.forecasts[name].values).mean(axis=1)
    units = np.array([scales[one].absolute if one in scales else np.nan for one in folds.series])
    scaled = len(set(folds.series)) > 1 and not np.isnan(units).all()
    kept = ~np.isnan(units) if scaled else np.ones(len(rows), dtype=np.bool_)
    cutoffs, groups = np.unique(folds.cutoffs[kept], return_inverse=True)
    return by_group(rows[kept] / units[kept] if scaled else rows, groups), cutoffs


def compare(model: Floats, baseline: Floats, cutoffs: Ints, horizon: int) -> tuple[Word, float, float]:
    """The verdict's word, and both bounds of the mean of `baseline - model`.

    Args:
        model: (F,) mean absolute error of each fold.
        baseline: (F,) the same of the baseline.
        cutoffs: (F,) rising.
        horizon: Steps of a fold: folds closer than this overlap, and are drawn in blocks.
    """
    stride = int(np.diff(cutoffs).min()) if len(cutoffs) > 1 else horizon
    lower, upper = bounds(baseline - model, math.ceil(horizon / stride))
    if apart_count(cutoffs, horizon) < LEAST_APART:
        return "too few folds", lower, upper
    if lower > 0:
        return "better", lower, upper
    return ("worse" if upper < 0 else "no better"), lower, upper


def bounds(differences: Floats, block: int) -> tuple[float, float]:
    """One-sided 95 % bounds of a mean: 2,000 draws of a circular block bootstrap (Politis and Romano, 1992).

    Whole blocks only, and never more values than there are. The draws' distances from the mean are widened by
    sqrt(B / (B - 1)) and by Student's quantile over the normal one, B being the number of blocks that fit: without,
    the bound of two equal forecasters lay above zero in up to 14 % of short tables (5 to 10 folds), not in 5 %.

    Args:
        differences: (F,) in the order of time.
        block: Neighbours that are drawn together, because they share actuals.
    """
    count = len(differences)
    size = min(block, count)
    around = np.concatenate([[0.0], np.cumsum(np.concatenate([differences, differences[: size - 1]]))])
    means = (around[size:] - around[:-size]) / size  # (F,) of the block that begins at each fold
    draws = np.random.default_rng(_SEED).integers(0, count, size=(count // size, DRAWS))
    totals = np.zeros(DRAWS)
    for starts in draws:
        totals += means[starts]
    mean = float(differences.mean())
    lower, upper = np.quantile(totals / len(draws) - mean, [1 - CONFIDENCE, CONFIDENCE]) * _widening(len(draws))
    return mean + float(lower), mean + float(upper)


def _widening(blocks: int) -> float:
    """What a bootstrap of so few blocks lacks; Student's quantile by the expansion of Fisher and Cornish (1960)."""
    freedom = max(blocks - 1, 1)
    z = _NORMAL
    student = z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
    return math.sqrt((freedom + 1) / freedom) * student / z


def apart_count(cutoffs: Ints, horizon: int) -> int:
    """How many of the folds can be kept so that no two overlap.

    >>> apart_count(np.array([0, 5, 10, 12, 20]), 10)
    3
    """
    count, free = 0, -math.inf
    for cutoff in cutoffs.tolist():
        if cutoff >= free:
            count, free = count + 1, cutoff + horizon
    return count


def copies(folds: Folds) -> bool:
    """Whether the judged forecaster only repeats the last value.

    It does if, in the median row, it strays less from the value at the cutoff than a quarter of what the series moves
    from one step to the next.
    """
    said = folds.forecasts[folds.judged].values
    steps = np.abs(np.diff(folds.actual, axis=1, prepend=folds.last[:, None])).mean(axis=1)
    moving = steps > 0
    if not moving.any():
        return False
    away = np.abs(said - folds.last[:, None]).mean(axis=1)
    return bool(np.median(away[moving] / steps[moving]) < _STILL)


def named(baseline: str) -> str:
    """What a baseline does, in words.

    >>> named("naive")
    'repeating the last value'
    """
    return _WORDS.get(baseline, baseline)


def counted(count: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "fold"), counted(1200, "fold")
    ('1 fold', '1,200 folds')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _pair(first: float, second: float) -> str:
    """Two numbers with just enough digits to tell them apart."""
    texts = [(number(first, digits), number(second, digits)) for digits in (3, 4, 5)]
    one, other = next((pair for pair in texts if pair[0] != pair[1]), texts[0])
    return f"{one} against {other}"


def number(value: float, digits: int = 3) -> str:
    """A number for people, with so many significant digits.

    >>> number(1.4321), number(12345.6), number(0.00001234)
    ('1.43', '12,346', '1.23e-05')
    """
    size = abs(value)
    if size and (size < 1e-4 or size >= 1e9):  # noqa: PLR2004  (where plain digits stop being readable)
        return f"{value:.{digits - 1}e}"
    places = max(0, digits - 1 - math.floor(math.log10(size))) if size else 0
    return f"{value:,.{places}f}"
