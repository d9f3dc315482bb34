"""The season of a panel: cycles that its clock suggests, confirmed by the series themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.series import Floats
    from forecaster.series.panel import Panel

CONFIRMED = 0.3  # autocorrelation at the season, above which a cycle that the clock suggests is believed
CLEAR = 0.6  # and above which one that nothing suggests is
_NEARLY = 0.05  # of autocorrelation below the highest peak
_ROUNDING = 1e-9  # of the values, under which what the trend leaves is noise of the arithmetic
_CYCLES = 2.5  # that a series must hold
_SERIES = 50  # of a panel that are looked at
_NEWEST = 200_000  # steps of a series that are looked at


def find_season(panel: Panel, candidates: Sequence[int]) -> int:
    """Steps in one cycle; 1 where no candidate is confirmed.

    Each candidate m is judged by the autocorrelation at lag m of the series less its moving average over m steps,
    which takes out the trend (and leaves nothing of a random walk), averaged over the series. Of several that are
    confirmed, the one is taken after which the values change least.

    Args:
        panel: The series.
        candidates: Steps, as `Clock.seasons` gives them; none: the strongest clear peak of the autocorrelation.
    """
    series = [values[-_NEWEST:] for values in _spread(panel)]
    if not candidates:
        return _peak(series)
    confirmed = [season for season in sorted(candidates) if _agreement(series, season) > CONFIRMED]
    return min(confirmed, key=lambda season: _change(series, season, max(confirmed)), default=1)


def _spread(panel: Panel) -> list[Floats]:
    longest = np.argsort(-panel.lengths, kind="stable")[:_SERIES]
    return [_filled(panel.series(int(index))) for index in longest if panel.lengths[index] > 0]


def _filled(values: Floats) -> Floats:
    known = np.flatnonzero(np.isfinite(values))
    if len(known) in (0, len(values)):
        return values[:0] if not len(known) else values
    return np.interp(np.arange(len(values)), known, values[known])


def _agreement(series: Sequence[Floats], season: int) -> float:
    """The mean over series of the autocorrelation at `season`; 0 where none is long enough."""
    found = [_autocorrelation(values, season) for values in series if len(values) >= _CYCLES * season + 1]
    return float(np.mean(found)) if found else 0.0


def _change(series: Sequence[Floats], season: int, longest: int) -> float:
    """The mean over series of mean |y[t] - y[t - season]|, over the same t for every season up to `longest`."""
    found = [
        float(np.mean(np.abs(values[longest:] - values[longest - season : -season]))) / (float(np.std(values)) or 1.0)
        for values in series
        if len(values) > longest
    ]
    return float(np.mean(found)) if found else float(season)


def _autocorrelation(values: Floats, season: int) -> float:
    width = season if season % 2 else season + 1
    sums = np.concatenate([[0.0], np.cumsum(values - values.mean())])
    trend = (sums[width:] - sums[:-width]) / width
    middle = values[width // 2 : width // 2 + len(trend)] - values.mean() - trend
    flat = float(np.abs(middle).max(initial=0.0)) <= _ROUNDING * float(np.abs(values).max())
    return 0.0 if flat or len(middle) <= season + 1 else _correlation(middle[season:], middle[:-season])


def _correlation(left: Floats, right: Floats) -> float:
    left, right = left - left.mean(), right - right.mean()
    size = float(np.sqrt((left**2).sum() * (right**2).sum()))
    return float((left * right).sum()) / size if size > 0.0 else 0.0


def _peak(series: Sequence[Floats]) -> int:
    best, height = 1, CLEAR
    for values in series[:1]:
        lags = _autocorrelations(values)
        below = np.flatnonzero(lags < 0.1)  # noqa: PLR2004  (the first fall ends the neighbourhood of lag 0)
        if not len(below):
            continue
        inner = lags[below[0] :]
        peak = int(below[0] + _first_top(inner))
        agreement = min(float(lags[peak]), _agreement(series, peak)) if peak > 1 else 0.0
        if agreement > height:
            best, height = peak, agreement
    return best


def _first_top(lags: Floats) -> int:
    """The first local peak that is nearly the highest: two cycles agree as well as one, or by chance better."""
    tops = np.flatnonzero(lags >= lags.max() - _NEARLY)
    first = int(tops[0])
    ends = np.flatnonzero(np.diff(lags[first:]) < 0)
    return first + (int(ends[0]) if len(ends) else 0)


def _autocorrelations(values: Floats) -> Floats:
    """(T // 3,) the autocorrelation at each lag of the series less a straight line."""
    count = len(values)
    if count < 8:  # noqa: PLR2004  (under two cycles of anything)
        return np.zeros(0)
    steps = np.arange(count) - (count - 1) / 2
    centred = values - values.mean()
    flat = centred - steps * (steps @ centred) / (steps @ steps)
    size = 1 << (2 * count - 1).bit_length()
    power = np.abs(np.fft.rfft(flat, size)) ** 2
    sums = np.fft.irfft(power, size)[: count // 3]
    if sums[0] <= 1e-18 * max(1.0, float(np.abs(values).max()) ** 2) * count:
        return np.zeros(0)
    return np.asarray(sums / sums[0] * count / (count - np.arange(len(sums))))
