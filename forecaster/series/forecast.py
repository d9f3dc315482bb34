"""What a forecaster says of the steps after a cutoff, and what every forecaster can do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints, Times
    from forecaster.series.panel import Panel


@dataclass(frozen=True, eq=False)
class Forecast:
    """H steps of S series, each from its own newest value, in the data's own units.

    Attributes:
        ids: The name of each series.
        cutoffs: (S,) the last step that was seen.
        times: (S, H) the moments that are forecast.
        values: (S, H) the forecast: its median.
        levels: (Q,) the quantile levels of `quantiles`, rising.
        quantiles: (S, H, Q)
        intervals: (I,) the share of the future that each interval should cover, such as 0.8.
        lower: (S, H, I) the intervals' lower ends.
        upper: (S, H, I)
        status: (S, H) `ok`, or what a reader must know: `rolled` (beyond the network's own horizon), `unseen` (a series
            that was not in training), `fallback`, `stale`, `hindsight`, `no skill`.
    """

    ids: tuple[str, ...]
    cutoffs: Ints
    times: Times
    values: Floats
    levels: tuple[float, ...] = ()
    quantiles: Floats = field(default_factory=lambda: np.empty((0, 0, 0)))
    intervals: tuple[float, ...] = ()
    lower: Floats = field(default_factory=lambda: np.empty((0, 0, 0)))
    upper: Floats = field(default_factory=lambda: np.empty((0, 0, 0)))
    status: tuple[tuple[str, ...], ...] = ()

    @property
    def horizon(self) -> int:
        """H, the steps of the forecast."""
        return int(self.values.shape[1])

    def marked(self, status: str, *, since: int = 0, series: tuple[str, ...] | None = None) -> Self:
        """The same forecast with `status` on the steps from `since` on that are still `ok`.

        Args:
            status: The word that goes into the table.
            since: The first step of the horizon that is marked, from 0.
            series: The ids that are marked; all of them by default.
        """
        rows = self.status or (("ok",) * self.horizon,) * len(self.ids)
        return replace(
            self,
            status=tuple(
                tuple(
                    status if word == "ok" and step >= since and (series is None or name in series) else word
                    for step, word in enumerate(row)
                )
                for name, row in zip(self.ids, rows, strict=True)
            ),
        )


class Forecaster(Protocol):
    """Anything that forecasts: it receives the past, and nothing else.

    One that is told which values are missing has an attribute `masked` that is true: its lookback needs but one value.
    """

    @property
    def name(self) -> str:
        """As it stands in reports: `model`, `naive`, `seasonal_naive` or `drift`."""

    @property
    def lookback(self) -> int:
        """Newest steps of a series that must be there, without a hole, for a forecast."""

    def forecast(self, past: Panel, horizon: int) -> Forecast:
        """Forecast every series of `past` from its own newest value.

        Raises:
            TooShort: If a series is shorter than the lookback.
            DataError: If its newest lookback has a hole.
        """
