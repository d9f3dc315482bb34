"""Covariates laid on the clock, beside the values of their series and beyond them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecaster.series import calendar
from forecaster.series.covariates import Covariates, spans
from forecaster.series.extras import Where, constants

if TYPE_CHECKING:
    from forecaster.config.data import DataConfig
    from forecaster.series import Floats, Ints, Times
    from forecaster.series.ordering import Ordered
    from forecaster.series.panel import Panel
    from forecaster.series.rows import Rows
    from forecaster.series.trimming import Trimmed


def stepped(data: DataConfig) -> tuple[str, ...]:
    """The columns that have a value at each step: those of the past, then those known ahead."""
    return (*data.past, *(known.column for known in data.known))


def with_covariates(rows: Rows, data: DataConfig) -> Floats:
    """(R, M + Cp + Ck) the values of the records, and beside them what has a value at each step."""
    names = stepped(data)
    return np.concatenate([rows.values, rows.extras.of(names)], axis=1) if names else rows.values


def policies(by: str, targets: int, rows: Rows, data: DataConfig) -> str | tuple[str, ...]:
    """How each column becomes one value where several rows share a time.

    Covariates are never added up, and of categories one is taken.
    """
    names = stepped(data)
    if not names:
        return by
    number, category = ("mean" if by == "sum" else by), ("first" if by == "first" else "last")
    return (*(by,) * targets, *(category if name in rows.extras.categories else number for name in names))


def static_of(rows: Rows, data: DataConfig, file: str) -> Floats:
    """(ids, Cs) what is constant for each id.

    Raises:
        DataError: If something is not.
    """
    return constants(rows.extras, data.static, rows.series, rows.ids, Where(file, rows.lines))


class Laying(NamedTuple):
    """Records on a clock.

    Attributes:
        records: All of them; their last columns are those of `stepped`.
        steps: (R,) the step of each record.
        moments: (K,) the moments of the table, those after the newest value too.
    """

    records: Ordered
    steps: Ints
    moments: Times


def placed(
    panel: Panel, trimmed: Trimmed, laying: Laying, rows: Rows, data: DataConfig, static: Floats
) -> Covariates | None:
    """The covariates of a panel.

    Args:
        panel: Its series.
        trimmed: The same, with the step of the table at which each begins.
        laying: The records that they come from.
        rows: The file's records.
        data: What is known, past and static.
        static: (ids, Cs) as `static_of` has it.

    Returns:
        None where the config names none.
    """
    features = calendar.resolved(data.calendar, panel.clock)
    names = stepped(data)
    if not (names or data.static or features):
        return None
    records, values = laying.records, laying.records.values[:, rows.values.shape[1] :]
    past, known = values[:, : len(data.past)], values[:, len(data.past) :]
    steps = _by_moment(panel, trimmed, laying.steps, laying.moments)
    lengths = panel.lengths
    told = known[:, [column.ahead == "file" for column in data.known]]
    sizes = np.maximum(lengths, _reach(told, records, steps, trimmed) - trimmed.starts + 1)
    found = Covariates(
        past=_laid(past, records, steps, trimmed, lengths),
        known=_laid(known, records, steps, trimmed, sizes),
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        static=static[trimmed.codes],
        past_names=data.past,
        known_names=tuple(column.column for column in data.known),
        static_names=data.static,
        categories=rows.extras.categories,
        repeated=frozenset(column.column for column in data.known if column.ahead == "repeat_last"),
        calendar=features,
        settled=lengths,
    )
    return replace(found, known=found.hidden(lengths))


def _by_moment(panel: Panel, trimmed: Trimmed, steps: Ints, moments: Times) -> Ints:
    """(R,) the step of each record; after the newest value that of its moment on the clock, -1 off the clock.

    On business days the table counts its rows as steps, but a holiday of the future may be forecast, too.
    """
    end = int((trimmed.starts + panel.lengths).max())
    if panel.clock.kind != "weekday" or end >= len(moments):
        return steps
    days = int((moments[-1] - moments[end - 1]) / np.timedelta64(1, "D"))
    after = panel.clock.after(panel.times, days)
    places = np.minimum(np.searchsorted(after, moments[end:]), len(after) - 1)
    ahead = np.where(after[places] == moments[end:], end + places, -1)
    return np.where(steps < end, steps, ahead[np.maximum(steps - end, 0)])


def _reach(known: Floats, records: Ordered, steps: Ints, trimmed: Trimmed) -> Ints:
    """(S,) the last step of which something is known for each series."""
    told = ~np.isnan(known).all(axis=1) if known.shape[1] else np.zeros(len(steps), dtype=bool)
    last = np.full(int(trimmed.codes.max()) + 1, -1, dtype=np.int64)
    ours = told & (records.series < len(last))
    np.maximum.at(last, records.series[ours], steps[ours])
    return np.asarray(last[trimmed.codes])


def _laid(values: Floats, records: Ordered, steps: Ints, trimmed: Trimmed, sizes: Ints) -> Floats:
    """(Σ sizes, C) the rows of each series from its first step on."""
    offsets = np.cumsum(sizes) - sizes
    found = np.full((int(sizes.sum()), values.shape[1]), np.nan)
    begins, ends = (np.searchsorted(records.series, trimmed.codes, side) for side in ("left", "right"))
    rows = spans(begins, ends - begins)
    owners = np.repeat(np.arange(len(sizes)), ends - begins)
    places = steps[rows] - trimmed.starts[owners]
    inside = (places >= 0) & (places < sizes[owners])
    found[(offsets[owners] + places)[inside]] = values[rows[inside]]
    return found
