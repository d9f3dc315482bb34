"""The rows that somebody has to fill in, so that what is known ahead is known: CSV text to go below the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.series.writing import cells_of, line_of

if TYPE_CHECKING:
    from forecaster.series import Floats
    from forecaster.series.covariates import Covariates
    from forecaster.series.panel import Panel
    from forecaster.series.writing import Layout


def template(panel: Panel, layout: Layout, horizon: int) -> str:
    """The next rows of each series, with its time, its name and what is static, and empty cells for the rest.

    The columns are those of the table, in its order, so that the rows can be put below it once they are filled in.
    Rows of which the table knows everything already are left out; what it knows in part is filled in.

    Args:
        panel: The series.
        layout: Their table.
        horizon: H, rows for each series.
    """
    header = layout.header or (*layout.time, *([layout.id] if layout.id else []), *layout.targets, *layout.known)
    lines = [line_of(header, layout.delimiter)]
    for name, series in _newest(panel, layout).items():
        alone = panel.select(np.array([series]))
        for label, told in zip(panel.clock.label(alone.future(horizon)[0]), _told(alone, horizon), strict=True):
            if not _whole(alone.covariates, told):
                cells = {**_named(label, name, panel, layout), **_texts(alone.covariates, told, layout)}
                lines.append(line_of([cells.get(column, "") for column in header], layout.delimiter))
    return "".join(lines)


def _newest(panel: Panel, layout: Layout) -> dict[str, int]:
    """Of each id, the series that reaches furthest; without ids, of all."""
    found: dict[str, int] = {}
    for index, name in enumerate(panel.ids):
        identity = "" if layout.id is None else name
        if layout.id is not None and len(layout.targets) > 1:
            identity = next(name.removesuffix(f"/{target}") for target in layout.targets if name.endswith(f"/{target}"))
        if identity not in found or panel.last[index] > panel.last[found[identity]]:
            found[identity] = index
    return found


def _told(alone: Panel, horizon: int) -> Floats:
    """(H, Ck) what the table knows of the steps after its newest value."""
    if alone.covariates is None:
        return np.empty((horizon, 0))
    known = alone.covariates.known[alone.values.size :][:horizon]
    return np.concatenate([known, np.full((horizon - len(known), known.shape[1]), np.nan)])


def _whole(beside: Covariates | None, told: Floats) -> bool:
    """Whether a row (Ck,) lacks nothing that has to be filled in."""
    wanted = [] if beside is None else [name not in beside.repeated for name in beside.known_names]
    return any(wanted) and not np.isnan(told[wanted]).any()


def _named(label: str, name: str, panel: Panel, layout: Layout) -> dict[str, str]:
    """The cells that say which row it is."""
    times = cells_of(label, len(layout.time), panel.clock.form) if layout.time else []
    cells = dict(zip(layout.time, times, strict=True))
    return {**cells, layout.id: name} if layout.id else cells


def _texts(beside: Covariates | None, told: Floats, layout: Layout) -> dict[str, str]:
    """The cells of a row (Ck,) that are known, and of what is static."""
    if beside is None:
        return {}
    names = (*beside.known_names, *beside.static_names)
    values = (*told.tolist(), *beside.static[0].tolist())
    return {name: _text(value, beside.categories.get(name), layout) for name, value in zip(names, values, strict=True)}


def _text(value: float, categories: tuple[str, ...] | None, layout: Layout) -> str:
    """A cell that reads back as the same value."""
    if np.isnan(value):
        return ""
    if categories is not None:
        return categories[int(value)]
    return repr(value).removesuffix(".0").replace(".", layout.decimal)
