"""Numbers over the time of one window as colours: a column a recurrent step, a row a unit, a head or a step ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import FuncNorm, LinearSegmentedColormap, Normalize
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from forecaster.views.style import LOOKS, Numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.colors import Colormap

    from forecaster.series import Floats, Ints, Times
    from forecaster.views.inside import SeenWindow

COLUMNS = 360  # that can be told apart; of more, neighbours are averaged
FEW = 60  # steps that are drawn with a marker each
COMMON, RARE = 97.0, 1.5  # a scale ends at this percentile of |value| where the largest is so many times as large
NEARLY_SHUT = 0.003  # a gate below it, or as near to 1, has the colour of the end
GATE_TICKS = (0.01, 0.1, 0.5, 0.9, 0.99)

# Both are read by lightness too; blue and orange differ for every kind of colour blindness (Okabe and Ito, 2008).
OPEN = LinearSegmentedColormap.from_list("open", ["#ffffff", "#cfe3f1", "#0072B2", "#00293f"])
SIGNED = LinearSegmentedColormap.from_list(
    "signed", ["#5c2900", "#D55E00", "#f6d9c5", "#ffffff", "#c5deee", "#0072B2", "#00293f"]
)


@dataclass(frozen=True, eq=False)
class Shade:
    """What a colour means.

    Attributes:
        colours: From the least value to the most.
        norm: A value's place among the colours; one beyond an end has the colour of that end.
        ticks: What the colour bar names; None: a few even numbers.
        cut: Whether there are values beyond the ends, which then are drawn pointed.
    """

    colours: Colormap
    norm: Normalize
    ticks: tuple[float, ...] | None = None
    cut: bool = False


def shade_of(values: Sequence[Floats], *, gate: bool) -> Shade:
    """The colours for arrays that are to be compared with each other.

    Args:
        values: Of any shapes.
        gate: Whether they are gates, which mostly lie between 0, shut, and 1, open: 0.9 and 0.99 differ as much as 0.1
            and 0.01 do, since a memory fades ten times as fast. Others are shown evenly around 0.
    """
    joined = np.concatenate([each.ravel() for each in values])
    if gate and joined.min() >= 0 and joined.max() <= 1:
        return Shade(OPEN, FuncNorm((_logit, _logistic), NEARLY_SHUT, 1 - NEARLY_SHUT, clip=True), GATE_TICKS)
    largest = float(np.abs(joined).max())
    common = float(np.percentile(np.abs(joined), COMMON))
    limit = common if 0 < common < largest / RARE else largest or 1.0
    return Shade(SIGNED, Normalize(-limit, limit), cut=limit < largest)


def _logit(gate: Floats) -> Floats:
    inside = np.clip(gate, NEARLY_SHUT, 1 - NEARLY_SHUT)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def _logistic(place: Floats) -> Floats:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * np.asarray(place)))


def edges_of(times: Times) -> Times | Floats:
    """(L + 1,) the borders between (L,) moments: halfway from each to the next."""
    moments = times.astype("datetime64[us]") if times.dtype.kind == "M" else times.astype(np.float64)
    alone = np.timedelta64(24, "h") if times.dtype.kind == "M" else 1.0
    halves = np.diff(moments) / 2 if len(moments) > 1 else np.array([alone]) / 2
    return np.concatenate(
        [moments[:1] - halves[:1], moments[:-1] + halves[: len(moments) - 1], moments[-1:] + halves[-1:]]
    )


def borders(lookback: int, patches: int, segment: int | None) -> Ints:
    """(P + 1,) the steps at which recurrent steps begin, and L: the oldest may be cut short by the window's begin."""
    padding = patches * (segment or 1) - lookback
    return np.maximum(np.arange(patches + 1) * (segment or 1) - padding, 0)


def gathered(values: Floats, steps: Ints, most: int = COLUMNS) -> tuple[Floats, Ints]:
    """(R, P) as (R, at most `most`): means of neighbouring columns, and the borders between them."""
    count = values.shape[1]
    starts = np.arange(0, count, -(-count // most))
    sums = np.add.reduceat(values, starts, axis=1)
    return sums / np.diff([*starts, count]), steps[[*starts, count]]


def draw_heat(axes: Axes, window: SeenWindow, values: Floats, segment: int | None, shade: Shade) -> QuadMesh:
    """Draw (R, P) over the window's time, row 0 at the bottom."""
    columns, steps = gathered(values, borders(len(window.times), values.shape[1], segment))
    edges = edges_of(window.times)
    mesh = axes.pcolormesh(
        edges[steps], np.arange(len(values) + 1), columns, cmap=shade.colours, norm=shade.norm,
        rasterized=True, linewidth=0,
    )  # fmt: skip
    axes.set_xlim(edges[0], edges[-1])
    axes.grid(visible=False)
    axes.set_yticks([])
    return mesh


def draw_scale(axes: Axes, mesh: QuadMesh, shade: Shade, width: float = 0.01) -> None:
    """The colour bar, beside the panel; `width` is its share of the panel's."""
    extend = "both" if shade.cut else "neither"
    bar = axes.figure.colorbar(mesh, cax=axes.inset_axes((1 + width, 0, width, 1)), extend=extend)
    bar.outline.set_visible(False)
    even = MaxNLocator(nbins=2, symmetric=shade.colours is SIGNED)
    bar.ax.yaxis.set_major_locator(even if shade.ticks is None else FixedLocator(shade.ticks))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.yaxis.set_major_formatter(Numbers())
    bar.ax.tick_params(labelsize=7.5, length=2)


def draw_window(axes: Axes, window: SeenWindow, title: str) -> None:
    """Draw what the network saw, from edge to edge, so that panels below it can share its time."""
    look, edges = LOOKS["actual"], edges_of(window.times)
    axes.plot(
        window.times, window.values, color=look.colour, linewidth=1.3, marker=look.marker, markersize=4,
        markevery=_marked(window.values),
    )  # fmt: skip
    axes.set_xlim(edges[0], edges[-1])
    axes.yaxis.set_major_formatter(Numbers())
    axes.set_title(title)


def _marked(values: Floats) -> list[int]:
    """The steps that get a marker: all of a few, and those that no line reaches, since both neighbours are missing."""
    hole = np.concatenate([[True], np.isnan(values), [True]])
    alone = hole[:-2] & hole[2:] & ~hole[1:-1]
    return [int(step) for step in np.flatnonzero(alone | (len(values) <= FEW))]
