"""Where one window's weights of attention lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import Normalize

from forecaster.views.heat import OPEN, Shade, borders, draw_heat, draw_scale, draw_window, edges_of
from forecaster.views.memory import head_of
from forecaster.views.sheets import house_style, settled, sheet, wrapped
from forecaster.views.style import GREY, LOOKS, TICKS, Numbers, name_steps, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from forecaster.series import Floats
    from forecaster.views.inside import Attention

HEADS = 8  # with a panel of their own; more become rows of colours
ROW, VALUES, ABOVE = 0.95, 1.7, 1.15  # inches
LEAST, MOST = 1.6, 5.0  # inches of the rows of colours
EACH = 0.14  # inches of one of them
DENSE = 3  # rows between two numbers: so few, and the first multiple of it would touch the 1


def attention(inside: Attention) -> Figure:
    """Draw the window, and below it how much weight each of its steps was given.

    A few heads have a panel each; steps ahead (and many heads) are rows of colours, the first one on top.

    Args:
        inside: The weights for one window.

    Returns:
        A figure that belongs to no window and to no global state.
    """
    count = len(inside.weights)
    rows = inside.rows == "step ahead" or count > HEADS
    heights = [float(np.clip(EACH * count, LEAST, MOST))] if rows else [ROW] * count
    with house_style():
        figure = sheet(ABOVE + VALUES + sum(heights), head_of(inside.window))
        (body,) = figure.subfigures(1, 1, squeeze=False)[0]
        body.suptitle(wrapped(_about(inside)), x=0.012, ha="left", fontsize=11)
        panels = body.subplots(1 + len(heights), 1, sharex=True, height_ratios=(VALUES, *heights))
        draw_window(panels[0], inside.window, plain(inside.window.target))
        if rows:
            _draw_rows(panels[1], inside)
        else:
            _draw_heads(panels[1:], inside)
        name_steps(panels[-1], inside.window.times)
        return settled(figure)


def _about(inside: Attention) -> str:
    column = "" if inside.segment is None else f" · a weight is for {inside.segment} steps"
    return f"cutoff {plain(inside.window.cutoff, 40)} · {plain(inside.layer, 60)}{column}"


def spread(weights: Floats) -> Floats:
    """(A,) on how many steps the weight of each row (A, P) lies, were it even: the exponent of its entropy.

    >>> spread(np.array([[0.25, 0.25, 0.25, 0.25], [0.0, 1.0, 0.0, 0.0]])).tolist()
    [4.0, 1.0]
    """
    shares = np.where(weights > 0, weights, 1.0)
    return np.asarray(np.exp(-np.sum(weights * np.log(shares), axis=-1)))


def _draw_heads(panels: Sequence[Axes], inside: Attention) -> None:
    patches = inside.weights.shape[1]
    steps = edges_of(inside.window.times)[borders(len(inside.window.times), patches, inside.segment)]
    most = 1.1 * max(float(inside.weights.max()), 1 / patches)
    for head, (axes, row) in enumerate(zip(panels, inside.weights, strict=True), start=1):
        axes.stairs(row, steps, fill=True, color=LOOKS["model"].colour, linewidth=0)
        axes.axhline(1 / patches, color=GREY, linewidth=1.0, linestyle=(0, (4, 1.5)))
        axes.set_ylim(0, most)
        axes.yaxis.set_major_formatter(Numbers())
        title = f"head {head}: spread over {float(spread(row[None])[0]):.3g} of {patches} {_steps(inside)}"
        axes.set_title(title + ("; dashed: evenly" if head == 1 else ""), fontsize=9.5, weight="normal", pad=3)
        axes.set_ylabel("weight")
    for axes in panels[:-1]:
        axes.tick_params(axis="x", labelbottom=False)


def _steps(inside: Attention) -> str:
    return "steps" if inside.segment is None else "segments"


def _draw_rows(axes: Axes, inside: Attention) -> None:
    count, patches = inside.weights.shape
    shade = Shade(OPEN, Normalize(0.0, float(inside.weights.max()) or 1.0))
    mesh = draw_heat(axes, inside.window, inside.weights, inside.segment, shade)
    axes.set_ylim(count, 0)
    axes.set_yticks(*_ticks(count))
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel(inside.rows)
    middle = float(np.median(spread(inside.weights)))
    axes.set_title(
        f"weight: each row sums to 1, and is spread over {middle:.3g} of {patches} {_steps(inside)} (median)",
        fontsize=9.5, weight="normal", pad=3,
    )  # fmt: skip
    draw_scale(axes, mesh, shade)


def _ticks(count: int) -> tuple[list[float], list[str]]:
    """The middles of some rows, and their numbers from 1."""
    every = -(-count // TICKS)
    shown = range(1, count + 1, every) if every <= DENSE else [1, *range(every, count + 1, every)]
    return [number - 0.5 for number in shown], [str(number) for number in shown]
