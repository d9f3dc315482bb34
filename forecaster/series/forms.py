"""Forms of moments, such as `%d/%m/%Y %-H:%M`: read strictly, and written as the user's file writes them.

The directives are those of `strftime`, and `%-m` (without a leading zero), `%3f` (three decimals of a second),
`%:z` (an offset with a colon) and `%q` (a quarter).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import ConfigError, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from forecaster.series import Ints

SECOND = 1_000_000  # microseconds
DAY = 86_400 * SECOND
YEARS = (1600, 2261)  # what a table means; years outside are slips of a finger
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
               "November", "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PIECE = re.compile(r"%(-?[A-Za-z]|:z|[1-9]f|%)")
_WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2, "j": 3, "q": 1}
_SHORT = "mdHIjMS"  # fields that may lack their leading zero
_WORDS = {
    "p": "([AaPp][Mm])",
    "b": r"([A-Za-z]{3,9})",
    "B": r"([A-Za-z]{3,9})",
    "a": "(?:[A-Za-z]{2,9})",
    "A": "(?:[A-Za-z]{2,9})",
    "f": "([0-9]{1,9})",
    "z": "(Z|[+-][0-9]{2}(?::?[0-9]{2})?)",
}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (moments are counted without a zone; `zones` knows the zone)


@dataclass(frozen=True)
class Moments:
    """What a list of texts says under one form.

    Attributes:
        times: (N,) microseconds since 1970, in the texts' own offset.
        bad: (N,) True where a text is not of the form, or no such day exists.
        offsets: (N,) microseconds ahead of UTC; None where the form has no offset.
        short: The fields that lacked a leading zero somewhere.
        padded: The fields that had one.
    """

    times: Ints
    bad: NDArray[np.bool_]
    offsets: Ints | None = None
    short: frozenset[str] = frozenset()
    padded: frozenset[str] = frozenset()


@lru_cache(maxsize=256)
def pieces(form: str) -> tuple[tuple[bool, str], ...]:
    """The form cut into literals (False, text) and directives (True, name).

    >>> pieces("%Y-%m")
    ((True, 'Y'), (False, '-'), (True, 'm'))

    Raises:
        ConfigError: If a directive is not known.
    """
    found: list[tuple[bool, str]] = []
    end = 0
    for match in _PIECE.finditer(form):
        found.append((False, form[end : match.start()]))
        found.append((False, "%") if match[1] == "%" else (True, match[1]))
        end = match.end()
    found.append((False, form[end:]))
    known = {*_WIDTHS, *_WORDS, ":z"}
    for is_field, text in found:
        if (is_field and text.lstrip("-123456789") not in known) or (not is_field and "%" in text and text != "%"):
            raise ConfigError(
                f"{quoted(form)} has a directive that is not known: {quoted(text)}",
                hint="use %Y %m %d %H %M %S %f %b %B %y %I %p %j %q %z",
                subject="data.time_format",
            )
    return tuple(piece for piece in found if piece[1])


def plain(name: str) -> str:
    """A directive's name without its padding or digits: `-m` is `m`, `3f` is `f`, `:z` is `z`."""
    return name.lstrip("-:123456789")


