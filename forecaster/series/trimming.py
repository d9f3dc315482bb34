"""Series as one flat array, each from its first number to its last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecaster.errors import DataError, quoted

if TYPE_CHECKING:
    from forecaster.series import Floats, Ints
    from forecaster.series.ordering import Ordered


@dataclass(frozen=True, eq=False)
class Trimmed:
    """S series on a clock's steps.

    Attributes:
        values: (ΣT,) NaN where a step has no value.
        offsets: (S + 1,)
        starts: (S,) the step of each series' first number.
        ids: Their names.
        last_lines: (S,) the line of each series' newest number.
        codes: (S,) the id of each series, as the records have it.
        notes: What was left out, in words.
        empty: Series without a number.
    """

    values: Floats
    offsets: Ints
    starts: Ints
    ids: tuple[str, ...]
    last_lines: Ints
    codes: Ints
    notes: tuple[str, ...]
    empty: tuple[str, ...]


def trim(
    records: Ordered,
    steps: Ints,
    ids: tuple[str, ...],
    targets: tuple[str, ...],
    *,
    id_column: str | None,
    file: str,
    ahead: bool = False,
) -> Trimmed:
    """Lay each series from its first number to its last.

    Args:
        records: Sorted, each series and time once.
        steps: (R,) the step of each record.
        ids: The names that the records' codes mean.
        targets: (M,) the names of their values; with an id column and several targets a series is `id/target`.
        id_column: Whether there is one.
        file: The path for messages.
        ahead: Whether rows after the newest number say what is known of the future.

    Raises:
        DataError: If no series has a number.
    """
    parts = [_target(records, steps, place, len(ids)) for place in range(len(targets))]
    names = [[_name(identity, target, id_column, len(targets)) for target in targets] for identity in ids]
    found = [
        (name, series, part[series]) for series, row in enumerate(names) for name, part in zip(row, parts, strict=True)
    ]
    codes = [series for _, series, piece in found if piece is not None]
    kept = [(name, piece) for name, _, piece in found if piece is not None]
    empty = tuple(name for name, _, piece in found if piece is None)
    if not kept:
        columns = ", ".join(quoted(target) for target in targets)
        many = "columns" if len(targets) > 1 else "column"
        raise DataError(f"{many} {columns} {'have' if len(targets) > 1 else 'has'} no numbers in {len(records)} rows",
                        hint="name another column in data.target", file=file, subject="data.target")  # fmt: skip
    offsets = np.concatenate([[0], np.cumsum([len(piece.values) for _, piece in kept])]).astype(np.int64)
    notes = [f"series {quoted(name)} has no numbers and is left out" for name in empty]
    notes += _edges([(name, piece.leading, piece.leading_line) for name, piece in kept], "before the first")
    if not ahead:
        notes += _edges([(name, piece.trailing, piece.trailing_line) for name, piece in kept], "after the last")
    return Trimmed(
        kept[0][1].values if len(kept) == 1 else np.concatenate([piece.values for _, piece in kept]),
        offsets,
        np.array([piece.start for _, piece in kept], dtype=np.int64),
        tuple(name for name, _ in kept),
        np.array([piece.last_line for _, piece in kept], dtype=np.int64),
        np.array(codes, dtype=np.int64),
        tuple(notes),
        empty,
    )


@dataclass(frozen=True, eq=False)
class _Piece:
    values: Floats  # (T,)
    start: int
    last_line: int
    leading: int
    leading_line: int
    trailing: int
    trailing_line: int


def _name(identity: str, target: str, id_column: str | None, targets: int) -> str:
    if id_column is None:
        return target
    return identity if targets == 1 else f"{identity}/{target}"


def _target(records: Ordered, steps: Ints, place: int, count: int) -> list[_Piece | None]:
    values = records.values[:, place]
    edges = np.searchsorted(records.series, np.arange(count + 1))
    known = np.flatnonzero(~np.isnan(values))
    firsts, ends = np.searchsorted(known, edges[:-1]), np.searchsorted(known, edges[1:])
    return [
        None
        if first == end
        else _piece(records, steps, values, (int(low), int(high)), (int(known[first]), int(known[end - 1])))
        for low, high, first, end in zip(edges[:-1], edges[1:], firsts, ends, strict=True)
    ]


def _piece(records: Ordered, steps: Ints, values: Floats, edge: tuple[int, int], real: tuple[int, int]) -> _Piece:
    (low, high), (first, last) = edge, real
    here = steps[first : last + 1]
    laid = np.full(int(here[-1] - here[0]) + 1, np.nan)
    laid[here - here[0]] = values[first : last + 1]
    after = records.lines[last + 1 : high]
    return _Piece(
        laid,
        int(here[0]),
        int(records.lines[last]),
        first - low,
        int(records.lines[low]),
        high - last - 1,
        int(after[0]) if len(after) else 0,
    )


def _edges(found: list[tuple[str, int, int]], where: str) -> list[str]:
    some = [(name, count, line) for name, count, line in found if count]
    if not some:
        return []
    name, _, line = some[0]
    total = sum(count for _, count, _ in some)
    cells = f"{total} empty cell{'s' if total > 1 else ''} {where} number"
    more = f" and {len(some) - 1} more" if len(some) > 1 else ""
    verb = "was" if total == 1 else "were"
    return [f"{cells} of series {quoted(name)}{more} {verb} left out (first at line {line})"]
