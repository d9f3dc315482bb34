"""Records laid on a clock: one flat array of series, with what was done to them in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, Problem, quoted, remedy
from forecaster.series import zones
from forecaster.series.clock import OffBeat, find_clock, find_season, numbered
from forecaster.series.daylight import advice, to_instants
from forecaster.series.forms import DAY
from forecaster.series.gaps import FORESEEING, Holes, behind, filled, holes
from forecaster.series.oddities import oddities
from forecaster.series.ordering import Ordered, drop_equal, join_agreeing, merge, sort
from forecaster.series.panel import Panel
from forecaster.series.placing import Laying, placed, policies, static_of, with_covariates
from forecaster.series.ticks import Clock
from forecaster.series.trimming import Trimmed, trim

if TYPE_CHECKING:
    from forecaster.config.data import DataConfig
    from forecaster.series import Ints, Times
    from forecaster.series.covariates import Covariates
    from forecaster.series.rows import Rows

__all__ = ["Holes", "Laid", "holes", "lay"]
_TWICE = "set data.duplicates to last, mean or sum, or data.id to the column that tells series apart"
MERGED = (
    remedy("data.duplicates", "last", "a later row corrects an earlier one"),
    remedy("data.duplicates", "mean", "they are measured twice"),
    remedy("data.duplicates", "sum", "they are parts of one total"),
)
_SPARSE = 20  # steps of the clock for each moment in the table, above which a date is taken for a slip
_FEW = 10_000
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Laid:
    """A panel, notes on how it came about, and the series that were empty."""

    panel: Panel
    notes: tuple[str, ...]
    empty: tuple[str, ...]


def lay(rows: Rows, targets: tuple[str, ...], data: DataConfig, *, file: str, strict: bool) -> Laid:
    """Put the records of a table in order, and lay each series on the table's clock.

    Args:
        rows: The records, in the order of the file.
        targets: (M,) the names of their values.
        data: What to do about gaps, duplicates and irregular times.
        file: The path for messages.
        strict: Whether a last value out of all proportion is an error.

    Raises:
        DataError: If times are irregular or repeated with different values, or a series is not what was asked for.
    """
    static = static_of(rows, data, file)
    laying, clock, notes = laid_out(rows, data, file)
    steps, moments = laying.steps, laying.moments
    trimmed = trim(laying.records, steps, rows.ids, targets, id_column=data.id, file=file, ahead=bool(data.known))
    panel = _panel(trimmed, clock, moments)
    values, gaps = filled(panel, data.gaps, file)
    foreseen = data.gaps in FORESEEING and bool(np.isnan(panel.values).any())
    panel = replace(panel, values=values, behind=behind(panel.values) if foreseen else None)
    beside = placed(panel, trimmed, laying, rows, data, static)
    season = data.season if isinstance(data.season, int) else find_season(panel, clock.seasons())
    odd = oddities(panel, trimmed.last_lines, file=file, strict=strict)
    unended = [] if rows.complete else ["the last line has no line end; it was read as it stands"]
    whole = (*notes, *trimmed.notes, *gaps, *_ahead(panel, beside), *odd, *unended)
    return Laid(replace(panel, season=season, covariates=beside), whole, trimmed.empty)


def in_order(rows: Rows, data: DataConfig, file: str) -> tuple[Ordered, bool, list[str]]:
    """The records of a table sorted, equal ones dropped; whether their times are instants of UTC; and notes.

    Raises:
        DataError: If a local time does not exist in the zone.
    """
    times, utc = _zoned(rows, data, file)
    records, notes = sort(Ordered(rows.series, times, with_covariates(rows, data), rows.lines))
    records, dropped = drop_equal(records)
    return records, utc, [*notes, *dropped]


def laid_out(rows: Rows, data: DataConfig, file: str) -> tuple[Laying, Clock, list[str]]:
    """The records of a table in order, one for each series and time, on the table's clock; and notes.

    Raises:
        DataError: If times are irregular or repeated with different values.
    """
    records, utc, notes = in_order(rows, data, file)
    merged: list[str] = []
    if data.resample is not None:
        from forecaster.series.resampling import resample

        records, utc = resample(records, data, rows, utc=utc, file=file)
    else:
        records, merged = _merged(records, rows, data, file)
    clock, moments, steps = _clocked(records, rows, data, utc=utc, file=file)
    return Laying(records, steps, moments), clock, [*notes, *merged]


def _ahead(panel: Panel, beside: Covariates | None) -> list[str]:
    count = 0 if beside is None else int((np.diff(beside.offsets) - panel.lengths).max())
    return [f"values known ahead reach {count} step{'s' if count > 1 else ''} beyond the newest one"] if count else []


def _zoned(rows: Rows, data: DataConfig, file: str) -> tuple[Ints, bool]:
    """The moments, as instants of UTC where there is a zone and the table has several hours a day."""
    if rows.counts or data.timezone is None or rows.utc or len(np.unique(rows.times % DAY)) == 1:
        return rows.times, rows.utc
    return to_instants(rows, data.timezone, file), True


def _merged(records: Ordered, rows: Rows, data: DataConfig, file: str) -> tuple[Ordered, list[str]]:
    strict = data.duplicates == "error"
    records, joined = join_agreeing(records) if data.known and strict else (records, 0)
    repeats = np.flatnonzero(records.repeats)
    if not len(repeats):
        verb = "row was" if joined == 1 else "rows were"
        return records, [f"{joined} {verb} joined with another of the same time"] if joined else []
    if strict:
        raise _repeated(records, repeats, rows, data, file)
    share = "row shares its" if len(repeats) == 1 else "rows share their"
    note = f"{len(repeats)} {share} time with another; of their values the {data.duplicates} was taken"
    policy = policies(data.duplicates, rows.values.shape[1], rows, data)
    return merge(records, policy), [f"{note} (first at line {int(records.lines[repeats].min())})"]


def _repeated(records: Ordered, repeats: Ints, rows: Rows, data: DataConfig, file: str) -> DataError:
    moments = np.unique(records.times)
    seen = None
    if not rows.counts and data.id is None and data.timezone is None:
        seen = advice(moments, records.times[repeats], rows.form)
    hint, mends = (seen[1], (seen[2],)) if seen else (_TWICE, MERGED)
    clock = Clock("step" if rows.counts else "fixed", 1, zone=data.timezone if rows.utc else None, form=rows.form)
    problems = []
    for place in repeats[:_SHOWN]:
        moment = records.times[place : place + 1]
        label = clock.label(moment if rows.counts else moment.astype("datetime64[us]"))[0]
        name = f" of series {quoted(rows.ids[int(records.series[place])])}" if data.id else ""
        pair = sorted((int(records.lines[place - 1]), int(records.lines[place])))
        what = f"{quoted(label)}{name} comes twice with different values (lines {pair[0]} and {pair[1]})"
        problems.append(Problem(what, hint, file, pair[1], remedies=mends))
    if seen:
        problems[0] = replace(problems[0], what=f"{problems[0].what}; {seen[0]}")
    if len(repeats) > _SHOWN:
        problems[-1] = replace(problems[-1], what=f"{problems[-1].what}, as do {len(repeats) - _SHOWN} more")
    return DataError.of(problems)


def _clocked(records: Ordered, rows: Rows, data: DataConfig, *, utc: bool, file: str) -> tuple[Clock, Times, Ints]:
    """The clock, its moments from the first to the last (K,), and (R,) the step of each record."""
    moments = np.unique(records.times)
    every = data.resample.every if data.resample is not None else data.freq
    clock = _found(moments, records, rows, data, every, utc=utc, file=file)
    shown = zones.to_local(moments, clock.zone) if utc and clock.zone and clock.daylong else moments
    numbers = numbered(clock, shown)
    _refuse_far(clock, shown, numbers, records, file)
    if clock.kind in ("step", "fixed") and shown is moments:
        steps = (records.times - moments[0]) // clock.every
    else:
        steps = numbers[np.searchsorted(moments, records.times)]
    return clock, _timeline(clock, shown, int(numbers[-1]) + 1), steps


def _found(
    moments: Ints, records: Ordered, rows: Rows, data: DataConfig, every: str | None, *, utc: bool, file: str
) -> Clock:
    zone = data.timezone or ("UTC" if "%z" in rows.form or "%:z" in rows.form else None)
    times: Times = moments if rows.counts else moments.astype("datetime64[us]")
    try:
        if zone is None or utc or rows.counts:
            return find_clock(times, freq=every, zone=None if rows.counts else zone, form=rows.form)
        return replace(find_clock(times, freq=every, zone=None, form=rows.form), zone=zone)
    except DataError as error:
        line = None
        if isinstance(error, OffBeat):
            line = int(records.lines[np.flatnonzero(records.times == moments[error.index])[0]])
        error.problems = tuple(replace(problem, file=file, line=line) for problem in error.problems)
        error.args = ("\n".join(error.lines()),)
        raise


def _refuse_far(clock: Clock, shown: Ints, numbers: Ints, records: Ordered, file: str) -> None:
    """A year mistyped would make a table of mostly nothing."""
    if int(numbers[-1]) + 1 <= _SPARSE * len(numbers) + _FEW:
        return
    jump = int(np.argmax(np.diff(numbers)))
    pair = shown[jump : jump + 2]
    before, after = clock.label(pair if clock.kind == "step" else pair.astype("datetime64[us]"))
    lone = jump + 1 if jump + 1 > len(numbers) // 2 else jump
    line = int(records.lines[np.flatnonzero(records.times == np.unique(records.times)[lone])[0]])
    raise DataError(
        f"from {quoted(before)} to {quoted(after)} are {int(numbers[jump + 1] - numbers[jump])} steps "
        f"of {clock.describe()}, in a table of {len(numbers)} moments",
        hint="correct the date that is far off, or set data.freq to a longer step",
        file=file,
        line=line,
    )


def _timeline(clock: Clock, shown: Ints, count: int) -> Times:
    if clock.kind == "weekday":
        return shown.astype("datetime64[us]")
    first = shown[:1]
    if clock.kind == "step":
        return np.asarray(first[0] + clock.every * np.arange(count))
    start = first.astype("datetime64[us]")
    return np.concatenate([start, clock.after(start, count - 1)]) if count > 1 else start


def _panel(trimmed: Trimmed, clock: Clock, moments: Times) -> Panel:
    first = int(trimmed.starts.min())
    last = int((trimmed.starts + np.diff(trimmed.offsets)).max())
    return Panel(trimmed.values, trimmed.offsets, trimmed.starts - first, trimmed.ids, moments[first:last], clock)
