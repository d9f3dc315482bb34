"""What one recurrent layer does over one window, and how far back it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecaster.views.heat import draw_heat, draw_scale, draw_window, shade_of
from forecaster.views.lives import draw_lives
from forecaster.views.reach import draw_reach
from forecaster.views.sheets import house_style, settled, sheet, wrapped
from forecaster.views.style import LONGEST, name_steps, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from forecaster.series import Floats, Ints
    from forecaster.views.inside import Memory, SeenWindow

UNITS = 64  # rows of one panel that can be told apart; of more, that many are shown
TITLES = {
    "forget": "forget gate (1 keeps the cell)",
    "input": "input gate (1 lets the candidate in)",
    "output": "output gate (1 shows the cell)",
    "update": "update gate (1 keeps the old state)",
    "reset": "reset gate (0 hides the old state)",
    "candidate": "candidate (what would be written)",
    "cell": "cell (the memory)",
    "hidden": "hidden state (what goes on)",
}
GATES = ("forget", "input", "output", "update", "reset")
READ = {1: ("",), 2: (", read forwards \N{RIGHTWARDS ARROW}", ", read backwards \N{LEFTWARDS ARROW}")}
SHORTER = 20  # characters of the target's name, above half a page
ROW, VALUES, BELOW, HEADS = 1.02, 1.55, 2.6, 0.85  # inches


def memory(inside: Memory) -> Figure:
    """Draw the window, below it every gate and state over its time, and how far back they reach.

    Rows are units, those with the longest half-life on top; where no gate keeps anything, those that change the most
    slowly. The two directions of a bi-layer stand side by side, in the same colours.

    Args:
        inside: One layer over one window.

    Returns:
        A figure that belongs to no window and to no global state.
    """
    names = list(inside.ways[0])
    heights = (VALUES + ROW * max(len(names), 2), BELOW)
    with house_style():
        figure = sheet(sum(heights) + HEADS, head_of(inside.window))
        top, bottom = figure.subfigures(2, 1, height_ratios=heights, squeeze=False)[:, 0]
        top.suptitle(wrapped(_about(inside)), x=0.012, ha="left", fontsize=11)
        _draw_ways(top, inside, names)
        reach, lives = bottom.subplots(1, 2)
        draw_reach(reach, inside)
        draw_lives(lives, inside)
        return settled(figure)


def head_of(window: SeenWindow) -> str:
    """The run, and the series where there is more than one."""
    return plain(window.run) + (f": {plain(window.series)}" if window.series else "")


def _about(inside: Memory) -> str:
    units = next(iter(inside.ways[0].values())).shape[1]
    count = (f"{UNITS} of " if units > UNITS else "") + f"{units} unit{'s' if units > 1 else ''}"
    first = "longest memory" if inside.half_lives[0] is not None else "slowest"
    each = "" if len(inside.ways) == 1 else " each way"
    column = "" if inside.segment is None else f"; a column is {inside.segment} steps"
    return (
        f"cutoff {plain(inside.window.cutoff, 40)} · {plain(inside.layer, 60)}, {count}{each}: {first} on top{column}"
    )


def _draw_ways(top: SubFigure, inside: Memory, names: Sequence[str]) -> None:
    panels = top.subplots(
        1 + len(names), len(inside.ways), squeeze=False, sharex="col", height_ratios=(1.2, *[1.0] * len(names))
    )
    for way, read in enumerate(READ[len(inside.ways)]):
        draw_window(panels[0, way], inside.window, plain(inside.window.target, LONGEST if not read else SHORTER) + read)
        name_steps(panels[-1, way], inside.window.times)
    orders = [shown_units(way, lives) for way, lives in zip(inside.ways, inside.half_lives, strict=True)]
    for row, name in enumerate(names, start=1):
        _draw_row(panels[row], inside, name, orders)


def _draw_row(panels: Sequence[Axes], inside: Memory, name: str, orders: Sequence[Ints]) -> None:
    """One gate or state, in the same colours whichever way it was read."""
    values = [way[name] for way in inside.ways]
    shade = shade_of(values, gate=name in GATES)
    for axes, each, order in zip(panels, values, orders, strict=True):
        mesh = draw_heat(axes, inside.window, each.T[order], inside.segment, shade)
        axes.set_title(TITLES.get(name, plain(name)), fontsize=9.5, weight="normal", pad=3)
        axes.tick_params(axis="x", labelbottom=name == list(inside.ways[0])[-1])
    panels[0].set_ylabel("units")
    draw_scale(panels[-1], mesh, shade, width=0.01 * len(panels))


def shown_units(way: Mapping[str, Floats], lives: Floats | None) -> Ints:
    """(at most `UNITS`,) the rows of a panel, from the bottom: the shortest memory first, and evenly among them all."""
    order = np.argsort(_slowness(way["hidden"]) if lives is None else lives, kind="stable")
    if len(order) <= UNITS:
        return order
    return order[np.round(np.linspace(0, len(order) - 1, UNITS)).astype(np.int64)]


def _slowness(hidden: Floats) -> Floats:
    """(U,) the share of a state's movement that is left after one step: its autocorrelation, of (P, U)."""
    centred = hidden - hidden.mean(axis=0)
    power = np.sum(centred**2, axis=0)
    return np.asarray(np.sum(centred[1:] * centred[:-1], axis=0) / np.where(power > 0, power, 1.0))
