"""Local time and UTC, for whole arrays: a zone's clock changes are found once, the rest is arithmetic."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import numpy as np

from forecaster.errors import ConfigError, quoted

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from forecaster.series import Ints

COMMON = (
    *("Europe/Berlin", "Europe/London", "America/New_York", "Europe/Helsinki", "Australia/Sydney", "America/Havana"),
    *("America/Chicago", "America/Denver", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo", "Asia/Shanghai"),
)  # zones that messages propose
_SOLSTICES = np.array(["2024-01-01", "2024-07-01"], dtype="datetime64[us]").astype(np.int64)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000
_WEEK = 7 * 86_400
_MARGIN = 2 * 86_400


class Instants(NamedTuple):
    """What local times mean in UTC, in microseconds since 1970.

    Attributes:
        early: (N,) the instant; of two, where clocks went back, the first.
        late: (N,) the second of two, else as `early`.
        exists: (N,) False where clocks went forward over the local time.
    """

    early: Ints
    late: Ints
    exists: NDArray[np.bool_]


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name.

    Raises:
        ConfigError: If there is none.
    """
    known = available_timezones() if not name or name[0] in "/." or ".." in name else None
    try:
        if known is None:
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        known = available_timezones()
    near = difflib.get_close_matches(name, known or (), n=1)
    raise ConfigError(
        f"{quoted(name)} is not a time zone",
        hint=f"did you mean {near[0]}?" if near else "write a name such as Europe/Berlin or UTC",
        subject="data.timezone",
    )


def zone_with(offsets: Collection[int]) -> str:
    """A well-known zone that is ahead of UTC by these microseconds at one time of the year or another; UTC if none."""
    fits = (zone for zone in COMMON if set(offsets) <= set(offset_at(_SOLSTICES, zone).tolist()))
    return next(fits, "UTC")


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset() or timedelta()
    return int(offset.total_seconds())


@lru_cache(maxsize=64)
def _changes(name: str, first: int, last: int) -> tuple[Ints, Ints]:
    """(J,) instants from which an offset holds, and (J,) the offsets, both in microseconds, from `first` on."""
    zone = zone_of(name)
    starts, offsets = [first], [_offset(zone, first)]
    low = first
    while low < last:
        high = low + _WEEK
        if _offset(zone, high) != offsets[-1]:
            before, after = low, high
            while after - before > 1:
                middle = (before + after) // 2
                before, after = (middle, after) if _offset(zone, middle) == offsets[-1] else (before, middle)
            starts.append(after)
            offsets.append(_offset(zone, after))
            high = after
        low = high
    return np.array(starts, dtype=np.int64) * _SECOND, np.array(offsets, dtype=np.int64) * _SECOND


def _table(times: Ints, name: str) -> tuple[Ints, Ints]:
    # Whole years, so that neighbouring calls share one cached table.
    year = 366 * 86_400
    first = (int(times.min()) // _SECOND - _MARGIN) // year * year
    last = -(-(int(times.max()) // _SECOND + _MARGIN) // year) * year
    return _changes(name, first, last)


def offset_at(instants: Ints, name: str) -> Ints:
    """(N,) microseconds that the zone is ahead of UTC at instants of UTC."""
    if not len(instants):
        return np.zeros(0, dtype=np.int64)
    starts, offsets = _table(instants, name)
    return np.asarray(offsets[np.searchsorted(starts, instants, side="right") - 1])


def to_local(instants: Ints, name: str) -> Ints:
    """(N,) what the wall clocks of the zone show at instants of UTC, in microseconds."""
    return instants + offset_at(instants, name)


def to_utc(local: Ints, name: str) -> Instants:
    """The instants of (N,) local times; both of them where clocks went back."""
    if not len(local):
        return Instants(local, local, np.zeros(0, dtype=bool))
    _, offsets = _table(local, name)
    early = np.full(local.shape, np.iinfo(np.int64).max)
    late = np.full(local.shape, np.iinfo(np.int64).min)
    for offset in np.unique(offsets):
        instant = local - offset
        fits = offset_at(instant, name) == offset
        early = np.where(fits, np.minimum(early, instant), early)
        late = np.where(fits, np.maximum(late, instant), late)
    exists = late >= early
    # Over a gap the clock goes on as it was: 02:30 on a day without a 02:00 is 03:30.
    forward = local - offset_at(local - offsets.max(), name)
    return Instants(np.where(exists, early, forward), np.where(exists, late, forward), exists)
