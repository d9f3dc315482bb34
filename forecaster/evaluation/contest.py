"""Which of several networks forecasts best, on folds that all were asked at, and whether that is more than luck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.evaluation.metrics import by_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forecaster.evaluation.folds import Folds
    from forecaster.evaluation.metrics import Scale
    from forecaster.series import Floats, Ints

CLEAR, CLEAR_OF_FEW = 0.01, 0.05  # by how much an error has to be lower, and where there are too few pairs to count
WON, PAIRS = 0.6, 5  # of the pairs, where there are so many


@dataclass(frozen=True, eq=False)
class Errors:
    """The errors of one network, in units that do not depend on its scale.

    Attributes:
        series: (N,) of each row, as text.
        cutoffs: (N,) of each row.
        losses: (N,) as `errors_of` computes them.
    """

    series: Sequence[str]
    cutoffs: Ints
    losses: Floats

    def rows(self, kept: Ints) -> Errors:
        """The rows at `kept`."""
        return Errors([self.series[int(row)] for row in kept], self.cutoffs[kept], self.losses[kept])

    @property
    def mean(self) -> float:
        """Over all rows; NaN without any."""
        return float(self.losses.mean()) if len(self.losses) else np.nan


def errors_of(folds: Folds, units: Mapping[str, Scale]) -> Errors:
    """Twice the quantile loss of every row, over its levels and steps, in naive errors of its series.

    Without levels, the absolute error, which is the same at the level 0.5. Series without a unit are left out; where
    none has one, all are in their own units.

    Args:
        folds: With what one network said.
        units: As `scales` made them of the training part.
    """
    said = folds.forecasts[folds.judged]
    quantiles = said.quantiles if said.levels else said.values[..., None]
    levels = np.asarray(said.levels or (0.5,))
    error = folds.actual[..., None] - quantiles
    losses = 2 * np.maximum(levels * error, (levels - 1) * error).mean(axis=(1, 2))
    unit = np.array([units[name].absolute if name in units else np.nan for name in folds.series])
    if np.isnan(unit).all():
        unit = np.ones(len(unit))
    made = Errors(folds.series, folds.cutoffs, losses / unit)
    return made.rows(np.flatnonzero(np.isfinite(made.losses)))


def common(contestants: Sequence[Errors]) -> list[Errors]:
    """Each with the rows that all of them have, in one order: a longer lookback cannot be asked as early."""
    places = [{key: row for row, key in enumerate(zip(one.series, one.cutoffs.tolist(), strict=True))}
              for one in contestants]  # fmt: skip
    keys = [key for key in places[0] if all(key in other for other in places[1:])]
    return [one.rows(np.array([place[key] for key in keys], dtype=np.int64))
            for one, place in zip(contestants, places, strict=True)]  # fmt: skip


def clearly_better(challenger: Errors, champion: Errors) -> bool:
    """Whether the lower error of the challenger is no luck.

    Its mean must be lower by a per cent, and it must be lower in three of five pairs: those of the folds, or of the
    series where there are more of them. Under five pairs tell little, so there the mean must be lower by a twentieth.

    Args:
        challenger: On the rows of the champion: see `common`.
        champion: What it has to beat.
    """
    pairs = _pairs(champion)
    if pairs.max(initial=-1) + 1 < PAIRS:
        return challenger.mean < (1 - CLEAR_OF_FEW) * champion.mean
    won = by_group(challenger.losses, pairs) < by_group(champion.losses, pairs)
    return challenger.mean < (1 - CLEAR) * champion.mean and float(won.mean()) >= WON


def _pairs(errors: Errors) -> Ints:
    """(N,) which pair each row belongs to, from 0."""
    _, folds = np.unique(errors.cutoffs, return_inverse=True)
    _, series = np.unique(np.array(errors.series, dtype=object), return_inverse=True)
    more = series.max(initial=-1) > folds.max(initial=-1)
    return np.asarray(series if more else folds, dtype=np.int64)
