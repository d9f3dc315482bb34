"""The overview of a run: what it says next, how it did, where it errs, how it was trained."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from forecaster.errors import UsageError, quoted
from forecaster.views.curves import draw_errors, draw_losses
from forecaster.views.folds import draw_folds
from forecaster.views.history import draw_history
from forecaster.views.sheets import LINE, house_style, settled, sheet, wrapped
from forecaster.views.style import empty, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from forecaster.views.picture import Picture

SUFFIXES = ("png", "svg")
VERDICT = 300  # characters that are shown
WIDTH = LINE


def overview(picture: Picture) -> Figure:
    """Draw the panels of a run, readable at the width of a README.

    Above all the newest past and the newest forecast, then the folds of the test part beside the naive forecast, and
    below them the error by step ahead and the losses.

    Args:
        picture: What is shown; a part that is None or empty leaves a panel that says so.

    Returns:
        A figure that belongs to no window and to no global state.
    """
    with house_style():
        figure = sheet(9.6, _head(picture))
        top, bottom = figure.subfigures(2, 1, height_ratios=(7, 3), squeeze=False)[:, 0]
        history, values, rest = top.subplots(3, 1, height_ratios=(4, 4, 2.2))
        errors, losses = bottom.subplots(1, 2)
        top.suptitle(wrapped(plain(picture.verdict, VERDICT)), x=0.012, ha="left", fontsize=11)
        draw_history(history, picture)
        _draw_test(values, rest, picture)
        draw_errors(errors, picture.errors, picture.target, of=picture.of)
        draw_losses(losses, picture.losses)
        return settled(figure)


def render(figure: Figure, suffix: str) -> bytes:
    """The picture's file: the same figure gives the same bytes, for no date is written into it.

    Args:
        figure: As `overview`, `memory`, `attention` or `importance` drew it.
        suffix: `png` or `svg`, with or without a point.

    Raises:
        UsageError: If the suffix is another one.
    """
    kind = suffix.lower().removeprefix(".")
    if kind not in SUFFIXES:
        raise UsageError(f"a picture cannot be written as {quoted(suffix)}", hint="name the file .png or .svg")
    buffer = io.BytesIO()
    undated = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
    with house_style():
        figure.savefig(buffer, format=kind, metadata=undated)
    return buffer.getvalue()


def _draw_test(values: Axes, rest: Axes, picture: Picture) -> None:
    if picture.folds is None or len(picture.folds.cutoffs) == 0:
        empty(values, "Test", "No fold was scored.")
        rest.set_axis_off()
        return
    rest.sharex(values)
    draw_folds(values, rest, picture.folds, picture.target)


def _head(picture: Picture) -> str:
    if not picture.series:
        return plain(picture.title)
    of = f", one of {picture.of} series" if picture.of > 1 else ""
    return f"{plain(picture.title)}: {plain(picture.series)}{of}"
