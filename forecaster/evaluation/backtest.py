"""The only door to the truth: a forecaster gets what was known at a cutoff, and is compared with what came after."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError
from forecaster.evaluation.folds import Folds, stacked
from forecaster.forecasters.spread import spread
from forecaster.series.covariates import carried

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.series import Floats, Ints
    from forecaster.series.forecast import Forecaster
    from forecaster.series.panel import Panel


@dataclass(frozen=True, eq=False)
class _Known:
    """One cutoff: what was known of the series that can be scored, and where they stand in the whole panel."""

    cutoff: int
    past: Panel
    places: Ints


class _Truth:
    """The whole panel, which only `backtest` sees.

    Attributes:
        panel: Past and future.
        left_out: How many series were not scored, by the reason, over all cutoffs so far.
    """

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.left_out: Counter[str] = Counter()
        self._holes = np.concatenate([[0], np.cumsum(np.isnan(panel.values))])

    def known(self, cutoff: int, lookback: int, horizon: int, *, masked: bool) -> _Known:
        """What a forecaster may see at `cutoff`, of the series that can be scored there."""
        past = self.panel.until(cutoff)
        places = np.flatnonzero((self.panel.starts <= cutoff) & (self.panel.lengths > 0))  # those that `until` keeps
        complete = self._complete(places, cutoff + 1, horizon)
        reasons = {
            "ended before the cutoff": past.last < cutoff,
            "shorter than the lookback": past.lengths < lookback,
            "without all actuals": ~complete | self._filled(places, cutoff + horizon),
            "with a hole in the lookback": ~self._complete(places, cutoff + 1 - lookback, lookback),
        }
        if masked:
            del reasons["with a hole in the lookback"]
            reasons["without a value in the lookback"] = self._empty(places, cutoff + 1 - lookback, lookback)
        fit = np.ones(len(places), dtype=np.bool_)
        for reason, wrong in reasons.items():
            self.left_out[reason] += int((fit & wrong).sum())
            fit &= ~wrong
        return _Known(cutoff, past if fit.all() else past.select(np.flatnonzero(fit)), places[fit])

    def _filled(self, places: Ints, step: int) -> NDArray[np.bool_]:
        """(S,) whether the series at `places` have at `step` what only later values tell."""
        panel = self.panel
        if panel.behind is None:
            return np.zeros(len(places), dtype=np.bool_)
        ends = np.minimum(panel.offsets[places] + step - panel.starts[places], panel.offsets[places + 1] - 1)
        return np.asarray(panel.behind[ends] > 0)

    def _complete(self, places: Ints, since: int, count: int) -> NDArray[np.bool_]:
        """(S,) whether the series at `places` have all values of the `count` steps from `since` on."""
        inside, missing = self._missing(places, since, count)
        return np.asarray(inside & (missing == 0))

    def _empty(self, places: Ints, since: int, count: int) -> NDArray[np.bool_]:
        """(S,) whether the series at `places` have no value at all in the `count` steps from `since` on."""
        inside, missing = self._missing(places, since, count)
        return np.asarray(inside & (missing == count))

    def _missing(self, places: Ints, since: int, count: int) -> tuple[NDArray[np.bool_], Ints]:
        """(S,) whether `count` steps from `since` on lie within each series, and (S,) how many have no value."""
        panel = self.panel
        inside = (since >= panel.starts[places]) & (since + count - 1 <= panel.last[places])
        begin = np.where(inside, panel.offsets[places] + since - panel.starts[places], 0)
        end = np.where(inside, begin + count, 0)
        return inside, np.asarray(self._holes[end] - self._holes[begin])

    def actual(self, fold: _Known, horizon: int) -> Floats:
        """(S, H) what happened after a cutoff."""
        first = self.panel.offsets[fold.places] + fold.cutoff + 1 - self.panel.starts[fold.places]
        return np.asarray(self.panel.values[first[:, None] + np.arange(horizon)])


def backtest(
    forecaster: Forecaster,
    panel: Panel,
    cutoffs: Sequence[int] | Ints,
    horizon: int,
    baselines: Sequence[Forecaster] = (),
    *,
    season: int = 1,
) -> Folds:
    """Ask `forecaster`, and the baselines beside it, at every cutoff.

    A series takes part in a fold if its newest value stands at the cutoff, the forecaster's lookback before it is
    there without a hole, and so are the `horizon` values after it; how many do not, and why, is counted. A hole that
    was filled by what came after it may lie within the lookback or the horizon, and may end neither. A forecaster
    that is told which values are missing (`masked`) needs but one value in its lookback, which may end in a hole.

    Args:
        forecaster: The one that is judged; its lookback decides who takes part.
        panel: The whole table.
        cutoffs: Steps of the panel's clock, the last ones that may be seen.
        horizon: H, steps of each fold.
        baselines: Others, which answer in the same rows.
        season: Steps over which the spreads measure changes.

    Raises:
        DataError: If no series can be scored at any cutoff.
    """
    truth = _Truth(panel)
    masked = bool(getattr(forecaster, "masked", False))
    known = [truth.known(int(cutoff), forecaster.lookback, horizon, masked=masked) for cutoff in cutoffs]
    known = [fold for fold in known if len(fold.places)]
    left_out = {reason: count for reason, count in truth.left_out.items() if count}
    if not known:
        why = ", ".join(f"{count} {reason}" for reason, count in left_out.items()) or "no cutoffs"
        raise DataError(f"no fold can be scored: {why}", hint="give a longer table, or a shorter lookback or horizon")
    return Folds(
        series=tuple(name for fold in known for name in fold.past.ids),
        cutoffs=np.concatenate([fold.past.last for fold in known]),
        cutoff_times=np.concatenate([panel.times[fold.past.last] for fold in known]),
        actual=np.concatenate([truth.actual(fold, horizon) for fold in known]),
        forecasts={
            one.name: stacked([one.forecast(fold.past, horizon) for fold in known]) for one in (forecaster, *baselines)
        },
        last=np.concatenate(
            [carried(fold.past.values, fold.past.offsets)[fold.past.offsets[1:] - 1] for fold in known]
        ),
        spreads=np.concatenate([spread(fold.past, forecaster.lookback, season) for fold in known]),
        left_out=left_out,
    )
