"""The clock of a table, found from the commonest step between its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forecaster.config.quantities import parse_span
from forecaster.errors import DataError, Remedy, quoted, remedy
from forecaster.series import zones
from forecaster.series.forms import DAY, pieces, plain
from forecaster.series.ticks import EPOCHS, LAST_DAY, MICROSECONDS, MONTHS, Clock, days_of_months

if TYPE_CHECKING:
    from forecaster.series import Ints, Times

GATHERED = (("mean", "they are measurements"), ("sum", "they are amounts"))
_STEPS = tuple(MICROSECONDS[unit] * count for unit, counts in (
    ("s", (1, 10, 30)), ("min", (1, 5, 10, 15, 30)), ("h", (1, 2, 3, 6, 12)), ("d", (1, 7))
) for count in counts)  # fmt: skip
FEWEST = 3  # moments from which a step can be read
_WEEKEND = 5  # Saturday, counted from Monday
_SHORTEST_MONTH = 28 * DAY


class TooFew(DataError):  # noqa: N818  (a word of the domain, as in "too few rows")
    """So few moments that no step can be read from them; `count` says how many."""

    count: int = 0


class OffBeat(DataError):  # noqa: N818  (a row that is not in step, not a fault of ours)
    """A row that does not lie on the clock; `index` says which of the moments it is."""

    index: int = 0


def find_clock(times: Times, *, freq: str | None, zone: str | None, form: str) -> Clock:
    """The clock on which the moments lie, gaps allowed.

    Args:
        times: (K,) rising, each once; integers, or `datetime64[us]`: instants of UTC where there is a zone.
        freq: The step, where the config says it.
        zone: The zone of the file.
        form: How the file writes moments.

    Raises:
        DataError: If there are too few moments to tell, or they are irregular.
    """
    if times.dtype.kind != "M":
        return _found_steps(times.astype(np.int64), form, freq)
    instants = times.astype("datetime64[us]").astype(np.int64)
    local = zones.to_local(instants, zone) if zone else instants
    if freq is not None:
        clock = _wanted(freq, local, zone, form)
        _refuse_off_beat(clock, local if clock.daylong else instants, f"data.freq {freq}")
        return clock
    if len(times) < FEWEST:
        few = TooFew(
            f"{len(times)} {'moment' if len(times) == 1 else 'moments'} in time, and a step can be read from {FEWEST}",
            hint="add rows, or say the step with data.freq, such as 1d",
            remedies=_only_step(instants),
        )
        few.count = len(times)
        raise few
    named = _month_clock(local, zone, form) or _weekday_clock(local, zone, form)
    clock = named or _fixed_clock(local, instants, zone, form)
    _refuse_off_beat(clock, local if clock.daylong else instants, f"the commonest step, {clock.describe()}")
    return clock


def _only_step(instants: Ints) -> tuple[Remedy, ...]:
    """The step between two moments, which may be that of the clock."""
    if len(instants) < FEWEST - 1:
        return ()
    return (remedy("data.freq", span_of(int(instants[1] - instants[0])), "rows always follow each other so"),)


def span_of(microseconds: int) -> str:
    """A length of time as the config writes it.

    >>> span_of(7_200_000_000)
    '2h'
    """
    unit = next(unit for unit in reversed(MICROSECONDS) if microseconds % MICROSECONDS[unit] == 0)
    return f"{microseconds // MICROSECONDS[unit]}{unit}"


def _round(microseconds: int) -> int:
    """A step that divides days or is made of them: the one that is given, or the next shorter one."""
    if DAY % microseconds == 0 or microseconds % DAY == 0:
        return microseconds
    return max((step for step in _STEPS if step <= microseconds), default=microseconds)


def _found_steps(times: Ints, form: str, freq: str | None) -> Clock:
    if freq is not None:
        raise DataError(f"the time column counts steps, but data.freq is {freq}", hint="leave data.freq out")
    clock = Clock("step", _commonest(np.diff(times)) if len(times) > 1 else 1, form=form)
    _refuse_off_beat(clock, times, f"the commonest step, {clock.every}")
    return clock


def _commonest(steps: Ints) -> int:
    """The commonest of the steps; of equally common ones the shortest."""
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])


def _wanted(freq: str, local: Ints, zone: str | None, form: str) -> Clock:
    count, unit = parse_span(freq)
    if unit == "b":
        return Clock("weekday", count, zone=zone, form=form)
    if unit in MONTHS:
        return Clock("month", count * MONTHS[unit], _anchor(local) or int(_days(local)[0]), zone, form)
    return Clock("fixed", count * MICROSECONDS[unit], zone=zone, form=form)


def _month_clock(local: Ints, zone: str | None, form: str) -> Clock | None:
    steps = np.diff(local)
    anchor = _anchor(local)
    names_no_day = form not in EPOCHS and not {"d", "j"} & {plain(text) for field, text in pieces(form) if field}
    if not anchor or (steps.min() < _SHORTEST_MONTH and not names_no_day):
        return None
    months = local.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
    return Clock("month", _commonest(np.diff(months)), anchor, zone, form)


def _days(local: Ints) -> Ints:
    days = local.astype("datetime64[us]").astype("datetime64[D]")
    return np.asarray((days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1)


def _anchor(local: Ints) -> int:
    """The day of the month that all moments share, 31 if each is its month's last; 0 if there is none."""
    if len(np.unique(local % DAY)) > 1:
        return 0
    days = _days(local)
    months = local.astype("datetime64[us]").astype("datetime64[M]")
    for anchor in (int(days.max()), LAST_DAY):
        first = months.astype("datetime64[D]")
        if np.array_equal((days_of_months(months, anchor) - first).astype(np.int64) + 1, days):
            ends = anchor > 28 and np.array_equal(days_of_months(months, LAST_DAY), days_of_months(months, anchor))  # noqa: PLR2004
            return LAST_DAY if ends else anchor
    return 0


