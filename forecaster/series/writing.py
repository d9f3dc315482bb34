"""A forecast as CSV text, under the user's own column names."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from forecaster.errors import DataError, RunError, quoted
from forecaster.series.forms import pieces, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecaster.series import Times
    from forecaster.series.clock import Clock
    from forecaster.series.forecast import Forecast

OUR_COLUMNS = ("forecast", "status")  # beside a pair such as lower_80, upper_80 for each interval
ENDING = ".forecast.csv"  # what `predict` adds to the stem of the table
PATHS_ENDING = ".paths.csv"
STEP_COLUMN = "step"
SERIES_COLUMN = "series"
_LOWER = re.compile(r"lower_[0-9.]+")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_DIGITS = 10
_LONGEST_WHOLE = 1e16  # above, a number is written with an exponent


@dataclass(frozen=True)
class Layout:
    """How the user's table looks, so that forecasts look the same.

    Attributes:
        time: The columns of the time; none where rows are counted.
        id: The column that tells series apart.
        targets: The columns that are forecast.
        delimiter: Between fields.
        decimal: In numbers.
        thousands: Between thousands, in what is read; never written.
        past: The columns of covariates that are seen up to the cutoff.
        known: Those known ahead.
        static: Those constant for each series.
        header: All columns of the table, in their order.
    """

    time: tuple[str, ...]
    id: str | None
    targets: tuple[str, ...]
    delimiter: str = ","
    decimal: str = "."
    thousands: str | None = None
    past: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    header: tuple[str, ...] = ()

    @property
    def series_column(self) -> str | None:
        """The column that names the series in a forecast; None where there is but one."""
        if len(self.targets) > 1:
            return SERIES_COLUMN
        return self.id

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Self:
        """The layout that `to_dict` wrote.

        Raises:
            RunError: If something else wrote it.
        """
        try:
            texts: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in saved.items()}
            layout = cls(**texts)
        except (TypeError, AttributeError) as error:
            raise RunError(f"{quoted(saved)} is not the layout of a table", hint="train the run again") from error
        return layout


def interval_columns(intervals: Sequence[float]) -> list[str]:
    """The columns of the intervals: 0.8 makes lower_80 and upper_80."""
    return [f"{end}_{round(level * 100, 6):g}" for level in intervals for end in ("lower", "upper")]


def write_forecast(forecast: Forecast, layout: Layout, clock: Clock) -> str:
    """The forecast as CSV: time, series, forecast, a pair of columns an interval, status.

    Numbers have at most ten significant digits; a text that a spreadsheet would take for a formula gets a `'`.

    Args:
        forecast: S series over H steps.
        layout: The table that was forecast from.
        clock: Its clock.
    """
    time, series = layout.time or (STEP_COLUMN,), layout.series_column
    named = [] if series is None else [series]
    header = [*time, *named, "forecast", *interval_columns(forecast.intervals), "status"]
    moments, codes = np.unique(np.asarray(forecast.times), return_inverse=True)
    labels = [cells_of(label, len(time), clock.form) for label in clock.label(cast("Times", moments))]
    numbers = _numbers(forecast)
    status = forecast.status or (("ok",) * forecast.horizon,) * len(forecast.ids)
    lines = [[safe(name) for name in header]]
    places: Any = codes.reshape(forecast.times.shape).tolist()
    for row, steps in enumerate(places):
        name = [] if series is None else [safe(forecast.ids[row])]
        for step, moment in enumerate(steps):
            cells = [written(number, layout.decimal) for number in numbers[row, step].tolist()]
            lines.append([*labels[moment], *name, *cells, safe(status[row][step])])
    return "".join(line_of(line, layout.delimiter) for line in lines)


def _numbers(forecast: Forecast) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(S, H, 1 + 2 I) the numbers of each line."""
    if not forecast.intervals:
        return forecast.values[..., None]
    pairs = np.stack([forecast.lower, forecast.upper], axis=-1)
    return np.concatenate([forecast.values[..., None], pairs.reshape(*forecast.values.shape, -1)], axis=-1)


def cells_of(label: str, columns: int, form: str) -> list[str]:
    """The cells of a label: several time columns are one form with a blank between them."""
    words, blanks = label.split(" "), _blanks_before_hour(form)
    if columns == 2 and blanks > 1:  # noqa: PLR2004  (a date such as Jan 5, 2024 holds blanks of its own)
        return [" ".join(words[:blanks]), " ".join(words[blanks:])]
    return [label] if columns == 1 else label.split(" ", columns - 1)


def _blanks_before_hour(form: str) -> int:
    """How many blanks stand before the hour; 0 where there is none."""
    blanks = 0
    for is_field, text in pieces(form):
        if is_field and plain(text) in ("H", "I"):
            return blanks
        blanks += 0 if is_field else text.count(" ")
    return 0


def written(number: float, decimal: str = ".") -> str:
    """A number as shortly as ten significant digits allow; nothing where there is none.

    >>> written(0.1 + 0.2), written(12345678901.0), written(float("nan"))
    ('0.3', '12345678900', '')
    """
    if not np.isfinite(number):
        return ""
    text = f"{number:.{_DIGITS}g}"
    if "e" in text and 1 <= abs(number) < _LONGEST_WHOLE:
        text = f"{float(text):.0f}"
    text = "0" if text == "-0" else text
    return text if decimal == "." else text.replace(".", decimal)


def line_of(cells: Sequence[str], delimiter: str) -> str:
    """One line of a CSV."""
    return delimiter.join(_quoted(cell, delimiter) for cell in cells) + "\n"


def _quoted(cell: str, delimiter: str) -> str:
    # Unlike csv.writer before Python 3.13, quotes a lone carriage return too.
    if any(mark in cell for mark in (delimiter, '"', "\n", "\r")):
        doubled = cell.replace('"', '""')
        return f'"{doubled}"'
    return cell


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def refuse_ours(names: Sequence[str], file: str) -> None:
    """Refuse a table that `predict` has written, as input.

    Raises:
        DataError: Naming the table it was made from, where its name tells.
    """
    if file.endswith(PATHS_ENDING) and names[:1] == ("path",) and names[-1:] == ("value",):
        raise DataError("holds paths that were drawn, not a table of values", hint="give the table of actual values",
                        file=file, line=1)  # fmt: skip
    ours = [name for name in names if name in OUR_COLUMNS or _LOWER.fullmatch(name)]
    if not set(OUR_COLUMNS) <= set(ours) or len(ours) == len(OUR_COLUMNS):
        return
    stem = file.rsplit("/", 1)[-1].removesuffix(ENDING)
    origin = f", made from {quoted(stem + '.csv')}" if file.endswith(ENDING) else ""
    raise DataError(
        f"is a forecast{origin}, not a table of values: it has the columns {', '.join(quoted(name) for name in ours)}",
        hint="give the table of actual values",
        file=file,
        line=1,
    )
