"""The sheet that every picture is drawn on: in our own style, without a screen, laid out once."""

from __future__ import annotations

import textwrap
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from forecaster.views.style import RC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.transforms import Bbox

WIDTH = 9.2  # inches: readable at the width of a README
PLACES = 6  # of a share of the picture: far below a pixel
LINE = 100  # characters in a line of what stands under the head


@contextmanager
def house_style() -> Iterator[None]:
    """Our own settings over matplotlib's, whatever the user's matplotlibrc says."""
    with matplotlib.style.context(["default", RC]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)  # a name in another script
        yield


def sheet(height: float, head: str) -> Figure:
    """A figure that belongs to no window and to no global state, with its head in the upper left corner.

    Args:
        height: In inches.
        head: Already `plain`.
    """
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(head, x=0.012, ha="left", fontsize=13, weight="bold")
    return figure


def wrapped(text: str) -> str:
    """What stands under the head, in lines that fit."""
    return "\n".join(textwrap.wrap(text, LINE))


def settled(figure: Figure) -> Figure:
    """The figure, laid out for good: every further drawing would move things by a hair."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    # The solver's last digits differ from one time to the next, and names in an SVG are made from them.
    for part in figure.subfigs:
        part.bbox_relative.bounds = _rounded(part.bbox_relative)
    for axes in figure.axes:
        axes.set_position(_rounded(axes.get_position()))
    return figure


def _rounded(box: Bbox) -> tuple[float, float, float, float]:
    x, y, width, height = box.bounds
    return round(x, PLACES), round(y, PLACES), round(width, PLACES), round(height, PLACES)
