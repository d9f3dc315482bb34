"""A column of times: one form for the whole file, found from its cells or given by the config."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from forecaster.series import forms
from forecaster.series.ticks import EPOCHS, has_offset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.series import Ints

STEPS = ""  # the form of whole numbers
_SAMPLE = 200  # cells from which candidates are taken
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]*")
_RANGE = (631_152_000, 4_102_444_800)  # 1990 and 2100, in seconds since 1970
_DATES = (
    (r"[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}", ("%Y{0}%m{0}%d",)),
    (r"[0-9]{4}([-/.])[0-9]{1,2}", ("%Y{0}%m",)),
    (r"[0-9]{1,2}([-/])[0-9]{1,2}\1[0-9]{4}", ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y")),
    (r"[0-9]{1,2}(\.)[0-9]{1,2}\1[0-9]{4}", ("%d{0}%m{0}%Y",)),
    (r"[0-9]{1,2}(\.)[0-9]{1,2}\1[0-9]{2}", ("%d{0}%m{0}%y",)),
    (r"[0-9]{1,2}([-/])[0-9]{1,2}\1[0-9]{2}", ("%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d")),
    (r"[0-9]{1,2}([-/])[0-9]{4}", ("%m{0}%Y",)),
    (r"[0-9]{1,2}([-/ ])[A-Za-z]{3}\1[0-9]{4}", ("%d{0}%b{0}%Y",)),
    (r"[0-9]{1,2}([-/ ])[A-Za-z]{3}\1[0-9]{2}", ("%d{0}%b{0}%y",)),
    (r"[0-9]{1,2}([-/ ])[A-Za-z]{3,9}\1[0-9]{4}", ("%d{0}%B{0}%Y",)),
    (r"()[A-Za-z]{3} [0-9]{1,2}, [0-9]{4}", ("%b %d, %Y",)),
    (r"()[A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4}", ("%B %d, %Y",)),
    (r"[A-Za-z]{3}([-/ ])[0-9]{4}", ("%b{0}%Y",)),
    (r"[A-Za-z]{3}([-/ ])[0-9]{2}", ("%b{0}%y",)),
    (r"[A-Za-z]{3,9}([-/ ])[0-9]{4}", ("%B{0}%Y",)),
    (r"[0-9]{4}([-/ ])[A-Za-z]{3}", ("%Y{0}%b",)),
    (r"[0-9]{4}([-/ ]?)Q[1-4]", ("%Y{0}Q%q",)),
    (r"()[0-9]{8}", ("%Y%m%d",)),
)
_TIMES = (
    (r"[0-9]{1,2}:[0-9]{2}", "%H:%M"),
    (r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}", "%H:%M:%S"),
    (r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}\.[0-9]{1,9}", "%H:%M:%S.%f"),
    (r"[0-9]{1,2}:[0-9]{2} [AaPp][Mm]", "%I:%M %p"),
    (r"[0-9]{1,2}:[0-9]{2}:[0-9]{2} [AaPp][Mm]", "%I:%M:%S %p"),
    (r"[0-9]{1,2}", "%H"),
    (r"[0-9]{4}", "%H%M"),
    (r"[0-9]{6}", "%H%M%S"),
)
_CLOCK = r"(?:(T| )([0-9][0-9:.]*(?: [AaPp][Mm])?)( ?(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
_MOMENTS = tuple((re.compile(pattern + _CLOCK), orders) for pattern, orders in _DATES)
_NUMBERS = ("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d%H", "%Y%m%d", "%Y%m", "%Y")
_PLAUSIBLE = (-2_208_988_800, 4_102_444_800)  # 1900 and 2100: a compact date outside is a plain number
_NAMED_YEAR = re.compile(r".*year.*|yr|y", re.IGNORECASE)


def candidates(text: str) -> tuple[str, ...]:
    """The forms under which one cell can be read as a moment; none where it names no date."""
    found: list[str] = []
    for pattern, orders in _MOMENTS:
        match = pattern.fullmatch(text)
        tail = None if match is None else _tail(*match.groups()[1:])
        if match is not None and tail is not None:
            found.extend(order.format(match[1]) + tail for order in orders)
    return tuple(found)


def _tail(between: str | None, clock: str | None, zone: str | None) -> str | None:
    if clock is None:
        return ""
    hours = next((form for pattern, form in _TIMES if re.fullmatch(pattern, clock)), None)
    if hours is not None and hours.endswith("%f"):
        hours = f"{hours.removesuffix('%f')}%{len(clock) - clock.index('.') - 1}f"
    if hours is None or zone is None:
        return None if hours is None else f"{between}{hours}"
    blank = " " if zone.startswith(" ") else ""
    return f"{between}{hours}{blank}" + ("Z" if zone.endswith("Z") else "%:z" if ":" in zone else "%z")


@dataclass
class Reading:
    """One form, and what the whole column says under it so far."""

    form: str
    parts: list[Ints] = field(default_factory=list)
    short: frozenset[str] = frozenset()
    padded: frozenset[str] = frozenset()
    offsets: set[int] = field(default_factory=set)
    digits: int = 0

    def moments(self, texts: Sequence[str]) -> tuple[Ints, NDArray[np.bool_]]:
        """(N,) microseconds (or whole numbers) and which of the texts are not of this form."""
        if self.form == STEPS or self.form in EPOCHS:
            return _numbers(texts, self.form)
        read = forms.read(texts, self.form, padded=self.padded)
        self.short |= read.short
        self.padded |= read.padded
        if read.offsets is not None:
            self.offsets.update(np.unique(read.offsets).tolist())
            return read.times - read.offsets, read.bad
        return read.times, read.bad

    @property
    def written(self) -> str:
        """The form in which the file writes, with the padding it uses."""
        return self.form if self.form in EPOCHS or self.form == STEPS else forms.unpadded(self.form, self.short)


def _numbers(texts: Sequence[str], unit: str) -> tuple[Ints, NDArray[np.bool_]]:
    size = EPOCHS.get(unit, 1)
    if all(map(_INTEGER.fullmatch, texts)):
        whole = np.array(list(map(int, texts)), dtype=np.int64)
        return whole * size, np.abs(whole) > 2**62 // size
    times = np.zeros(len(texts), dtype=np.int64)
    bad = np.zeros(len(texts), dtype=bool)
    for place, text in enumerate(texts):
        value = float(text) if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text) else np.nan
        bad[place] = not abs(value * size) < 2**62 or (unit == STEPS and value != int(value))
        times[place] = 0 if bad[place] else round(value * size)
    return times, bad


class TimeReader:
    """Reads a column of times block by block, and keeps every form that fits the whole of it.

    Args:
        form: The config's `time_format`.
        unit: The config's `time_unit`.
        name: The column, for messages and for years.
    """

    def __init__(self, form: str | None, unit: str | None, name: str) -> None:
        self.name = name
        self.given = form is not None or unit is not None
        self.readings = [Reading(unit or form or STEPS)] if self.given else []
        self.problem: tuple[str, str] | None = None

    def feed(self, texts: Sequence[str], codes: Ints) -> NDArray[np.bool_] | None:
        """Read some more rows.

        Args:
            texts: (D,) distinct cells.
            codes: (N,) which of them each row holds.

        Returns:
            (D,) the cells that the likeliest form does not fit; None where all is well.
        """
        if not self.readings:
            self.readings = [Reading(form) for form in self._proposed(texts)]
            if not self.readings:
                return np.ones(len(texts), dtype=bool)
        read = [(reading, *reading.moments(texts)) for reading in self.readings]
        fitting = [(reading, times) for reading, times, bad in read if not bad.any()]
        if not fitting:
            best = min(read, key=lambda found: int(found[2].sum()))
            self.readings = [best[0]]
            return best[2]
        self.readings = [reading for reading, _ in fitting]
        for reading, times in fitting:
            reading.parts.append(times[codes])
        return None

    def _proposed(self, texts: Sequence[str]) -> list[str]:
        sample = [text for text in texts[:: max(1, len(texts) // _SAMPLE)] if text][: 2 * _SAMPLE]
        numeric = [text for text in sample if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text)]
        if len(numeric) * 2 > len(sample):
            return [number_form(numeric, self.name)]
        counts: dict[str, int] = {}
        for text in sample:
            for form in candidates(text):
                counts[form] = counts.get(form, 0) + 1
        return [form for form, count in counts.items() if count * 2 >= max(counts.values())]

    def finish(self) -> Reading:
        """The one reading that fits; see `ambiguous` before."""
        return self.readings[0]

    def ambiguous(self) -> tuple[str, str] | None:
        """Two forms that both fit the whole column and mean different days; None where one reading is left."""
        first = self.readings[0]
        for other in self.readings[1:]:
            if any(not np.array_equal(a, b) for a, b in zip(first.parts, other.parts, strict=True)):
                return first.form, other.form
        return None


def number_form(texts: Sequence[str], name: str) -> str:
    """The form of a column of numbers: a compact date where every one of them is a day, else steps."""
    widths = {len(text) for text in texts}
    for form in _NUMBERS:
        width = len(form.replace("%Y", "0000").replace("%", "0"))
        if widths != {width} or (form == "%Y" and not _NAMED_YEAR.fullmatch(name)):
            continue
        read = forms.read(texts, form)
        seconds = read.times // forms.SECOND
        if not read.bad.any() and ((seconds >= _PLAUSIBLE[0]) & (seconds < _PLAUSIBLE[1])).all():
            return form
    return STEPS


def likely_unit(values: Ints) -> str | None:
    """The unit in which all numbers lie between 1990 and 2100; None where there is none."""
    for unit, size in (("s", 1), ("ms", 1000), ("us", 1_000_000)):
        if len(values) and _RANGE[0] * size <= int(values.min()) and int(values.max()) <= _RANGE[1] * size:
            return unit
    return None


def reads_as_time(texts: Sequence[str], name: str) -> str | None:
    """The form of a column whose cells are all moments; None if they are not, or plain numbers."""
    filled = [text for text in texts if text]
    if not filled:
        return None
    if all(_INTEGER.fullmatch(text) for text in filled):
        form = number_form(filled, name)
        hinted = re.search(r"date|time|day|month|year|stamp|period|^ds$|^ts$", name, re.IGNORECASE)
        if form != STEPS:
            return form if hinted or form == "%Y" else None
        return likely_unit(np.array(list(map(int, filled)), dtype=np.int64)) if hinted else None
    counts: dict[str, int] = {}
    for text in filled:
        for form in candidates(text):
            counts[form] = counts.get(form, 0) + 1
    best = max(counts, key=lambda form: counts[form], default=None)
    if best is None or counts[best] < len(filled):
        return None
    full = [form for form in counts if counts[form] == len(filled)]
    return next((form for form in full if not forms.read(filled, form).bad.any()), None)


def needs_zone(reading: Reading) -> bool:
    """Whether the moments carry offsets other than zero, so that the zone must be known."""
    return has_offset(reading.form) and reading.offsets != {0} if reading.form != STEPS else False
