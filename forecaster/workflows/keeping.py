"""Every forecast that is published is kept in its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.runs.published import keep_forecast
from forecaster.runs.saved import SavedForecast

if TYPE_CHECKING:
    from forecaster.runs.versions import Run
    from forecaster.series.clock import Clock
    from forecaster.series.forecast import Forecast


def keep(run: Run, forecast: Forecast, clock: Clock, *, cutoff: str) -> None:
    """Add a forecast to the run's folder `forecasts`, never to be changed.

    Raises:
        SystemFault: If it cannot be written.
    """
    saved = SavedForecast(
        ids=forecast.ids,
        times=tuple(tuple(clock.label(times)) for times in forecast.times),
        values=forecast.values,
        intervals=forecast.intervals,
        lower=forecast.lower,
        upper=forecast.upper,
        status=forecast.status or (("ok",) * forecast.horizon,) * len(forecast.ids),
    )
    keep_forecast(run.folder, saved, cutoff=cutoff, version=run.version)
