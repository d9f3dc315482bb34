"""How the steps of a table follow each other, and how their moments are read and written."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from forecaster.config.quantities import UNITS, parse_span
from forecaster.errors import ConfigError, RunError, UsageError, quoted
from forecaster.series import forms, zones
from forecaster.series.forms import DAY, SECOND

if TYPE_CHECKING:
    from forecaster.config.quantities import Unit
    from forecaster.series import Ints, Times

Kind = Literal["step", "fixed", "weekday", "month"]
MICROSECONDS: dict[str, int] = {
    "us": 1,
    "ms": 1000,
    "s": SECOND,
    "min": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": DAY,
    "w": 7 * DAY,
}
_MONTH = 30 * MICROSECONDS["d"]
MONTHS = {"mo": 1, "q": 3, "y": 12}
LAST_DAY = 31  # the anchor of month ends
EPOCHS = {"s": SECOND, "ms": 1000, "us": 1}  # forms of moments that are numbers since 1970
_PREFIXES = ("%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%dT%H", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f")
_SEASONS = (60 * SECOND, 3600 * SECOND, DAY, 7 * DAY)
_LONGEST_SEASON = 100_000
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_FARTHEST = 9 * 10**15  # microseconds since 1970: the year 2255


@dataclass(frozen=True)
class Clock:
    """The one clock of a panel.

    Attributes:
        kind: Integer steps, a fixed time, business days, or months.
        every: Integers, microseconds, business days or months from one step to the next.
        anchor: Of a month clock, its day of the month; 31 is always the last one.
        zone: The zone of the file's local times. A clock under a day then counts instants of UTC, a longer one
            local days.
        form: How the file writes moments, as `forms` knows it; `s`, `ms` or `us` for numbers since 1970; for
            integer steps what follows the number (".0" or nothing).
    """

    kind: Kind
    every: int
    anchor: int = 0
    zone: str | None = None
    form: str = ""

    @property
    def daylong(self) -> bool:
        """Whether a step is a day or longer, so that moments are kept as local time."""
        return self.kind in ("weekday", "month") or (self.kind == "fixed" and self.every % DAY == 0)

    def after(self, times: Times, count: int) -> Times:
        """(count,) the moments that follow the last of `times` (K,)."""
        ahead = np.arange(1, count + 1)
        if self.kind == "step":
            return np.asarray(times[-1] + self.every * ahead)
        last = np.int64(times[-1].astype("datetime64[us]").astype(np.int64))
        if self.kind == "fixed":
            return np.asarray((last + self.every * ahead).astype("datetime64[us]"))
        day = np.datetime64(int(last // DAY), "D")
        if self.kind == "weekday":
            days = np.busday_offset(day, self.every * ahead, roll="backward")
        else:
            days = days_of_months(
                day.astype("datetime64[M]") + (self.every * ahead).astype("timedelta64[M]"), self.anchor
            )
        return np.asarray((days.astype(np.int64) * DAY + last % DAY).astype("datetime64[us]"))

    def instants(self, times: Times) -> Ints:
        """(n,) the moments as microseconds of UTC since 1970; of a clock without a zone, as they stand."""
        moments = times.astype("datetime64[us]").astype(np.int64)
        return zones.to_utc(moments, self.zone).early if self.zone and self.daylong else moments

    def label(self, times: Times) -> list[str]:
        """(n,) the moments as the user's file writes them."""
        if self.kind == "step":
            return [f"{int(step)}{self.form}" for step in times]
        instants = self.instants(times)
        if self.form in EPOCHS:
            return [str(moment // EPOCHS[self.form]) for moment in instants.tolist()]
        form = self.form or "%Y-%m-%dT%H:%M:%S"
        offsets = zones.offset_at(instants, self.zone) if self.zone else np.zeros_like(instants)
        if self.zone is None or is_utc(form):
            return [forms.write(moment, form) for moment in instants.tolist()]
        local = instants + offsets
        return [forms.write(m, form, offset) for m, offset in zip(local.tolist(), offsets.tolist(), strict=True)]

    def parse(self, text: str) -> np.datetime64 | np.int64:
        """The first moment that a text names, for `--cutoff`: an integer step, the file's own form, or "2024-03".

        Raises:
            UsageError: If the text is neither.
        """
        stripped = text.strip()
        if self.kind == "step":
            if _WHOLE.fullmatch(stripped.removesuffix(self.form or "\0")):
                return np.int64(stripped.removesuffix(self.form or "\0"))
            raise UsageError(f"{quoted(text)} is not a step", hint="the table counts steps; give a whole number")
        own = [self.form] if self.form and self.form not in EPOCHS else []
        for form in (*own, *_PREFIXES, *(f"{prefix}Z" for prefix in _PREFIXES[3:])):
            read = forms.read([stripped.replace(" ", "T") if form not in own else stripped], form)
            if not read.bad[0]:
                utc = is_utc(form) or read.offsets is not None
                instant = read.times - (read.offsets if read.offsets is not None else 0)
                return np.datetime64(int(self.moments(instant, utc=utc)[0]), "us")
        if self.form in EPOCHS and _WHOLE.fullmatch(stripped) and abs(int(stripped)) * EPOCHS[self.form] < _FARTHEST:
            instant = np.array([int(stripped) * EPOCHS[self.form]], dtype=np.int64)
            return np.datetime64(int(self.moments(instant, utc=True)[0]), "us")
        raise UsageError(
            f"{quoted(text)} is not a moment of this table",
            hint="write it as the table does, or as 2024-03-05T06:00, of which the end may be left out",
        )

    def moments(self, read: Ints, *, utc: bool) -> Ints:
        """(n,) what was read, as this clock counts it: local times or (`utc`) instants, in microseconds."""
        if self.zone is None:
            return read
        if utc:
            return zones.to_local(read, self.zone) if self.daylong else read
        return read if self.daylong else zones.to_utc(read, self.zone).early

    def describe(self) -> str:
        """The step in words: `1 hour`, `1 business day`, `1 month (last day)`."""
        if self.kind == "step":
            return "1 step" if self.every == 1 else f"{self.every} in the numbers of the steps"
        if self.kind == "weekday":
            return _counted(self.every, "business day")
        if self.kind == "month":
            name, size = next((n, s) for n, s in (("year", 12), ("quarter", 3), ("month", 1)) if self.every % s == 0)
            return _counted(self.every // size, name) + (" (last day)" if self.anchor == LAST_DAY else "")
        units: tuple[Unit, ...] = ("w", "d", "h", "min", "s", "ms", "us")
        unit = next(unit for unit in units if self.every % MICROSECONDS[unit] == 0)
        return _counted(self.every // MICROSECONDS[unit], UNITS[unit].removesuffix("s"))

    def steps(self, span: str) -> int:
        """How many steps a span is: "7d" is 168 on an hourly clock.

        Raises:
            ConfigError: If it is not a whole number of steps.
        """
        count, unit = parse_span(span)
        size = self._size(unit)
        total = count * size
        if size == 0 or total % self.every:
            raise ConfigError(
                f"{quoted(span)} is not a whole number of steps of {self.describe()}",
                hint="write the size in steps, without a unit",
            )
        return total // self.every

    def _size(self, unit: str) -> int:
        if self.kind == "fixed":
            return MICROSECONDS.get(unit, 0)
        if self.kind == "weekday":
            return {"b": 1, "w": 5}.get(unit, 0)
        return MONTHS.get(unit, 0) if self.kind == "month" else 0

    def seasons(self) -> tuple[int, ...]:
        """Cycles that people and weather have on such a clock, in steps, the shorter first."""
        if self.kind == "weekday":
            return (5, 261) if self.every == 1 else ()
        if self.kind == "month":
            return (12 // self.every,) if self.every < 12 and 12 % self.every == 0 else ()  # noqa: PLR2004
        if self.kind == "step":
            return ()
        found = [cycle // self.every for cycle in _SEASONS if cycle % self.every == 0]
        if self.every % DAY == 0:
            found.append(365 * DAY // self.every)
        return tuple(sorted({season for season in found if 1 < season <= _LONGEST_SEASON}))

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Self:
        """The clock that `to_dict` wrote.

        Raises:
            RunError: If something else wrote it.
        """
        try:
            clock = cls(**saved)
        except TypeError as error:
            raise RunError(f"{quoted(saved)} is not a clock", hint="train the run again") from error
        whole = all(isinstance(number, int) for number in (clock.every, clock.anchor)) and clock.every > 0
        if not whole or clock.kind not in ("step", "fixed", "weekday", "month") or not isinstance(clock.form, str):
            raise RunError(f"{quoted(saved)} is not a clock", hint="train the run again")
        return clock


def is_utc(form: str) -> bool:
    """Whether moments of this form are instants of UTC: written with a Z, or as numbers since 1970."""
    return form.endswith("Z") or form in EPOCHS


def has_offset(form: str) -> bool:
    """Whether moments of this form carry their offset to UTC."""
    return form not in EPOCHS and any(field and forms.plain(text) == "z" for field, text in forms.pieces(form))


def days_of_months(months: Any, anchor: int) -> Any:
    """The day `anchor` of each month (datetime64[M]), or its last one where it is shorter."""
    first = months.astype("datetime64[D]")
    length = ((months + np.timedelta64(1, "M")).astype("datetime64[D]") - first).astype(np.int64)
    return first + (np.minimum(max(anchor, 1), length) - 1).astype("timedelta64[D]")


def lasting(span: str) -> int:
    """About how long a span is, in microseconds: a month is 30 days, a week has five business days.

    >>> lasting("48h") == lasting("2d"), lasting("5b") == lasting("1w")
    (True, True)
    """
    count, unit = parse_span(span)
    if unit == "b":
        return count * MICROSECONDS["w"] // 5
    return count * (MONTHS[unit] * _MONTH if unit in MONTHS else MICROSECONDS[unit])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
