"""What the calendar says of a moment: known ahead by construction, for any moment and also beyond the table.

What goes round is told as points on a circle, so that 23:00 is next to midnight; weekdays, which need not resemble
their neighbours, are told apart one by one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import ConfigError, quoted
from forecaster.series import zones
from forecaster.series.forms import DAY, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.series import Floats, Ints, Singles, Times
    from forecaster.series.ticks import Clock

AUTO = "auto"
_HOLIDAY = "holiday:"
_HOUR, _MINUTE, _WEEK = DAY // 24, DAY // 1440, 7 * DAY
_ROUNDS = {"minute": 1, "hour": 2, "month": 1, "week": 2}  # harmonics of each circle
_OURS = re.compile(r"(minute|hour|weekday|month|week|holiday):.+")
_DAYS = tuple(name[:3] for name in WEEKDAYS)


def resolved(names: Sequence[str], clock: Clock) -> tuple[str, ...]:
    """The features that a config asks for, each once, with `auto` as the clock's step suggests.

    Under a day: hour and weekday; under a week: weekday and month; weeks: week; else month, or nothing for years.

    Raises:
        ConfigError: If the clock counts steps, which have no calendar, or a country is not known.
    """
    if names and clock.kind == "step":
        raise ConfigError(
            f"the table counts steps, which have no {', '.join(names)}",
            hint="name a column of times in data.time, or leave data.calendar out",
            subject="data.calendar",
        )
    found = [part for name in names for part in (_suggested(clock) if name == AUTO else (name,))]
    for name in found:
        if name.startswith(_HOLIDAY):
            _country(name)
    return tuple(dict.fromkeys(found))


def _suggested(clock: Clock) -> tuple[str, ...]:
    if clock.kind == "month":
        return ("month",) if clock.every < 12 else ()  # noqa: PLR2004
    if clock.kind == "fixed" and clock.every < DAY:
        return ("hour", "weekday")
    if clock.kind == "weekday" or clock.every < _WEEK:
        return ("weekday", "month")
    return ("week",)


def columns(names: Sequence[str]) -> tuple[str, ...]:
    """What each feature becomes as numbers.

    >>> columns(["month", "holiday:DE"])
    ('month:sin', 'month:cos', 'holiday:DE')
    """
    return tuple(column for name in names for column in _columns(name))


def _columns(name: str) -> tuple[str, ...]:
    if name.startswith(_HOLIDAY):
        return (name,)
    if name == "weekday":
        return tuple(f"weekday:{day}" for day in _DAYS)
    turns = ("", *map(str, range(2, _ROUNDS[name] + 1)))
    return tuple(f"{name}:{wave}{turn}" for turn in turns for wave in ("sin", "cos"))


def features_of(names: Sequence[str]) -> tuple[str, ...]:
    """The features that some columns come from; those of a table are left out.

    >>> features_of(["price", "month:sin", "month:cos", "holiday:DE"])
    ('month', 'holiday:DE')
    """
    ours = [name for name in names if _OURS.fullmatch(name)]
    return tuple(dict.fromkeys(name if name.startswith(_HOLIDAY) else name.partition(":")[0] for name in ours))


def features(times: Times, clock: Clock, names: Sequence[str]) -> Singles:
    """(K, Cc) what the calendar says of each moment, in the order of `columns`.

    Args:
        times: (K,) as the clock counts them.
        clock: Whose zone has the days and hours.
        names: Resolved features.
    """
    if not names:
        return np.zeros((len(times), 0), dtype=np.float32)
    moments = times.astype("datetime64[us]").astype(np.int64)
    local = zones.to_local(moments, clock.zone) if clock.zone and not clock.daylong else moments
    return np.concatenate([_feature(local, name) for name in names], axis=1).astype(np.float32)


def _feature(local: Ints, name: str) -> Floats:
    if name.startswith(_HOLIDAY):
        days, places = np.unique(local // DAY, return_inverse=True)
        return np.asarray(_holidays(name, days)[places][:, None], dtype=np.float64)
    if name == "weekday":
        return np.equal(((local // DAY + 3) % 7)[:, None], np.arange(7)).astype(np.float64)
    turns = 2 * np.pi * _phase(local, name)[:, None] * np.arange(1, _ROUNDS[name] + 1)
    return np.stack([np.sin(turns), np.cos(turns)], axis=-1).reshape(len(local), -1)


def _phase(local: Ints, name: str) -> Floats:
    """(K,) the share of its circle that has passed."""
    if name == "minute":
        return np.asarray(local % _HOUR / _HOUR)
    if name == "hour":
        return np.asarray(local % DAY / DAY)
    days = local.astype("datetime64[us]").astype("datetime64[D]")
    unit = "datetime64[M]" if name == "month" else "datetime64[Y]"
    first = days.astype(unit)
    begin, end = first.astype("datetime64[D]"), (first + 1).astype("datetime64[D]")
    share = (days - begin).astype(np.int64) / (end - begin).astype(np.int64)
    if name == "week":
        return np.asarray(share)
    return np.asarray((first.astype(np.int64) % 12 + share) / 12)


def _holidays(name: str, days: Ints) -> Floats:
    """(D,) whether each day (counted from 1970) is a holiday."""
    years = np.unique(days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970)
    free = np.concatenate([np.zeros(0, dtype=np.int64), *(_free_days(name, year) for year in years.tolist())])
    return np.isin(days, free).astype(np.float64)


@lru_cache(maxsize=4096)
def _free_days(name: str, year: int) -> Ints:
    """(J,) the holidays of a year, as days since 1970."""
    country, part = _country(name)
    import holidays

    found = holidays.country_holidays(country, subdiv=part, years=year)
    return np.array(sorted(np.datetime64(day, "D").astype(np.int64) for day in found), dtype=np.int64)


@lru_cache(maxsize=64)
def _country(name: str) -> tuple[str, str | None]:
    """The country and the part of it that `holiday:DE-BY` names.

    Raises:
        ConfigError: If nobody knows their holidays.
    """
    import holidays

    country, _, part = name.removeprefix(_HOLIDAY).partition("-")
    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        raise ConfigError(
            f"{quoted(country)} is no country whose holidays are known",
            hint="write its two letters, such as holiday:DE or holiday:GB",
            subject="data.calendar",
        )
    if part and part not in known[country]:
        shown = ", ".join(known[country][:20]) or "none"
        raise ConfigError(
            f"{quoted(part)} is no part of {country} whose holidays are known; those are {shown}",
            hint=f"write holiday:{country}, or one of its parts",
            subject="data.calendar",
        )
    return country, part or None
