"""Joint paths of the future as CSV text, under the user's own column names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from forecaster.series.writing import STEP_COLUMN, cells_of, line_of, safe, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.series import Floats, Times
    from forecaster.series.clock import Clock
    from forecaster.series.forecast import Forecast
    from forecaster.series.writing import Layout

PATH_COLUMN, VALUE_COLUMN = "path", "value"


def write_paths(paths: Floats, forecast: Forecast, layout: Layout, clock: Clock) -> str:
    """The paths as CSV: path (from 1), time, series where there is such a column, value; one path after another.

    Numbers and texts look as in the table of the forecast, and are as safe to open in a spreadsheet.

    Args:
        paths: (S, P, H) in the data's own units.
        forecast: Of the same S series and H steps.
        layout: The table that was forecast from.
        clock: Its clock.
    """
    time, series = layout.time or (STEP_COLUMN,), layout.series_column
    header = [PATH_COLUMN, *time, *([] if series is None else [series]), VALUE_COLUMN]
    return line_of([safe(name) for name in header], layout.delimiter) + "".join(_lines(paths, forecast, layout, clock))


def _lines(paths: Floats, forecast: Forecast, layout: Layout, clock: Clock) -> Iterator[str]:
    places = _places(forecast, layout, clock)
    for path in range(paths.shape[1]):
        for series, steps in enumerate(places):
            for place, number in zip(steps, paths[series, path].tolist(), strict=True):
                value = line_of([written(number, layout.decimal)], layout.delimiter)
                yield f"{path + 1}{layout.delimiter}{place}{layout.delimiter}{value}"


def _places(forecast: Forecast, layout: Layout, clock: Clock) -> list[list[str]]:
    """The cells between path and value of each series and step, which are the same for every path."""
    moments, codes = np.unique(np.asarray(forecast.times), return_inverse=True)
    columns = len(layout.time) or 1
    labels = [cells_of(label, columns, clock.form) for label in clock.label(cast("Times", moments))]
    rows: Any = codes.reshape(forecast.times.shape).tolist()
    names = [[] if layout.series_column is None else [safe(name)] for name in forecast.ids]
    return [
        [line_of([*labels[moment], *name], layout.delimiter).removesuffix("\n") for moment in steps]
        for name, steps in zip(names, rows, strict=True)
    ]