def _weekday_clock(local: Ints, zone: str | None, form: str) -> Clock | None:
    """Days of one hour, mostly in a row, never on a weekend although weekends have passed.

    Every second or third business day too, where the business days between rows are always the same and the days are
    not.
    """
    if len(np.unique(local % DAY)) > 1:
        return None
    weekdays = (local // DAY + 3) % 7  # 1970-01-01 was a Thursday
    weeks = np.unique((local // DAY + 3) // 7)
    if weekdays.max() >= _WEEKEND or len(weeks) == 1:
        return None
    if _commonest(np.diff(local)) == DAY:
        return Clock("weekday", 1, zone=zone, form=form)
    days = local.astype("datetime64[us]").astype("datetime64[D]")
    apart = np.unique(np.busday_count(days[:-1], days[1:]))
    even = len(apart) == 1 and len(np.unique(np.diff(local))) > 1
    return Clock("weekday", int(apart[0]), zone=zone, form=form) if even else None


def _fixed_clock(local: Ints, instants: Ints, zone: str | None, form: str) -> Clock:
    every = _commonest(np.diff(local))
    whole_days = every % DAY == 0 and every > 0
    return Clock("fixed", every if whole_days else _commonest(np.diff(instants)), zone=zone, form=form)


def numbered(clock: Clock, times: Any) -> Any:
    """(n,) the step of each moment (int64: integers or microseconds), counted from the first of them; -1 off the clock.

    A weekday clock counts rows: weekdays that are missing everywhere are holidays, and no steps.
    """
    if not len(times):
        return np.zeros(0, dtype=np.int64)
    if clock.kind in ("step", "fixed"):
        steps, rest = np.divmod(times - times[0], clock.every)
        return np.where(rest == 0, steps, -1)
    moments = times.astype("datetime64[us]")
    same_hour = times % DAY == times[0] % DAY
    if clock.kind == "weekday":
        fits = same_hour & ((times // DAY + 3) % 7 < _WEEKEND)
        return np.where(fits, np.arange(len(times)), -1)
    months = moments.astype("datetime64[M]")
    steps, rest = np.divmod((months - months[0]).astype(np.int64), clock.every)
    fits = (rest == 0) & same_hour & (days_of_months(months, clock.anchor) == moments.astype("datetime64[D]"))
    return np.where(fits, steps, -1)


def _refuse_off_beat(clock: Clock, times: Ints, source: str) -> None:
    off = np.flatnonzero(numbered(clock, times) < 0)
    if not len(off):
        return
    shown = times[off[:1]] if clock.kind == "step" else times[off[:1]].astype("datetime64[us]")
    where, share = clock.label(shown)[0], f"{len(off)} of {len(times)} moments"
    spaced = clock.kind == "fixed" and clock.every > 0
    step = span_of(_round(clock.every)) if spaced else ""
    mends = [remedy("data.resample", {"every": step, "by": by}, when) for by, when in GATHERED]
    error = OffBeat(
        f"irregular times: {share} do not fit {source}, the first {quoted(where)}",
        hint="set data.resample, such as {every: 1h, by: mean}, or the step with data.freq"
        if clock.kind != "step"
        else "number the rows evenly",
        remedies=mends if spaced else (),
    )
    error.index = int(off[0])
    raise error
