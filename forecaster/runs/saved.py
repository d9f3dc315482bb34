"""Tables inside a run, as text and back: the end of the history, the losses, the forecasts that were published.

Numbers are written so that they are read back to the same bits; a value that is missing is an empty cell.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from forecaster.errors import RunError, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from forecaster.series import Floats, Ints

Table = TypeVar("Table")
_HISTORY = ["series", "time", "value"]
_LOSSES = ["epoch", "steps", "training", "validation"]
_FORECAST = ["series", "time", "forecast"]
_FORMULA = tuple("=+-@\t\r'")  # what a spreadsheet would run, and the mark that keeps it from that


@dataclass(frozen=True, eq=False)
class History:
    """The end of S series.

    Attributes:
        ids: The name of each series.
        times: For each series (T,), as the user's file writes them.
        values: For each series (T,), NaN in holes.
    """

    ids: tuple[str, ...]
    times: tuple[tuple[str, ...], ...]
    values: tuple[Floats, ...]


@dataclass(frozen=True, eq=False)
class Losses:
    """How a training went, one row an epoch: (E,) each, the validation loss NaN where there was none."""

    epochs: Ints
    steps: Ints
    training: Floats
    validation: Floats


@dataclass(frozen=True, eq=False)
class SavedForecast:
    """A forecast that was published: S series, H steps, I intervals.

    Attributes:
        ids: The name of each series.
        times: For each series (H,), as the user's file writes them.
        values: (S, H)
        intervals: (I,) the share of the future that each should cover, such as 0.8.
        lower: (S, H, I)
        upper: (S, H, I)
        status: For each series (H,) words: `ok`, or what a reader must know.
        moments: (S, H) the times as the clock counts them, microseconds or steps; empty where they are not known.
        baseline: Who else was asked the same night; empty for nobody.
        beside: (S, H) what that one said.
    """

    ids: tuple[str, ...]
    times: tuple[tuple[str, ...], ...]
    values: Floats
    intervals: tuple[float, ...]
    lower: Floats
    upper: Floats
    status: tuple[tuple[str, ...], ...]
    moments: Ints = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))
    baseline: str = ""
    beside: Floats = field(default_factory=lambda: np.empty((0, 0)))


def history_to_csv(history: History) -> str:
    """One row a value: series, time, value."""
    rows = zip(history.ids, history.times, history.values, strict=True)
    return _text(_HISTORY, ((_safe(i), t, _cell(v)) for i, ts, vs in rows for t, v in zip(ts, vs, strict=True)))


def history_from_csv(text: str, file: object = "history.csv") -> History:
    """The history that `history_to_csv` wrote.

    Raises:
        RunError: If the text is not such a table.
    """
    return _checked(_read_history, text, file)


def losses_to_csv(losses: Losses) -> str:
    """One row an epoch: epoch, updates so far, training loss, validation loss."""
    columns = (losses.epochs, losses.steps, losses.training, losses.validation)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return _text(_LOSSES, ((e, s, _cell(t), _cell(v)) for e, s, t, v in rows))


def losses_from_csv(text: str, file: object = "losses.csv") -> Losses:
    """The losses that `losses_to_csv` wrote.

    Raises:
        RunError: If the text is not such a table.
    """
    return _checked(_read_losses, text, file)


def forecast_from_csv(text: str, file: object = "forecast") -> SavedForecast:
    """A forecast as it was kept at first: series, time, forecast, a pair of columns an interval, status.

    Raises:
        RunError: If the text is not such a table.
    """
    return _checked(_read_forecast, text, file)


def _read_history(header: list[str], rows: list[list[str]]) -> History:
    _same(header, _HISTORY)
    parts = _by_series(rows)
    return History(
        tuple(name for name, _ in parts),
        tuple(tuple(row[1] for row in part) for _, part in parts),
        tuple(np.array([_number(row[2]) for row in part]) for _, part in parts),
    )


def _read_losses(header: list[str], rows: list[list[str]]) -> Losses:
    _same(header, _LOSSES)
    whole = np.array([[int(row[0]), int(row[1])] for row in rows], dtype=np.int64).reshape(-1, 2)
    reals = np.array([[_number(row[2]), _number(row[3])] for row in rows]).reshape(-1, 2)
    return Losses(whole[:, 0], whole[:, 1], reals[:, 0], reals[:, 1])


def _read_forecast(header: list[str], rows: list[list[str]]) -> SavedForecast:
    _same(header[:3] + header[-1:], [*_FORECAST, "status"])
    intervals = tuple(float(name.removeprefix("lower_")) / 100 for name in header[3:-1:2])
    parts = _by_series(rows)
    numbers = np.array([[[_number(cell) for cell in row[2:-1]] for row in part] for _, part in parts])
    numbers = numbers.reshape(len(parts), -1, 1 + 2 * len(intervals))
    return SavedForecast(
        ids=tuple(name for name, _ in parts),
        times=tuple(tuple(row[1] for row in part) for _, part in parts),
        values=numbers[:, :, 0],
        intervals=intervals,
        lower=numbers[:, :, 1::2],
        upper=numbers[:, :, 2::2],
        status=tuple(tuple(row[-1] for row in part) for _, part in parts),
    )


def _checked(read: Callable[[list[str], list[list[str]]], Table], text: str, file: object) -> Table:
    try:
        lines = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = next(lines, [])
        return read(header, [_wide(row, len(header)) for row in lines])
    except (ValueError, IndexError, csv.Error) as error:
        raise RunError(
            f"not a table that this version wrote: {quoted(error)}", hint="train again", file=str(file)
        ) from None


class _Line:
    """What the csv module writes to: with CR LF as its line end it quotes cells that hold either, and we keep LF."""

    @staticmethod
    def write(line: str) -> str:
        return line.removesuffix("\r\n") + "\n"


def _text(header: list[str], rows: Iterable[Iterable[object]]) -> str:
    writer = csv.writer(_Line, lineterminator="\r\n")
    return "".join(writer.writerow(row) for row in chain([header], rows))


def _by_series(rows: list[list[str]]) -> list[tuple[str, list[list[str]]]]:
    return [(_bare(name), list(part)) for name, part in groupby(rows, key=lambda row: row[0])]


def _wide(row: list[str], width: int) -> list[str]:
    """A row, refused as it comes: a file of empty lines would take a hundred times its bytes."""
    _same([str(len(row))], [str(width)])
    return row


def _same(received: list[str], expected: list[str]) -> None:
    if received != expected:
        raise ValueError(f"{', '.join(received)} where {', '.join(expected)} should stand")


def _cell(value: float) -> str:
    return "" if math.isnan(value) else repr(float(value))


def _number(cell: str) -> float:
    return float(cell) if cell else math.nan


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _bare(text: str) -> str:
    return text.removeprefix("'")