@lru_cache(maxsize=256)
def _pattern(form: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    cut = pieces(form)
    pattern, names = "", []
    for index, (is_field, text) in enumerate(cut):
        if not is_field:
            pattern += re.escape(text)
            continue
        name = plain(text)
        touches = any(0 <= i < len(cut) and cut[i][0] and plain(cut[i][1]) in _WIDTHS for i in (index - 1, index + 1))
        if name in _WIDTHS:
            least = 1 if name in _SHORT and not touches else _WIDTHS[name]
            pattern += f"([0-9]{{{least},{_WIDTHS[name]}}})"
        else:
            pattern += _WORDS[name]
        if name not in "aA":
            names.append(name)
    return re.compile(pattern), tuple(names)


def read(texts: Sequence[str], form: str, padded: frozenset[str] = frozenset()) -> Moments:
    """Read texts under one form; none is guessed at.

    A field is written with a leading zero everywhere or nowhere: 2024-01-1 among others with 01 is a day cut off.

    Args:
        texts: (N,) cells without blanks around them.
        form: Such as `%Y-%m-%dT%H:%M:%SZ`.
        padded: Fields that are known to have a leading zero.

    Raises:
        ConfigError: If the form has a directive that is not known.
    """
    return _read_aligned(texts, form) or _read_each(texts, form, padded)


def _read_aligned(texts: Sequence[str], form: str) -> Moments | None:
    """All texts of one width and only digits in the fields: by columns of characters, some 50 times faster."""
    cut = [(is_field, plain(text) if is_field else text) for is_field, text in pieces(form)]
    if not texts or any(is_field and name not in "YmdHMSq" for is_field, name in cut):
        return None
    width = sum(_WIDTHS[text] if is_field else len(text) for is_field, text in cut)
    try:
        cells = np.array(texts, dtype=np.bytes_)
    except UnicodeEncodeError:
        return None
    if cells.dtype.itemsize != width:
        return None
    characters = cells.view(np.uint8).reshape(len(texts), width)
    bad = np.zeros(len(texts), dtype=bool)
    fields: dict[str, Ints] = {}
    start = 0
    for is_field, text in cut:
        size = _WIDTHS[text] if is_field else len(text)
        block = characters[:, start : start + size]
        start += size
        if is_field:
            digits = block.astype(np.int64) - ord("0")
            bad |= ((digits < 0) | (digits > 9)).any(axis=1)  # noqa: PLR2004
            fields[text] = digits @ (10 ** np.arange(size - 1, -1, -1))
        else:
            bad |= (block != np.frombuffer(text.encode(), dtype=np.uint8)).any(axis=1)
    if bad.any():
        return None
    return _assembled(fields, bad)


def _read_each(texts: Sequence[str], form: str, padded: frozenset[str]) -> Moments:
    pattern, names = _pattern(form)
    matches = [pattern.fullmatch(text) for text in texts]
    bad = np.array([match is None for match in matches], dtype=bool)
    columns = zip(*(match.groups() if match else ("",) * len(names) for match in matches), strict=True)
    fields: dict[str, Ints] = {}
    short, zeros = set(), set(padded)
    for name, cells in zip(names, columns, strict=False):
        fields[name] = np.array([_number(name, cell) if cell else 0 for cell in cells], dtype=np.int64)
        if name in _SHORT:
            bare = np.array([len(cell) == 1 for cell in cells])
            led = np.array([len(cell) == _WIDTHS[name] and cell[0] == "0" for cell in cells])
            if name in padded or (led.any() and led.sum() >= bare.sum()):
                zeros.add(name)
                bad |= bare
            elif bare.any():
                short.add(name)
                bad |= led
    for numbers in fields.values():
        bad |= numbers == _WRONG
    found = _assembled(fields, bad)
    return Moments(found.times, found.bad, fields.get("z"), frozenset(short), frozenset(zeros))


_WRONG = -(10**15)
_MONTH_NAMES = {name.lower(): number for names in (MONTHS, LONG_MONTHS) for number, name in enumerate(names, start=1)}


def _number(name: str, cell: str) -> int:
    if name in "bB":
        return _MONTH_NAMES.get(cell.lower(), _WRONG)
    if name == "p":
        return int(cell.lower() == "pm")
    if name == "f":
        return int(cell[:6].ljust(6, "0"))
    if name == "z":
        if cell == "Z":
            return 0
        minutes = int(cell[1:3]) * 60 + int(cell[3:].lstrip(":") or 0)
        return (-minutes if cell[0] == "-" else minutes) * 60 * SECOND
    return int(cell)


def _assembled(fields: dict[str, Ints], bad: NDArray[np.bool_]) -> Moments:
    none = np.zeros(len(bad), dtype=np.int64)
    year = fields["Y"] if "Y" in fields else _century(fields.get("y", none + 70))
    quarter = fields["q"] * 3 - 2 if "q" in fields else none + 1
    month = next((fields[name] for name in "mbB" if name in fields), quarter)
    day = fields.get("d", none + 1)
    hour = fields.get("H", none)
    if "I" in fields:
        bad = bad | (fields["I"] < 1) | (fields["I"] > 12)  # noqa: PLR2004
        hour = fields["I"] % 12 + 12 * fields.get("p", none)
    minute, second = fields.get("M", none), fields.get("S", none)
    bad = bad | (year < YEARS[0]) | (year > YEARS[1]) | (month < 1) | (month > 12)  # noqa: PLR2004
    bad = bad | (hour > 23) | (minute > 59) | (second > 59)  # noqa: PLR2004
    months = (np.where(bad, 0, (year - 1970) * 12 + month - 1)).astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    bad = bad | (day < 1) | (day > ((months + np.timedelta64(1, "M")).astype("datetime64[D]") - first).astype(np.int64))
    days = first.astype(np.int64) + np.where(bad, 1, day) - 1
    if "j" in fields:
        years = months.astype("datetime64[Y]")
        longest = ((years + np.timedelta64(1, "Y")).astype("datetime64[D]") - years.astype("datetime64[D]")).astype(
            np.int64
        )
        bad = bad | (fields["j"] < 1) | (fields["j"] > longest)
        days = days + fields["j"] - 1
    seconds = hour * 3600 + minute * 60 + second
    return Moments(days * DAY + seconds * SECOND + fields.get("f", none), bad)


def _century(year: Ints) -> Ints:
    return year + np.where(year < 69, 2000, 1900)  # noqa: PLR2004  (as POSIX strptime does)


def write(moment: int, form: str, offset: int = 0) -> str:
    """One moment under a form.

    Args:
        moment: Microseconds since 1970, already in the offset to be written.
        form: As `pieces` knows it.
        offset: Microseconds ahead of UTC, for `%z`.

    >>> write(0, "%Y/%-m/%-d %-H:%M")
    '1970/1/1 0:00'
    """
    at = _EPOCH + timedelta(microseconds=int(moment))
    return "".join(_field(at, text, offset) if is_field else text for is_field, text in pieces(form))


def _field(at: datetime, name: str, offset: int) -> str:
    kind = plain(name)
    if kind == "f":
        return f"{at.microsecond:06d}".ljust(9, "0")[: int(name[0]) if name[0].isdigit() else 6]
    if kind == "z":
        sign, minutes = "-" if offset < 0 else "+", abs(offset) // (60 * SECOND)
        return f"{sign}{minutes // 60:02d}{':' if name[0] == ':' else ''}{minutes % 60:02d}"
    if kind in ("b", "B"):
        return (MONTHS if kind == "b" else LONG_MONTHS)[at.month - 1]
    if kind in ("a", "A"):
        return WEEKDAYS[at.weekday()][: 3 if kind == "a" else None]
    if kind == "p":
        return "AM" if at.hour < 12 else "PM"  # noqa: PLR2004
    numbers = {"Y": at.year, "y": at.year % 100, "m": at.month, "d": at.day, "H": at.hour, "I": (at.hour - 1) % 12 + 1,
               "M": at.minute, "S": at.second, "j": at.timetuple().tm_yday, "q": (at.month + 2) // 3}  # fmt: skip
    return str(numbers[kind]) if name[0] == "-" else f"{numbers[kind]:0{_WIDTHS[kind]}d}"


def unpadded(form: str, short: frozenset[str]) -> str:
    """The form with the fields in `short` written without a leading zero."""
    return "".join(
        f"%{'-' if name in short else ''}{name}" if is_field else name.replace("%", "%%")
        for is_field, name in pieces(form)
    )
