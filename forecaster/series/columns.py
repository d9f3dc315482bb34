"""Which columns the automatic choice reads, and as what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from forecaster.errors import DataError, quoted
from forecaster.series.commented import Decision

if TYPE_CHECKING:
    from pathlib import Path

    from forecaster.config.data import DataConfig
    from forecaster.series.profile import Profile

# What people call the column that they want to know, the plainest names first; what is sold, before its price.
TARGETS = (
    *("target", "y", "close", "adj close", "value", "values", "sales", "price", "demand", "load", "consumption"),
    *("count", "quantity", "total", "orders", "visitors", "traffic", "passengers", "revenue", "temperature"),
)
COUNTERS = ("step", "t", "index", "tick", "no", "n", "row", "id", "year")  # columns that only number the rows


TIMES = ("date", "time", "datetime", "timestamp", "ds", "day", "week", "month", "quarter", "year", "period")


def columns_of(profile: Profile, given: DataConfig, path: Path) -> list[Decision]:
    """Time, id and target of a table, and how its numbers are written.

    Args:
        profile: Of the table.
        given: What is known of it already: the time, where somebody named it.
        path: Of the table, for messages.

    Raises:
        DataError: If a column is called like a time, and none reads as times.
    """
    if given.time is not None:
        profile = replace(profile, time=given.time, numbers=tuple(n for n in profile.numbers if n not in given.time))
    counters = _counters(profile)
    time = profile.time or counters[:1]
    if not time:
        _refuse_unread_times(profile, path)
    found = []
    if profile.time:
        found.append(Decision("data.time", _one_or_more(time), ""))
    elif counters:
        found.append(Decision("data.time", counters[0], "numbers the rows"))
    if profile.id is not None:
        found.append(Decision("data.id", profile.id, "times repeat, but not for one of these"))
    numbers = tuple(name for name in profile.numbers if name not in counters)
    texts = tuple(name for name in profile.texts if name and name not in time)
    found.append(_target(numbers, texts, named=len(numbers) == len(profile.numbers)))
    if profile.decimal != ".":
        found.append(Decision("data.decimal", profile.decimal, "numbers read with a comma only"))
    return found


def _refuse_unread_times(profile: Profile, path: Path) -> None:
    """Rows are not counted as steps where a column tells their times in a way that is not understood."""
    for name in (*profile.texts, *profile.numbers):
        if name.casefold().strip() in TIMES:
            raise DataError(
                f"column {quoted(name)} is called like a time, but its cells do not read as times",
                hint="write dates such as 2024-03-05, or name it and say how it is written: "
                "--set data.time=NAME --set data.time_format=... (or data.time_unit=s)",
                file=path,
                subject=name,
            )


def _counters(profile: Profile) -> tuple[str, ...]:
    """Columns of numbers that differ in every row and are called so."""
    if profile.id is not None:
        return ()
    unlike = {column.name for column in profile.columns if column.distinct == profile.rows}
    return tuple(name for name in profile.numbers if name in unlike and name.casefold().strip() in COUNTERS)


def _target(numbers: tuple[str, ...], texts: tuple[str, ...], *, named: bool) -> Decision:
    if len(numbers) == 1:
        return Decision("data.target", numbers[0], "the only column of numbers")
    known = {name.casefold().strip(): name for name in reversed(numbers)}
    for name in TARGETS:
        if name in known:
            return Decision("data.target", known[name], f"by its name, of {len(numbers)} columns of numbers")
    if not numbers and texts:
        return Decision("data.target", texts[-1], "no column has numbers")  # reading it says what is wrong, and where
    if named or not numbers:
        return Decision("data.target", "*", "every column of numbers, since none has a name that stands out")
    return Decision("data.target", numbers, "every column of numbers that does not only count")


def _one_or_more(names: tuple[str, ...]) -> str | tuple[str, ...]:
    return names[0] if len(names) == 1 else names
