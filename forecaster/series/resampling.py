"""Rows that come at irregular times, gathered into regular steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.config.quantities import parse_span
from forecaster.errors import DataError
from forecaster.series import zones
from forecaster.series.forms import DAY
from forecaster.series.ordering import Ordered, merge, sort
from forecaster.series.placing import policies
from forecaster.series.ticks import MICROSECONDS, MONTHS

if TYPE_CHECKING:
    from forecaster.config.data import DataConfig
    from forecaster.series import Ints
    from forecaster.series.rows import Rows

_MONDAY = 4 * DAY  # 1970-01-05
_WEEKEND = 5


def resample(records: Ordered, data: DataConfig, rows: Rows, *, utc: bool, file: str) -> tuple[Ordered, bool]:
    """One record for each step of `data.resample`, at the step's first moment, and whether it is an instant of UTC.

    Raises:
        DataError: If the table counts steps instead of times.
    """
    wanted = data.resample
    if wanted is None:
        return records, utc
    if rows.counts:
        raise DataError(
            f"the table counts steps, and data.resample.every is {wanted.every}",
            hint="name a column of times in data.time, or leave data.resample out",
            file=file,
            subject="data.resample",
        )
    count, unit = parse_span(wanted.every)
    if unit == "b" and count > 1:
        raise DataError(
            f"data.resample.every is {wanted.every}, and business days are gathered one by one",
            hint="write 1b, or a number of weeks",
            file=file,
            subject="data.resample",
        )
    daylong = unit in MONTHS or unit == "b" or count * MICROSECONDS[unit] % DAY == 0
    local = utc and data.timezone is not None and daylong
    times = zones.to_local(records.times, str(data.timezone)) if local else records.times
    starts = bins(times, count, unit)
    moved, _ = sort(replace(records, times=starts))
    return merge(moved, policies(wanted.by, rows.values.shape[1], rows, data)), utc and not local


def bins(times: Ints, count: int, unit: str) -> Ints:
    """(R,) the first moment of the step in which each time lies, in microseconds.

    Weeks begin on Monday; business days take the weekend after them; all else is counted from 1970.
    """
    if unit in MONTHS:
        size = count * MONTHS[unit]
        months = times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
        first = (months // size * size).astype("datetime64[M]")
        return np.asarray(first.astype("datetime64[us]").astype(np.int64))
    if unit == "b":
        days = times // DAY
        weekday = (days + 3) % 7
        return np.asarray((days - np.maximum(weekday - (_WEEKEND - 1), 0)) * DAY)
    size = count * MICROSECONDS[unit]
    origin = _MONDAY if unit == "w" else 0
    return np.asarray((times - origin) // size * size + origin)
