"""A forecast that was published, as a command tells of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.series.clock import Clock
    from forecaster.series.forecast import Forecast


@dataclass(frozen=True, eq=False)
class Published:
    """One forecast and where it went.

    Attributes:
        run: The run's name.
        version: Its version.
        forecast: As published.
        clock: Of its moments.
        text: The CSV.
        place: Its file; None for stdout.
    """

    run: str
    version: str
    forecast: Forecast
    clock: Clock
    text: str
    place: Path | None

    @property
    def printed(self) -> bool:
        """Whether the CSV belongs on stdout."""
        return self.place is None

    def summary(self) -> str:
        """One line for a person."""
        last = self.clock.label(self.forecast.times[0, -1:])[0]
        words = sorted({word for row in self.forecast.status for word in row} - {"ok"})
        marked = f" ({', '.join(words)})" if words else ""
        return f"{self.place}: {self.forecast.horizon} steps to {last}, by run {self.run}{marked}"

    def to_json(self) -> str:
        """The forecast as JSON: one object a series, its lists as long as the horizon."""
        whole = {"schema": 1, "run": self.run, "version": self.version, "series": self._series()}
        return json.dumps(whole, indent=1, ensure_ascii=False)

    def _series(self) -> list[dict[str, Any]]:
        said = self.forecast
        rows: list[dict[str, Any]] = []
        for index, name in enumerate(said.ids):
            ends = {
                f"{end}_{100 * interval:g}": values[index, :, place].tolist()
                for place, interval in enumerate(said.intervals)
                for end, values in (("lower", said.lower), ("upper", said.upper))
            }
            times = self.clock.label(said.times[index])
            values = said.values[index].tolist()
            rows.append({"series": name, "times": times, "forecast": values, **ends, "status": said.status[index]})
        return rows
