"""The clock of a panel: its frequency, its season and its next moments.

The door to `ticks` (the clock itself), `frequency` (found from a table) and `seasons` (confirmed by the series).
"""

from forecaster.series.frequency import OffBeat, find_clock, numbered
from forecaster.series.seasons import find_season
from forecaster.series.ticks import Clock

__all__ = ["Clock", "OffBeat", "find_clock", "find_season", "numbered"]
