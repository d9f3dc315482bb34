"""How everything looks: colours that colour-blind readers tell apart, and a second difference beside each colour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.ticker import FixedLocator, Formatter, Locator, MaxNLocator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from forecaster.series import Times

INK = "#1a1a1a"
GREY = "#5f5f5f"
RULE = "#d9d9d9"
TICKS = 8  # on a horizontal axis, at most
LONGEST = 28  # characters of a name that a picture repeats

RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so the picture is the same everywhere
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.labelsize": 9.5,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "savefig.dpi": 120,
    "svg.hashsalt": "forecaster",  # element names are otherwise random
    "svg.fonttype": "path",
}


@dataclass(frozen=True)
class Look:
    """How one forecaster is drawn: the colour, and what tells it apart without colour."""

    label: str
    colour: str
    line: str | tuple[int, tuple[float, ...]]
    marker: str
    hatch: str = ""


# Okabe and Ito's palette (2008).
LOOKS = {
    "actual": Look("actual", "#000000", "-", "."),
    "model": Look("network", "#0072B2", "-", "o"),
    "naive": Look("naive", "#D55E00", (0, (4, 1.5)), "s", "///"),
    "seasonal_naive": Look("seasonal naive", "#009E73", (0, (6, 1.5, 1, 1.5)), "^", "..."),
    "drift": Look("drift", "#CC79A7", (0, (1, 1.2)), "D", "xxx"),
}


def look_of(name: str) -> Look:
    """The look of a forecaster; one that is not known is drawn grey."""
    return LOOKS.get(name, Look(plain(name), GREY, (0, (3, 1, 1, 1)), "v", "\\\\\\"))


def plain(text: str, longest: int = LONGEST) -> str:
    r"""An outside string fit for a picture: on one line, cut, and with no `$` taken for a formula.

    >>> plain("price ($)\n")
    'price (\\$) '
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(c if c.isprintable() else " " for c in cut).replace("$", r"\$")


class Numbers(Formatter):
    """Thousands set apart and a power of ten behind the number: matplotlib's own stands above the axis, over titles."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """As many digits as tell the ticks apart.

        >>> Numbers().format_ticks([0, 2_500_000])
        ['0', '2.5e6']
        """
        largest = max((abs(value) for value in values), default=0.0)
        power = 3 * math.floor(math.log10(largest) / 3) if largest > 0 else 0
        power = 0 if -3 <= power <= 3 else power  # noqa: PLR2004  (10,000 and 0.001 are read at a glance)
        texts = [np.format_float_positional(value / 10.0**power, precision=9, trim="-") for value in values]
        return [self.fix_minus(f"{text}e{power}" if power and text != "0" else text) for text in texts]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """One number on its own."""
        del pos
        return self.format_ticks([x])[0]


def name_steps(axes: Axes, *times: Times) -> None:
    """Write real dates, or whole steps, under the horizontal axis.

    Args:
        axes: The panel.
        *times: Every moment that is drawn in it, in any shape.
    """
    if not np.issubdtype(times[0].dtype, np.datetime64):
        whole_numbers(axes)
        axes.set_xlabel("step")
        return
    moments = np.unique(np.concatenate([some.ravel() for some in times]))
    few = len(moments) <= TICKS  # days drawn one by one have no hours between them
    locator: Locator = FixedLocator(date2num(moments)) if few else AutoDateLocator(minticks=3, maxticks=TICKS)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def whole_numbers(axes: Axes) -> None:
    """No tick between two whole numbers on the horizontal axis."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=TICKS, integer=True, min_n_ticks=1))


def explain(axes: Axes, title: str, first: tuple[str, ...] = ()) -> None:
    """The title, and under it the legend in one row: above the panel, so never over the data.

    Args:
        axes: A panel with everything drawn into it.
        title: What the panel shows.
        first: Beginnings of the labels that lead the legend; the others follow in the order in which they were drawn.
    """
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda i: [not labels[i].startswith(start) for start in first])
    axes.set_title(title, pad=22)
    if labels:
        axes.legend(
            [handles[i] for i in order], [labels[i] for i in order],
            loc="lower left", bbox_to_anchor=(0, 1), ncols=len(labels), borderaxespad=0.2, borderpad=0.2,
            columnspacing=1.1, handlelength=1.9, handletextpad=0.5,
        )  # fmt: skip


def name_values(axes: Axes, label: str) -> None:
    """Label the vertical axis, in the data's own units."""
    axes.yaxis.set_major_formatter(Numbers())
    axes.set_ylabel(label)


def empty(axes: Axes, title: str, why: str) -> None:
    """A panel that has nothing to show says so."""
    axes.set_axis_off()
    axes.set_title(title)
    axes.text(0, 0.95, why, transform=axes.transAxes, color=GREY, va="top")
