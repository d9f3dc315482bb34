"""Half-lives of the units: how long each keeps what it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from forecaster.views.style import GREY, LOOKS, Numbers, empty, explain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes

    from forecaster.series import Floats
    from forecaster.views.inside import Memory

LOOKBACKS = 100  # beyond so many, a half-life is as good as endless, and within a hundredth step as good as none
SHORTEST = 0.01
FEW = 64  # units whose dots are large
WAYS = (("\N{RIGHTWARDS ARROW}", LOOKS["model"]), ("\N{LEFTWARDS ARROW}", LOOKS["naive"]))
DECADES = 2.0  # fewer have marks between the powers of ten


def draw_lives(axes: Axes, inside: Memory) -> None:
    """Draw every unit as a dot: its half-life, and the share of the units whose half-life is no longer."""
    title = f"Half-life of the {'cell' if 'cell' in inside.ways[0] else 'state'}"
    known = [lives for lives in inside.half_lives if lives is not None]
    if not known:
        empty(axes, "Half-life", "A plain recurrence has no gate that keeps its state.")
        return
    lookback = len(inside.window.times)
    shown = [np.clip(np.sort(lives), SHORTEST, LOOKBACKS * lookback) for lives in known]
    for (way, look), lives in zip(WAYS, shown, strict=False):
        prefix = f"{way} " if len(known) > 1 else ""
        shares = 100 * np.arange(1, len(lives) + 1) / len(lives)
        axes.plot(
            lives, shares, linestyle="none", color=look.colour, marker=look.marker,
            markersize=4 if len(lives) <= FEW else 2.5,
            label=f"{prefix}median {_number(float(np.median(lives)), lookback)}",
        )  # fmt: skip
    axes.axvline(lookback, color=GREY, linewidth=1.1, linestyle=(0, (4, 1.5)), label="lookback")
    _name_lives(axes, inside, np.concatenate([*shown, [float(lookback)]]))
    explain(axes, title)


def _number(life: float, lookback: int) -> str:
    return "endless" if life >= LOOKBACKS * lookback else f"{life:.3g}"


def _name_lives(axes: Axes, inside: Memory, shown: Floats) -> None:
    axes.set_xscale("log")
    subs = (1.0,) if np.log10(shown.max() / shown.min()) > DECADES else (1.0, 2.0, 5.0)
    axes.xaxis.set_major_locator(LogLocator(subs=subs, numticks=6))
    axes.xaxis.set_major_formatter(Numbers())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(shown.min() / 1.4, shown.max() * 1.4)
    axes.set_ylim(0, 104)
    axes.set_ylabel("units, %")
    axes.set_xlabel(f"half-life, steps{''.join(_units(inside))}")


def _units(inside: Memory) -> Iterable[str]:
    if inside.segment is not None:
        yield f"; a recurrent step is {inside.segment}"
    if inside.dilation > 1:
        yield f"{',' if inside.segment else ';'} dilation {inside.dilation}"
